//! Events and runs that are not on disk, because another program locks the file, the disk is full,
//! or the file cannot be written at all. Readers find them here, and they are written once that is
//! possible again. The space is limited: beyond it the oldest are lost, and counted.

use std::collections::VecDeque;
use std::sync::Arc;

use super::chunk::Chunk;
use super::queue::{Idempotency, RunEntry};
use super::store::Group;
use pyblish_model::{RunId, RunInfo};

/// How many bytes of events are held at most.
const MOST: usize = 64 << 20;

/// How many runs are held at most.
const MOST_RUNS: usize = 1024;

/// A run whose latest state is not on disk.
#[derive(Debug, Clone)]
pub(super) struct UnwrittenRun {
    /// Its states, each with the number of the event before it: the start, unless that is on disk,
    /// and the latest.
    pub entries: Vec<(RunEntry, u64)>,
}

impl UnwrittenRun {
    /// Its latest state.
    pub(crate) fn info(&self) -> Option<&Arc<RunInfo>> {
        self.entries.last().map(|(entry, _)| &entry.info)
    }

    pub(crate) fn start(&self) -> Option<&super::RunStart> {
        self.entries
            .iter()
            .find_map(|(entry, _)| entry.start.as_ref())
    }

    pub(crate) fn idempotency(&self) -> Option<&Idempotency> {
        self.start()?.idempotency.as_ref()
    }
}

#[derive(Debug, Default)]
pub(super) struct Unwritten {
    chunks: VecDeque<Arc<Chunk>>,
    bytes: usize,
    runs: VecDeque<(RunId, UnwrittenRun)>,
    /// How many events are permanently lost.
    lost: u64,
    most: Option<usize>,
}

impl Unwritten {
    #[cfg(test)]
    pub(crate) fn of_at_most(bytes: usize) -> Unwritten {
        Unwritten {
            most: Some(bytes),
            ..Unwritten::default()
        }
    }

    /// How many events are held.
    pub(crate) fn events(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    pub(crate) fn hold(&mut self, group: &Group) {
        for chunk in &group.chunks {
            self.bytes += chunk.size();
            self.chunks.push_back(chunk.clone());
        }
        while self.bytes > self.most.unwrap_or(MOST)
            && self.chunks.len() > 1
            && let Some(chunk) = self.chunks.pop_front()
        {
            self.bytes -= chunk.size();
            self.lost += chunk.len() as u64;
        }
        for (entry, behind) in &group.runs {
            self.hold_run(entry, *behind);
        }
    }

    fn hold_run(&mut self, entry: &RunEntry, behind: u64) {
        let id = entry.info.id;
        let known = self.runs.iter_mut().find(|(known, _)| *known == id);
        match known {
            Some((_, run)) => {
                // States between its start and the latest are not needed.
                run.entries.retain(|(entry, _)| entry.start.is_some());
                run.entries.push((entry.clone(), behind));
            }
            None => {
                let entries = vec![(entry.clone(), behind)];
                self.runs.push_back((id, UnwrittenRun { entries }));
            }
        }
        if self.runs.len() > MOST_RUNS {
            self.runs.pop_front();
        }
    }

    /// Everything, as one group to write.
    pub(crate) fn group(&self) -> Group {
        let runs = self.runs.iter().flat_map(|(_, run)| run.entries.clone());
        Group {
            chunks: self.chunks.iter().cloned().collect(),
            runs: runs.collect(),
            ..Group::default()
        }
    }

    /// Everything is on disk now.
    pub(crate) fn clear(&mut self) {
        *self = Unwritten {
            lost: self.lost,
            most: self.most,
            ..Unwritten::default()
        };
    }

    /// The losses were reported.
    pub(crate) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// The first chunk with an event after this one.
    pub(crate) fn chunk_after(&self, sequence: u64) -> Option<Arc<Chunk>> {
        let place = self
            .chunks
            .partition_point(|chunk| chunk.last() <= sequence);
        self.chunks.get(place).cloned()
    }

    /// How many bytes the chunks with an event after this one have.
    pub(crate) fn bytes_after(&self, sequence: u64) -> usize {
        let place = self
            .chunks
            .partition_point(|chunk| chunk.last() <= sequence);
        self.chunks.range(place..).map(|chunk| chunk.size()).sum()
    }

    pub(crate) fn chunks(&self) -> impl Iterator<Item = &Arc<Chunk>> {
        self.chunks.iter()
    }

    pub(crate) fn run(&self, id: RunId) -> Option<&UnwrittenRun> {
        self.runs().find(|(known, _)| **known == id).map(|it| it.1)
    }

    /// The runs, in the order in which they started.
    pub(crate) fn runs(&self) -> impl DoubleEndedIterator<Item = (&RunId, &UnwrittenRun)> {
        self.runs.iter().map(|(id, run)| (id, run))
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunk::ChunkWriter;
    use super::*;
    use pyblish_model::Event;

    fn group(first: u64, events: usize) -> Group {
        let mut writer = ChunkWriter::default();
        (0..events).for_each(|_| writer.push(&Event::Reset {}, 0.0));
        Group {
            chunks: vec![Arc::new(writer.finish(first))],
            ..Group::default()
        }
    }

    #[test]
    fn oldest_events_are_lost_beyond_the_room() {
        let one = group(1, 10).chunks[0].size();
        let mut held = Unwritten::of_at_most(2 * one);
        held.hold(&group(1, 10));
        held.hold(&group(11, 10));
        assert_eq!((held.events(), held.lost()), (20, 0));
        assert_eq!(held.chunk_after(5).unwrap().first, 1);
        held.hold(&group(21, 10));
        assert_eq!((held.events(), held.lost()), (20, 10));
        assert_eq!(held.chunk_after(5).unwrap().first, 11);
        assert!(held.bytes_after(29) > 0 && held.bytes_after(30) == 0);
        held.clear();
        assert_eq!(held.events(), 0);
        assert_eq!((held.take_lost(), held.lost()), (10, 0));
    }
}
