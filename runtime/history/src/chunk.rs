//! Events that were written together. A chunk is kept in memory and handed to listeners, and one or
//! more of them are one row on disk. So an event is turned into text only once, and many events
//! share the cost of one statement.

use std::sync::Arc;

use pyblish_model::{Event, PairResult, RunId};

/// An event that is on disk, so that clients may see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoredEvent<'a> {
    /// The number of the event in the session: from 1, without gaps.
    pub sequence: u64,
    /// Seconds since 1970-01-01 UTC.
    pub at: f64,
    /// The run that it belongs to.
    pub run: Option<RunId>,
    /// The name of the event.
    pub name: &'a str,
    /// JSON.
    pub body: &'a str,
}

/// Consecutive events. Each is a line with its time in microseconds, the number of its run or
/// nothing, its name, and its body, separated by tabs. The JSON in it contains neither tabs nor
/// line breaks.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Chunk {
    /// The number of the first one.
    pub first: u64,
    pub text: String,
    /// Where each line ends, after its line break.
    ends: Vec<usize>,
}

impl Chunk {
    /// A chunk as it was written.
    pub(crate) fn read(first: u64, text: String) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let ends = breaks.map(|(place, _)| place + 1).collect();
        Chunk { first, text, ends }
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of the last event.
    pub(crate) fn last(&self) -> u64 {
        (self.first + self.len() as u64).saturating_sub(1)
    }

    /// When its first event happened, in seconds since 1970-01-01 UTC.
    pub(crate) fn begin(&self) -> f64 {
        self.get(0).map_or(0.0, |event| event.at)
    }

    /// When its last event happened, in seconds since 1970-01-01 UTC.
    pub(crate) fn at(&self) -> f64 {
        let last = self.len().checked_sub(1).and_then(|last| self.get(last));
        last.map_or(0.0, |event| event.at)
    }

    /// Whether these events follow directly, and both together have at most this many bytes.
    pub(crate) fn has_room_for(&self, next: &Chunk, most: usize) -> bool {
        self.last() + 1 == next.first && self.text.len() + next.text.len() <= most
    }

    /// Adds the events of the chunk that follows.
    pub(crate) fn append(&mut self, next: &Chunk) {
        // A text that was not written by us may not end with its last event.
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
        let before = self.text.len();
        self.text.push_str(&next.text);
        self.ends.extend(next.ends.iter().map(|end| before + end));
    }

    /// The same events in fewer chunks, of at most this many bytes where they are joined.
    pub(crate) fn join<'a>(
        chunks: impl IntoIterator<Item = &'a Arc<Chunk>>,
        most: usize,
    ) -> Vec<Arc<Chunk>> {
        let mut joined: Vec<Arc<Chunk>> = Vec::new();
        for chunk in chunks {
            match joined.last_mut() {
                Some(last) if last.has_room_for(chunk, most) => Arc::make_mut(last).append(chunk),
                _ => joined.push(chunk.clone()),
            }
        }
        joined
    }

    /// The event at this place of the chunk.
    pub(crate) fn get(&self, index: usize) -> Option<StoredEvent<'_>> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        let mut fields = self.text[start..end].trim_end().splitn(4, '\t');
        let micros: f64 = fields.next()?.parse().ok()?;
        Some(StoredEvent {
            sequence: self.first + index as u64,
            at: micros / 1e6,
            run: fields.next()?.parse().ok().map(RunId),
            name: fields.next()?,
            body: fields.next()?,
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = StoredEvent<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// The results of this run in the chunk, from events after this one.
    pub(crate) fn results(
        &self,
        run: RunId,
        after: u64,
    ) -> Result<Vec<PairResult>, serde_json::Error> {
        #[derive(serde::Deserialize)]
        struct Body {
            result: PairResult,
        }
        let results = self
            .iter()
            .filter(|event| event.sequence > after)
            .filter(|event| event.run == Some(run) && event.name == "result");
        let results = results.map(|event| Ok(serde_json::from_str::<Body>(event.body)?.result));
        results.collect()
    }

    /// Its approximate size in memory.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.len() * size_of::<usize>() + size_of::<Chunk>()
    }
}

/// A chunk that is being written.
#[derive(Debug, Default)]
pub(super) struct ChunkWriter {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl ChunkWriter {
    /// Appends an event that happened at this second since 1970-01-01 UTC.
    pub(crate) fn push(&mut self, event: &Event, at: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "stops at the ends of the integer"
        )]
        let micros = (at * 1e6) as u64;
        let name = event.name();
        let mut digits = itoa::Buffer::new();
        self.text
            .extend_from_slice(digits.format(micros).as_bytes());
        self.text.push(b'\t');
        if let Some(run) = event.run() {
            self.text.extend_from_slice(digits.format(run.0).as_bytes());
        }
        self.text.push(b'\t');
        self.text.extend_from_slice(name.as_bytes());
        self.text.push(b'\t');
        // Writing to memory cannot fail, and every event consists of texts, numbers and JSON
        // values.
        serde_json::to_writer(&mut self.text, event).expect("an event is text");
        self.text.push(b'\n');
        self.ends.push(self.text.len());
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes.
    pub(crate) fn size(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The chunk, whose first event has this number.
    pub(crate) fn finish(mut self, first: u64) -> Chunk {
        // Many chunks are kept for a while, so free unused memory.
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        Chunk {
            first,
            text: String::from_utf8(self.text).expect("JSON is UTF-8"),
            ends: self.ends,
        }
    }
}

/// The events after a certain one: the rest of a chunk, or nothing yet. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct EventPage {
    chunk: Arc<Chunk>,
    from: usize,
    until: usize,
}

