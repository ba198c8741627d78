//! The connection to a bridge: one call at a time; messages before its answer are passed on at
//! once.
//!
//! While it waits, it checks every 25 ms whether the user has cancelled, and then asks the plug-in
//! to stop, once. If the plug-in does not stop, the runtime handles that.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use pyblish_sdk::bindings::pyblish::endpoint::model::{Outcome, Pair};
use pyblish_sdk::{cancelled, progress, send_record};

use crate::frame::{self, Frames, TooLong};
use crate::message::{Answer, Request};
use crate::outcome::outcome;

/// How long a read waits at most, and so how often a waiting call checks for a cancel.
pub const TICK: Duration = Duration::from_millis(25);

/// The bytes of a connection. An error says in words how it has ended.
pub trait Stream {
    /// Sends all of these bytes.
    fn send(&mut self, bytes: &[u8]) -> Result<(), String>;

    /// The bytes that have arrived; empty if none arrived within a tick.
    fn receive(&mut self) -> Result<Vec<u8>, String>;
}

/// An open connection to a bridge, on which both sides have proven who they are.
pub struct Link<S> {
    stream: S,
    frames: Frames,
    /// The host, for messages.
    host: String,
    last_id: u64,
    /// The names of the latest plug-ins, by their ids, for messages.
    pub names: HashMap<String, String>,
}

/// Why the connection has ended, or can no longer be trusted.
#[derive(Debug)]
pub struct Lost(pub String);

/// A cancel is sent once for each request.
struct CancelWatch {
    request: u64,
    looked: Instant,
    is_sent: bool,
}

impl CancelWatch {
    fn of(request: u64) -> Self {
        CancelWatch {
            request,
            looked: Instant::now(),
            is_sent: false,
        }
    }
}

impl<S: Stream> Link<S> {
    /// `host` names the host and its process in messages.
    pub fn new(stream: S, host: String) -> Self {
        Link {
            stream,
            frames: Frames::default(),
            host,
            last_id: 0,
            names: HashMap::new(),
        }
    }

