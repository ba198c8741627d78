//! A batch, as a machine sent it.

use std::io::Read;

use serde_json::value::RawValue;

use pyblish_shipping::wire::{BatchHead, EventLine, MAX_BATCH, MAX_EVENTS};

/// Characters of the longest name in a batch: of a session, an adapter, an event.
const LONGEST_NAME: usize = 200;

/// Hosts of an adapter.
const MOST_HOSTS: usize = 100;

/// Why a batch is refused. Sending it again does not help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BatchError {
    #[error("the body is not compressed with zstd: {0}")]
    Encoding(String),
    #[error(
        "the batch has more than {MAX_BATCH} bytes or {MAX_EVENTS} events; send fewer at a time"
    )]
    TooLarge,
    #[error("line {line} of the batch is not as expected: {reason}")]
    Line { line: usize, reason: String },
}

/// An event of a batch.
#[derive(Debug)]
pub(crate) struct BatchEvent {
    pub(crate) number: i64,
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) at: u64,
    pub(crate) run: Option<i64>,
    pub(crate) name: String,
    /// JSON.
    pub(crate) body: Box<RawValue>,
}

/// Events of one session that follow each other.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) head: BatchHead,
    /// The number of the first event, or of the next one if there is none.
    pub(crate) first: i64,
    /// The last number that the machine's history no longer has.
    pub(crate) forgotten: Option<i64>,
    pub(crate) events: Vec<BatchEvent>,
}

impl Batch {
    /// Reads a batch that was compressed with zstd.
    ///
    /// # Errors
    /// See [`BatchError`].
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, BatchError> {
        let encoding = |error: std::io::Error| BatchError::Encoding(error.to_string());
        let decoder = zstd::Decoder::new(bytes).map_err(encoding)?;
        let mut text = String::new();
        // One byte more shows that there are more.
        let most = MAX_BATCH as u64 + 1;
        decoder
            .take(most)
            .read_to_string(&mut text)
            .map_err(encoding)?;
        if text.len() > MAX_BATCH {
            return Err(BatchError::TooLarge);
        }
        let wrong = |line: usize, reason: String| BatchError::Line {
            line: line + 1,
            reason,
        };
        let mut lines = text.lines().enumerate();
        let (_, head) = lines
            .next()
            .ok_or_else(|| wrong(0, "there is none".into()))?;
        let head: BatchHead =
            serde_json::from_str(head).map_err(|error| wrong(0, error.to_string()))?;
        check_head(&head).map_err(|reason| wrong(0, reason))?;
        let first = number(head.first).map_err(|reason| wrong(0, reason))?;
        let forgotten = head.forgotten.map(number).transpose();
        let forgotten = forgotten.map_err(|reason| wrong(0, reason))?;
        let mut events = Vec::new();
        for (index, line) in lines {
            if events.len() == MAX_EVENTS {
                return Err(BatchError::TooLarge);
            }
            // There is room for so many numbers behind the first.
            let before = i64::try_from(events.len()).unwrap_or(i64::MAX);
            let event = read_event(line, first.saturating_add(before));
            events.push(event.map_err(|reason| wrong(index, reason))?);
        }
        Ok(Batch {
            head,
            first,
            forgotten,
            events,
        })
    }
}

fn number(number: u64) -> Result<i64, String> {
    // Room for the events behind it.
    let most = i64::MAX as u64 - MAX_EVENTS as u64;
    match i64::try_from(number.min(most)) {
        Ok(small) if number <= most => Ok(small),
        _ => Err(format!("the number {number} is too high")),
    }
}