impl EventPage {
    /// The events after this one in the chunk.
    pub(super) fn behind(sequence: u64, chunk: Arc<Chunk>) -> Self {
        let from = (sequence + 1).saturating_sub(chunk.first);
        let until = chunk.len();
        EventPage {
            from: usize::try_from(from).map_or(until, |from| from.min(until)),
            until,
            chunk,
        }
    }

    /// Whether it has no events.
    pub fn is_empty(&self) -> bool {
        self.from == self.until
    }

    /// The number of the first event, if there is one.
    pub fn first(&self) -> Option<u64> {
        (!self.is_empty()).then(|| self.chunk.first + self.from as u64)
    }

    /// The number of the last event, if there is one.
    pub fn last(&self) -> Option<u64> {
        (!self.is_empty()).then(|| self.chunk.first + self.until as u64 - 1)
    }

    /// Removes at most `most` events from its beginning.
    pub fn take(&mut self, most: usize) -> EventPage {
        let until = self.until.min(self.from + most);
        let taken = EventPage {
            until,
            ..self.clone()
        };
        self.from = until;
        taken
    }

    /// The events, in their order.
    pub fn iter(&self) -> impl Iterator<Item = StoredEvent<'_>> {
        (self.from..self.until).filter_map(|index| self.chunk.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_was_written() {
        let mut writer = ChunkWriter::default();
        writer.push(&Event::Reset {}, 12.000_5);
        let reason = "tab\t, line\n and \u{2028} \"quoted\"".to_owned();
        let lost = Event::HostLost {
            reason,
            restart: None,
            searching: false,
            limit: None,
        };
        writer.push(&lost, 13.0);
        writer.push(
            &Event::StageEnded {
                run: RunId(7),
                stage: "collect".into(),
            },
            14.0,
        );
        let chunk = writer.finish(5);
        let read = Chunk::read(chunk.first, chunk.text.clone());
        assert_eq!(read, chunk);
        assert_eq!((read.len(), read.last(), read.at()), (3, 7, 14.0));
        let told: Vec<StoredEvent> = read.iter().collect();
        assert_eq!((told[0].sequence, told[0].at), (5, 12.000_5));
        assert_eq!((told[0].name, told[0].run), ("reset", None));
        assert_eq!(told[1].body, serde_json::to_string(&lost).unwrap());
        assert_eq!((told[2].sequence, told[2].run), (7, Some(RunId(7))));
    }

    #[test]
    fn chunks_that_follow_each_other_are_joined() {
        let chunk = |first: u64, events: usize| {
            let mut writer = ChunkWriter::default();
            (0..events).for_each(|_| writer.push(&Event::Reset {}, first as f64));
            Arc::new(writer.finish(first))
        };
        let all = [chunk(1, 2), chunk(3, 1), chunk(4, 3), chunk(8, 1)];
        let bytes = all[..3].iter().map(|chunk| chunk.text.len()).sum();
        let firsts = |most: usize| {
            let joined = Chunk::join(&all, most);
            let read = joined
                .iter()
                .map(|it| Chunk::read(it.first, it.text.clone()));
            assert!(read.eq(joined.iter().map(|it| it.as_ref().clone())));
            joined.iter().map(|it| it.first).collect::<Vec<_>>()
        };
        // The events 7 and those before it are not there.
        assert_eq!(firsts(bytes), [1, 8]);
        assert_eq!(firsts(bytes - 1), [1, 4, 8]);
        assert_eq!(firsts(0), [1, 3, 4, 8]);
        let joined = &Chunk::join(&all, bytes)[0];
        assert_eq!((joined.len(), joined.begin(), joined.at()), (6, 1.0, 4.0));
        let sequences = joined.iter().map(|event| event.sequence);
        assert!(sequences.eq(1..=6));
    }

    #[test]
    fn a_part_is_taken_piece_by_piece() {
        let mut writer = ChunkWriter::default();
        (0..5).for_each(|_| writer.push(&Event::Reset {}, 0.0));
        let chunk = Arc::new(writer.finish(11));
        let numbers = |part: &EventPage| part.iter().map(|told| told.sequence).collect::<Vec<_>>();
        let mut part = EventPage::behind(12, chunk.clone());
        assert_eq!((numbers(&part), part.last()), (vec![13, 14, 15], Some(15)));
        assert_eq!(numbers(&part.take(2)), [13, 14]);
        assert_eq!(numbers(&part.take(2)), [15]);
        assert!(part.is_empty() && part.take(2).last().is_none());
        // Removed events before the chunk do not affect it.
        assert_eq!(numbers(&EventPage::behind(3, chunk.clone())).len(), 5);
        assert!(EventPage::behind(99, chunk).is_empty());
    }
}