    /// Sends a request, passes on the messages before the answer, and waits for the answer without
    /// a time limit.
    pub fn call<'a>(&mut self, request: impl FnOnce(u64) -> Request<'a>) -> Result<Answer, Lost> {
        self.last_id += 1;
        let id = self.last_id;
        let request = request(id);
        self.send(&request)
            .and_then(|()| self.answer_of(id))
            .map_err(|reason| self.lost(&reason, &request))
    }

    /// Processes these pairs in their order, and tells the outcomes as they come: of all pairs that
    /// have arrived at once, because telling one costs as much as telling many. `finished` returns
    /// whether to begin the next pair. If not, pairs that the bridge has begun by itself are still
    /// told. The connection is lost in the first pair that was not told.
    pub fn process(
        &mut self,
        pairs: &[Pair],
        mut finished: impl FnMut(Vec<Outcome>) -> bool,
    ) -> Result<(), Lost> {
        let mut left = pairs;
        let mut goes_on = true;
        while goes_on && !left.is_empty() {
            let mut told = 0;
            let mut tell = |outcomes: Vec<Outcome>| {
                told += outcomes.len();
                goes_on = finished(outcomes);
            };
            let ended = self.request_pairs(left, &mut tell);
            left = &left[told..];
            ended.map_err(|reason| match left.first() {
                Some(pair) => self.lost(&reason, &process(0, pair, &[])),
                None => Lost(format!("{} is gone: {reason}", self.host)),
            })?;
        }
        Ok(())
    }

    /// Requests these pairs, and tells the outcomes of those that the bridge takes: the first one,
    /// and as many others as it goes on with by itself.
    fn request_pairs(
        &mut self,
        pairs: &[Pair],
        tell: &mut impl FnMut(Vec<Outcome>),
    ) -> Result<(), String> {
        let Some((first, then)) = pairs.split_first() else {
            return Ok(());
        };
        let request = self.last_id + 1;
        let last = self.last_id + pairs.len() as u64;
        self.last_id = last;
        self.send(&process(request, first, then))?;
        let mut untold = Vec::new();
        let ended = self.read_outcomes(request..=last, &mut untold, tell);
        tell_all(&mut untold, tell);
        ended
    }

    /// Reads the outcomes with these numbers, until the bridge begins no other pair. It tells what
    /// has arrived before it passes on a message or waits; the rest is left in `untold`.
    fn read_outcomes(
        &mut self,
        ids: RangeInclusive<u64>,
        untold: &mut Vec<Outcome>,
        tell: &mut impl FnMut(Vec<Outcome>),
    ) -> Result<(), String> {
        let mut watch = CancelWatch::of(*ids.start());
        for id in ids {
            let answer = loop {
                match self.take()? {
                    Some(answer) => {
                        let before = || tell_all(untold, tell);
                        if let Some(answer) = self.passed_on(answer, id, before)? {
                            break answer;
                        }
                    }
                    None => {
                        tell_all(untold, tell);
                        self.wait(&mut watch)?;
                    }
                }
            };
            let is_next_begun = matches!(answer, Answer::Outcome { next: true, .. });
            untold.push(outcome(answer));
            if !is_next_begun {
                break;
            }
        }
        Ok(())
    }

    /// Waits for the answer with this number.
    fn answer_of(&mut self, id: u64) -> Result<Answer, String> {
        let mut watch = CancelWatch::of(id);
        loop {
            while let Some(answer) = self.take()? {
                if let Some(answer) = self.passed_on(answer, id, || {})? {
                    return Ok(answer);
                }
            }
            self.wait(&mut watch)?;
        }
    }

    /// Passes on a message that comes before the answer with this number, or returns the answer.
    /// `before` is called before a message is passed on.
    fn passed_on(
        &self,
        answer: Answer,
        id: u64,
        before: impl FnOnce(),
    ) -> Result<Option<Answer>, String> {
        match answer {
            Answer::Record { record } => {
                before();
                send_record(record.into());
                Ok(None)
            }
            Answer::Progress { fraction, message } => {
                before();
                progress(fraction, &message);
                Ok(None)
            }
            // The outcome before it has said so.
            Answer::Ran {} => Ok(None),
            answer => match answer.id() {
                Some(of) if of != id => Err(format!("it answered request {of} instead of {id}")),
                _ => Ok(Some(answer)),
            },
        }
    }

    /// Waits briefly for more data, and tells the bridge if the user has cancelled.
    fn wait(&mut self, watch: &mut CancelWatch) -> Result<(), String> {
        if !watch.is_sent && watch.looked.elapsed() >= TICK {
            watch.looked = Instant::now();
            if cancelled() {
                watch.is_sent = true;
                self.send(&Request::Cancel { id: watch.request })?;
            }
        }
        let bytes = self.stream.receive()?;
        self.frames.push(&bytes);
        Ok(())
    }

    fn lost(&self, reason: &str, request: &Request<'_>) -> Lost {
        let (host, words) = (&self.host, request.words(&self.names));
        Lost(format!("{host} is gone: {reason} in {words}"))
    }

    fn send(&mut self, request: &Request<'_>) -> Result<(), String> {
        let json = serde_json::to_vec(request).map_err(|error| error.to_string())?;
        let length = json.len();
        let frame = frame::frame(json).ok_or_else(|| {
            format!("a request to it would have {length} bytes, which it does not accept")
        })?;
        self.stream.send(&frame)
    }

    /// The next complete message.
    fn take(&mut self) -> Result<Option<Answer>, String> {
        match self.frames.next() {
            Ok(None) => Ok(None),
            Ok(Some(frame)) => serde_json::from_slice(frame)
                .map(Some)
                .map_err(|error| format!("it sent an invalid message ({error})")),
            Err(TooLong(length)) => Err(format!(
                "it sent a message of {length} bytes, which is too long"
            )),
        }
    }
}

/// The request for a pair, and for those that the bridge may go on with.
fn process<'a>(id: u64, first: &'a Pair, then: &'a [Pair]) -> Request<'a> {
    Request::Process {
        id,
        plugin: &first.plugin,
        instance: first.instance.as_deref(),
        then: then
            .iter()
            .map(|pair| (pair.plugin.as_str(), pair.instance.as_deref()))
            .collect(),
    }
}

