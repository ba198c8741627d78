//! Events that were written at once. What is one row on disk is also what is kept in memory and handed to
//! listeners, so that an event is made into text once, and costs a share of one statement.

use std::io::Write;
use std::sync::Arc;

use crate::model::{Event, RunId};

/// An event that is on disk, and so may be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told<'a> {
    /// Counts the session's events from 1, without a gap.
    pub sequence: u64,
    /// Seconds since 1970-01-01 UTC.
    pub at: f64,
    /// The run that it belongs to.
    pub run: Option<RunId>,
    pub name: &'a str,
    /// JSON.
    pub body: &'a str,
}

/// Events that follow each other without a gap. Each is a line of its time in microseconds, its run's number
/// or nothing, its name, and its body, with tabs between them; JSON has neither tabs nor line breaks.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Chunk {
    /// The number of the first one.
    pub first: u64,
    pub text: String,
    /// Where each line ends, behind its line break.
    ends: Vec<usize>,
}

impl Chunk {
    /// A chunk as it was written.
    pub fn read(first: u64, text: String) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let ends = breaks.map(|(place, _)| place + 1).collect();
        Chunk { first, text, ends }
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of the last event.
    pub fn last(&self) -> u64 {
        (self.first + self.len() as u64).saturating_sub(1)
    }

    /// When its last event happened, in seconds since 1970-01-01 UTC.
    pub fn at(&self) -> f64 {
        let last = self.len().checked_sub(1).and_then(|last| self.get(last));
        last.map_or(0.0, |event| event.at)
    }

    /// The event at this place of the chunk.
    pub fn get(&self, index: usize) -> Option<Told<'_>> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        let mut fields = self.text[start..end].trim_end().splitn(4, '\t');
        let micros: f64 = fields.next()?.parse().ok()?;
        Some(Told {
            sequence: self.first + index as u64,
            at: micros / 1e6,
            run: fields.next()?.parse().ok().map(RunId),
            name: fields.next()?,
            body: fields.next()?,
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = Told<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
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
    pub fn push(&mut self, event: &Event, at: f64) {
        let run = event.run().map(|run| run.0.to_string()).unwrap_or_default();
        let (micros, name) = ((at * 1e6) as u64, event.name());
        // Writing to memory does not fail, and every event is made of texts, numbers and JSON values.
        write!(self.text, "{micros}\t{run}\t{name}\t")
            .and_then(|()| Ok(serde_json::to_writer(&mut self.text, event)?))
            .and_then(|()| self.text.write_all(b"\n"))
            .expect("an event is text");
        self.ends.push(self.text.len());
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The chunk, whose first event has this number.
    pub fn finish(mut self, first: u64) -> Chunk {
        // It is kept for a while, as many others are.
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        Chunk {
            first,
            text: String::from_utf8(self.text).expect("JSON is UTF-8"),
            ends: self.ends,
        }
    }
}

/// What comes after an event: the rest of a chunk, or nothing yet. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Part {
    chunk: Arc<Chunk>,
    from: usize,
    until: usize,
}

impl Part {
    /// What is behind this event in the chunk.
    pub(super) fn behind(sequence: u64, chunk: Arc<Chunk>) -> Self {
        let from = (sequence + 1).saturating_sub(chunk.first);
        let until = chunk.len();
        Part {
            from: usize::try_from(from).map_or(until, |from| from.min(until)),
            until,
            chunk,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.from == self.until
    }

    /// The number of the last event, if there is one.
    pub fn last(&self) -> Option<u64> {
        (!self.is_empty()).then(|| self.chunk.first + self.until as u64 - 1)
    }

    /// Takes at most so many events off its front.
    pub fn take(&mut self, most: usize) -> Part {
        let until = self.until.min(self.from + most);
        let taken = Part {
            until,
            ..self.clone()
        };
        self.from = until;
        taken
    }

    pub fn iter(&self) -> impl Iterator<Item = Told<'_>> {
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
        let told: Vec<Told> = read.iter().collect();
        assert_eq!((told[0].sequence, told[0].at), (5, 12.000_5));
        assert_eq!((told[0].name, told[0].run), ("reset", None));
        assert_eq!(told[1].body, serde_json::to_string(&lost).unwrap());
        assert_eq!((told[2].sequence, told[2].run), (7, Some(RunId(7))));
    }

    #[test]
    fn a_part_is_taken_piece_by_piece() {
        let mut writer = ChunkWriter::default();
        (0..5).for_each(|_| writer.push(&Event::Reset {}, 0.0));
        let chunk = Arc::new(writer.finish(11));
        let numbers = |part: &Part| part.iter().map(|told| told.sequence).collect::<Vec<_>>();
        let mut part = Part::behind(12, chunk.clone());
        assert_eq!((numbers(&part), part.last()), (vec![13, 14, 15], Some(15)));
        assert_eq!(numbers(&part.take(2)), [13, 14]);
        assert_eq!(numbers(&part.take(2)), [15]);
        assert!(part.is_empty() && part.take(2).last().is_none());
        // What is gone before the chunk does not matter to it.
        assert_eq!(numbers(&Part::behind(3, chunk.clone())).len(), 5);
        assert!(Part::behind(99, chunk).is_empty());
    }
}