fn check_head(head: &BatchHead) -> Result<(), String> {
    let names = [
        ("session", &head.session),
        ("log", &head.log),
        ("adapter", &head.adapter),
        ("adapterVersion", &head.adapter_version),
        ("program", &head.program),
    ];
    let hosts = head.hosts.iter().map(|host| ("hosts", host));
    for (member, name) in names.into_iter().chain(hosts) {
        check_name(name).map_err(|reason| format!("{member}: {reason}"))?;
    }
    if head.session.is_empty() || head.log.is_empty() {
        return Err("session and log must not be empty".into());
    }
    if head.hosts.len() > MOST_HOSTS {
        return Err(format!("it names more than {MOST_HOSTS} hosts"));
    }
    if head.first == 0 {
        return Err("the first event has the number 1".into());
    }
    if head.forgotten.is_some_and(|last| last + 1 != head.first) {
        return Err("forgotten must be the number before the first".into());
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    if name.contains('\0') {
        return Err("it has a NUL character".into());
    }
    if name.chars().nth(LONGEST_NAME).is_some() {
        return Err(format!("it has more than {LONGEST_NAME} characters"));
    }
    Ok(())
}

fn read_event(line: &str, expected: i64) -> Result<BatchEvent, String> {
    let event: EventLine = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if number(event.n)? != expected {
        return Err(format!(
            "its number is {}, and {expected} comes next",
            event.n
        ));
    }
    check_name(event.name)?;
    Ok(BatchEvent {
        number: expected,
        at: event.at,
        run: event.run.map(number).transpose()?,
        name: event.name.to_owned(),
        body: event.body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Batch, String> {
        let bytes = zstd::encode_all(text.as_bytes(), 3).unwrap();
        Batch::read(&bytes).map_err(|error| error.to_string())
    }

    fn head(more: &str) -> String {
        format!(
            r#"{{"session":"a","log":"b","adapter":"","adapterVersion":"","hosts":[],"open":true,"program":"",{more}}}"#
        )
    }

    #[test]
    fn batch_is_read() {
        let events = r#"{"n":7,"at":12,"name":"reset","body":{}}
{"n":8,"at":13,"run":2,"name":"stageEnded","body":{"stage": "collect"}}"#;
        let batch = read(&format!("{}\n{events}", head(r#""first":7,"forgotten":6"#))).unwrap();
        assert_eq!((batch.first, batch.forgotten), (7, Some(6)));
        assert_eq!(batch.events[1].run, Some(2));
        // As it was sent.
        assert_eq!(batch.events[1].body.get(), r#"{"stage": "collect"}"#);
        assert!(read(&head(r#""first":1"#)).unwrap().events.is_empty());
    }

    #[test]
    fn wrong_batch_is_refused_with_its_line() {
        let first = head(r#""first":7"#);
        let event = |n: u64| format!(r#"{{"n":{n},"at":1,"name":"reset","body":{{}}}}"#);
        let long = "x".repeat(201);
        for (text, reason) in [
            (
                String::new(),
                "line 1 of the batch is not as expected: there is none",
            ),
            ("{}".into(), "line 1"),
            (head(r#""first":0"#), "the first event has the number 1"),
            (head(r#""first":18446744073709551615"#), "is too high"),
            (
                head(r#""first":7,"forgotten":5"#),
                "the number before the first",
            ),
            (first.replace("\"a\"", "\"\""), "must not be empty"),
            (
                first.replace("\"a\"", r#""\u0000""#),
                "session: it has a NUL",
            ),
            (
                first.replace("\"a\"", &format!("\"{long}\"")),
                "more than 200 characters",
            ),
            (
                format!("{first}\n{}\n{}", event(7), event(9)),
                "line 3 of the batch is not as expected: its number is 9, and 8 comes next",
            ),
            (format!("{first}\n{}", event(6)), "and 7 comes next"),
            (format!("{first}\nnot json"), "line 2"),
        ] {
            let refused = read(&text).unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
        let plain = Batch::read(b"plain text").unwrap_err().to_string();
        assert!(plain.contains("zstd"), "{plain}");
    }

    #[test]
    fn batch_that_grows_too_large_is_refused() {
        let many = " ".repeat(MAX_BATCH + 1);
        assert!(read(&many).unwrap_err().contains("send fewer"));
    }
}