/// Tells the outcomes that have arrived.
fn tell_all(untold: &mut Vec<Outcome>, tell: &mut impl FnMut(Vec<Outcome>)) {
    if !untold.is_empty() {
        tell(std::mem::take(untold));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use pyblish_sdk::testing;
    use serde_json::{Value, json};

    use super::*;

    /// A bridge that sends these messages, each piece at once, and then nothing, or the end.
    #[derive(Default)]
    struct Script {
        pieces: VecDeque<Vec<u8>>,
        sent: Vec<Value>,
        /// How many empty reads there are before the connection ends.
        quiet: usize,
    }

    impl Script {
        fn of(pieces: &[&[Value]]) -> Self {
            let frame = |message: &Value| frame::frame(message.to_string().into_bytes()).unwrap();
            Script {
                pieces: pieces
                    .iter()
                    .map(|piece| piece.iter().flat_map(frame).collect())
                    .collect(),
                ..Script::default()
            }
        }
    }

    impl Stream for Script {
        fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
            self.sent.push(serde_json::from_slice(&bytes[4..]).unwrap());
            Ok(())
        }

        fn receive(&mut self) -> Result<Vec<u8>, String> {
            if self.quiet > 0 {
                self.quiet -= 1;
                std::thread::sleep(TICK);
                return Ok(Vec::new());
            }
            let piece = self.pieces.pop_front();
            piece.ok_or_else(|| "the connection ended".into())
        }
    }

    fn pairs(count: usize) -> Vec<Pair> {
        let pair = |number| Pair {
            plugin: "p".into(),
            instance: Some(format!("{number}")),
        };
        (0..count).map(pair).collect()
    }

    fn finished(id: u64, next: bool) -> Value {
        json!({"outcome": {"id": id, "failure": null, "changes": [], "next": next, "took": 1.5}})
    }

    fn record(id: u64) -> Value {
        json!({"record": {"id": id, "record": {"level": 20, "message": format!("of {id}"),
            "logger": "p", "location": null, "traceback": null, "created": null}}})
    }

    /// Processes the pairs. Returns the connection, how many outcomes and records there were at each
    /// time that outcomes were told, and the end.
    fn play(
        script: Script,
        count: usize,
        goes_on: impl Fn(usize) -> bool,
    ) -> (Script, Vec<(usize, usize)>, Result<(), Lost>) {
        let mut link = Link::new(script, "python (pid 7)".into());
        testing::take_records();
        let (mut steps, mut sum) = (Vec::new(), 0);
        let ended = link.process(&pairs(count), |outcomes| {
            assert!(outcomes.iter().all(|it| it.duration == Some(1_500_000)));
            sum += outcomes.len();
            steps.push((outcomes.len(), testing::take_records().len()));
            goes_on(sum)
        });
        (link.stream, steps, ended)
    }

    fn requests(stream: &Script) -> Vec<(u64, usize)> {
        let requests = stream.sent.iter().map(|sent| &sent["process"]);
        let parts = requests.map(|it| (it["id"].as_u64(), it["then"].as_array()));
        parts
            .map(|(id, then)| (id.unwrap(), then.unwrap().len()))
            .collect()
    }

    #[test]
    fn outcomes_that_arrive_together_are_told_together() {
        let script = Script::of(&[
            &[finished(1, true), finished(2, true)],
            &[finished(3, false), json!({"ran": {"id": 1, "pairs": 3}})],
        ]);
        let (stream, steps, ended) = play(script, 3, |_| true);
        ended.unwrap();
        assert_eq!(steps, [(2, 0), (1, 0)]);
        assert_eq!(requests(&stream), [(1, 2)]);
    }

    #[test]
    fn record_comes_after_the_outcomes_before_it() {
        let script = Script::of(&[&[
            record(1),
            finished(1, true),
            finished(2, true),
            record(3),
            finished(3, false),
        ]]);
        let (_, steps, ended) = play(script, 3, |_| true);
        ended.unwrap();
        assert_eq!(steps, [(2, 1), (1, 1)]);
    }

    #[test]
    fn rest_is_requested_where_the_bridge_stops() {
        let script = Script::of(&[
            &[finished(1, true), finished(2, false)],
            &[json!({"ran": {"id": 1, "pairs": 2}}), finished(5, true)],
            &[finished(6, false)],
        ]);
        let (stream, steps, ended) = play(script, 4, |_| true);
        ended.unwrap();
        assert_eq!(steps, [(2, 0), (1, 0), (1, 0)]);
        // The first request has used up the ids of all of its pairs.
        assert_eq!(requests(&stream), [(1, 3), (5, 1)]);
    }

    #[test]
    fn begun_pair_is_told_and_nothing_else_begins() {
        let script = Script::of(&[&[finished(1, true)], &[finished(2, false)]]);
        let (stream, steps, ended) = play(script, 4, |_| false);
        ended.unwrap();
        assert_eq!(steps, [(1, 0), (1, 0)]);
        assert_eq!(requests(&stream), [(1, 3)]);
    }

    #[test]
    fn runtime_decides_whether_to_go_on_after_a_change() {
        let changed = |id: u64, change: Value| {
            let mut outcome = finished(id, false);
            outcome["outcome"]["changes"] = json!([change]);
            outcome
        };
        let removed = changed(2, json!({"instance-removed": {"id": "3"}}));
        let script = Script::of(&[&[finished(1, true), removed]]);
        let (stream, steps, ended) = play(script, 5, |_| false);
        ended.unwrap();
        assert_eq!(steps, [(2, 0)]);
        assert_eq!(requests(&stream), [(1, 4)]);

        let set = changed(2, json!({"data-unset": {"instance": "3", "key": "a"}}));
        let ran = json!({"ran": {"id": 1, "pairs": 2}});
        let script = Script::of(&[&[finished(1, true), set], &[ran, finished(4, false)]]);
        let (stream, steps, ended) = play(script, 3, |_| true);
        ended.unwrap();
        assert_eq!(steps, [(2, 0), (1, 0)]);
        assert_eq!(requests(&stream), [(1, 2), (4, 0)]);
    }

    #[test]
    fn refused_request_is_a_failure_of_its_pair() {
        let refusal = json!({"error": {"id": 1, "reason": "not-open", "message": "Open first."}});
        let mut link = Link::new(Script::of(&[&[refusal]]), String::new());
        let mut messages = Vec::new();
        let ended = link.process(&pairs(2), |outcomes| {
            let failures = outcomes.into_iter().filter_map(|outcome| outcome.failure);
            messages.extend(failures.map(|failure| failure.message));
            false
        });
        ended.unwrap();
        assert_eq!(messages.len(), 1);
        assert!(
            messages[0].contains("Open first. (not-open)"),
            "{messages:?}"
        );
    }

    #[test]
    fn end_names_the_pair_at_work() {
        let script = Script::of(&[&[finished(1, true)]]);
        let (_, steps, ended) = play(script, 3, |_| true);
        assert_eq!(steps, [(1, 0)]);
        let Lost(reason) = ended.unwrap_err();
        let words = "python (pid 7) is gone: the connection ended in the plug-in p";
        assert_eq!(reason, words);
        // What has arrived before something invalid counts.
        let script = Script::of(&[&[finished(1, true), finished(1, true)]]);
        let (_, steps, ended) = play(script, 2, |_| true);
        assert_eq!(steps, [(1, 0)]);
        let Lost(reason) = ended.unwrap_err();
        assert!(reason.contains("request 1 instead of 2"), "{reason}");
    }

    #[test]
    fn cancel_is_sent_once() {
        let script = Script {
            quiet: 4,
            ..Script::of(&[&[finished(1, true), finished(2, false)]])
        };
        let (stream, _, ended) = testing::cancelled(|| play(script, 2, |_| false));
        ended.unwrap();
        assert_eq!(stream.sent[1..], [json!({"cancel": {"id": 1}})]);
        let script = Script::of(&[&[finished(1, false)]]);
        let (stream, _, ended) = play(script, 1, |_| true);
        ended.unwrap();
        assert_eq!(stream.sent.len(), 1);
    }
}
