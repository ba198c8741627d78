//! Events that are compressed, and histories of the version that did not do that.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyblish_promise::{promise, promise_eq};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::super::chunk::{Chunk, ChunkWriter};
use super::super::form::beside;
use super::super::rows::chunk_sum;
use super::super::*;
use super::faults::flip;
use super::size::result;
use super::{DAY, chunks, folder, own, said, settled};
use crate::pack::{FULL, MOST};
use pyblish_model::{Event, RunId};

/// A file with which the program read the same before it compressed anything.
const DATA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/data/history/form-3"
);

/// For ever: the events in files that are kept get old.
const EVER: Retention = Retention {
    age: Duration::from_secs(1 << 40),
    size: 256 << 20,
};

/// A chunk of one event of some 300 bytes, like those of real runs.
fn small(sequence: u64) -> Arc<Chunk> {
    let mut writer = ChunkWriter::default();
    let reason = format!("hero_{sequence} was looked at, as it is in its folder; ").repeat(5);
    let restart = Some(sequence as f64);
    let lost = Event::HostLost {
        reason,
        restart,
        searching: false,
        limit: None,
    };
    writer.push(&lost, sequence as f64);
    Arc::new(writer.finish(sequence))
}

/// Everything that the store has of events: numbers, times, and texts.
fn events(store: &Store) -> Vec<String> {
    let (mut seen, mut all) = (0, Vec::new());
    while let Some(chunk) = store.chunk_after(seen).unwrap() {
        let events = chunk.iter().filter(|event| event.sequence > seen);
        all.extend(events.map(|event| format!("{event:?}")));
        seen = chunk.last();
    }
    all
}

/// The first number of each row, and whether it is compressed.
fn rows(path: &Path) -> Vec<(u64, bool)> {
    let connection = Connection::open(path).unwrap();
    let query = "SELECT first, typeof(text) = 'blob' FROM chunks ORDER BY first";
    let mut statement = connection.prepare(query).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

fn is_compressed(path: &Path) -> bool {
    rows(path).iter().all(|(_, is_packed)| *is_packed)
}

#[test]
fn events_are_compressed_together_and_read_the_same() {
    let (_place, path) = folder();
    let (mut store, _claim) = own(&path);
    for sequence in 1..=3000 {
        store.write(&chunks([small(sequence)])).unwrap();
    }
    let before = events(&store);
    assert_eq!((before.len(), rows(&path).len()), (3000, 3000));
    let mut bytes = Vec::new();
    while let Some(more) = store.compact(false).unwrap() {
        bytes.push(more);
        assert!(events(&store) == before);
    }
    assert!(bytes.iter().all(|bytes| *bytes <= FULL), "{bytes:?}");
    assert!(
        bytes.iter().all(|bytes| *bytes > FULL * 9 / 10),
        "{bytes:?}"
    );
    // The last ones wait for others.
    let (packed, plain): (Vec<_>, Vec<_>) = rows(&path).into_iter().partition(|row| row.1);
    assert_eq!(packed.len(), bytes.len());
    assert!(!plain.is_empty() && plain[0].0 > packed.last().unwrap().0);
    store.compact(true).unwrap().unwrap();
    assert!(is_compressed(&path));
    assert!(events(&store) == before);
    assert_eq!(store.compact(true).unwrap(), None);
    // Many events that come at once are compressed at once.
    let many = (3001..=6000).map(small);
    store.write(&chunks(many)).unwrap();
    assert!(is_compressed(&path) && rows(&path).len() < 10);
    assert_eq!(events(&store).len(), 6000);
}

#[test]
fn few_events_of_many_processes_are_one_row() {
    let (_place, path) = folder();
    for round in 0..10 {
        let (mut store, claim) = own(&path);
        for sequence in round * 5 + 1..=round * 5 + 5 {
            store.write(&chunks([small(sequence)])).unwrap();
        }
        store.compact(true).unwrap();
        drop((store, claim));
    }
    assert_eq!(rows(&path), [(1, true)]);
    assert_eq!(events(&Store::open(&path).unwrap()).len(), 50);
}

#[test]
fn row_has_events_of_one_day_and_no_gap() {
    let (_place, path) = folder();
    let (mut store, _claim) = own(&path);
    // Event 6 is not there.
    let times = [(1, 0.0), (2, 0.9), (3, 1.1), (4, 1.9), (5, 2.0), (7, 2.05)];
    for (sequence, day) in times {
        let event = said(sequence, (day + 100.0) * DAY, 100);
        store.write(&chunks([event])).unwrap();
    }
    // The last is left, for more to come.
    while store.compact(false).unwrap().is_some() {}
    assert_eq!(rows(&path), [(1, true), (3, true), (7, false)]);
    store.compact(true).unwrap();
    assert_eq!(rows(&path), [(1, true), (3, true), (7, true)]);
    // So what is old is removed to the day.
    for day in 131..=133 {
        let now = (day as f64 + 0.5) * DAY;
        store.trim(Retention::default(), now).unwrap();
    }
    promise_eq!("DATA-09", rows(&path), [(3, true), (7, true)]);
}

#[test]
fn group_that_is_written_again_is_there_once() {
    let (_place, path) = folder();
    let (mut store, _claim) = own(&path);
    let group = chunks((1..=3).map(small));
    store.write(&group).unwrap();
    store.write(&chunks([small(4)])).unwrap();
    store.compact(true).unwrap();
    // Its writer crashed, and does not know that it is on disk.
    store.write(&group).unwrap();
    assert_eq!((rows(&path), events(&store).len()), (vec![(1, true)], 4));
    // One that was held until now, between others.
    store.write(&chunks([small(6)])).unwrap();
    store.write(&chunks([small(5)])).unwrap();
    assert_eq!(events(&store).len(), 6);
}

#[test]
fn results_that_are_also_in_a_larger_chunk_count_once() {
    let chunk = |first: u64, pairs: u64| {
        let mut writer = ChunkWriter::default();
        (0..pairs).for_each(|pair| result(pair, 0, |event, at| writer.push(&event, at)));
        writer.finish(first)
    };
    // Events 5 to 8: the start and the result of two pairs.
    let held = chunk(5, 2);
    for (after, left) in [(0, 2), (5, 2), (6, 1), (7, 1), (8, 0)] {
        let results = held.results(RunId(1), after).unwrap();
        assert_eq!(results.len(), left, "after {after}");
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// What the history reads as, in the form of the text beside the file.
fn text_of(history: &History) -> String {
    let mut text = format!("latest {} {}\n", history.log().latest(), history.last_run());
    let mut seen = 0;
    while let Some(last) = history.events_after(seen).unwrap().last() {
        for event in history.events_after(seen).unwrap().iter() {
            let run = event.run.map_or("-".into(), |run| run.to_string());
            let (sequence, at, name) = (event.sequence, event.at, event.name);
            writeln!(text, "event {sequence} {at} {run} {name} {}", event.body).unwrap();
        }
        seen = last;
    }
    for run in history.runs().unwrap().into_iter().rev() {
        writeln!(text, "run {}", json(&run)).unwrap();
        writeln!(
            text,
            "plugins {}",
            json(&history.discovered(run.id).unwrap().plugins.to_vec())
        )
        .unwrap();
        for result in history.results(run.id).unwrap() {
            writeln!(text, "result {}", json(&result)).unwrap();
        }
    }
    for id in 1..=5 {
        let key = format!("key of {id}");
        let known = history.run_by_key(&key).unwrap();
        let known = known.map(|(run, by)| (run.id.to_string(), by.map(|by| by.request)));
        writeln!(text, "key {key:?} {known:?}").unwrap();
    }
    text
}

#[test]
fn history_without_compression_reads_the_same_before_and_after() {
    let (_place, path) = folder();
    fs::copy(format!("{DATA}.sqlite"), &path).unwrap();
    let expected = fs::read_to_string(format!("{DATA}.txt")).unwrap();
    let before = fs::read(&path).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(events(&store).len(), 124);
    drop(store);
    assert_eq!(fs::read(&path).unwrap(), before, "reading changes nothing");
    for round in 0..3 {
        let (history, writer) = History::own(&path, EVER).unwrap();
        let text = text_of(&history);
        let differs = text
            .lines()
            .zip(expected.lines())
            .find(|(is, was)| is != was);
        promise!("DATA-20", text == expected, "{round}: {differs:?}");
        drop(writer);
        promise!("DATA-20", is_compressed(&path), "{round}");
    }
    assert!(rows(&path).len() < 5);
    // So an earlier version does not take compressed events for damaged ones.
    let version = "user_version";
    let store = Store::open(&path).unwrap();
    let form = store
        .connection
        .pragma_query_value(None, version, |row| row.get::<_, i64>(0));
    promise_eq!("DATA-20", form.unwrap(), 4);
    let after = fs::metadata(&path).unwrap().len();
    assert!(
        after < before.len() as u64 * 2 / 3,
        "{after} of {}",
        before.len()
    );
}

/// A history of the version before compression, with so many events in rows of their own.
fn uncompressed(path: &Path, events: u64) {
    let (mut store, claim) = own(path);
    for sequence in 1..=events {
        store.write(&chunks([small(sequence)])).unwrap();
    }
    store.give_back().unwrap();
    let version = "user_version";
    store.connection.pragma_update(None, version, 3).unwrap();
    drop((store, claim));
}

#[test]
fn kill_at_any_step_of_a_migration_loses_nothing() {
    let (place, path) = folder();
    uncompressed(&path, 4000);
    let expected = events(&Store::open(&path).unwrap());
    assert_eq!(expected.len(), 4000);
    let (mut store, _claim) = own(&path);
    let mut steps = 0;
    loop {
        // What is on disk at this moment is what a killed process leaves.
        let left = place.path().join(format!("killed-{steps}.sqlite"));
        for ending in ["", "-wal"] {
            fs::copy(beside(&path, ending), beside(&left, ending)).unwrap();
        }
        let (mut killed, claim) = own(&left);
        promise!(
            "DATA-20",
            events(&killed) == expected,
            "after {steps} steps"
        );
        // It goes on from there.
        while killed.compact(true).unwrap().is_some() {}
        promise!("DATA-20", is_compressed(&left));
        promise!(
            "DATA-20",
            events(&killed) == expected,
            "after {steps} steps"
        );
        drop((killed, claim));
        if store.compact(false).unwrap().is_none() {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 4, "{steps}");
}

#[test]
fn session_that_ends_leaves_nothing_uncompressed() {
    let (_place, path) = folder();
    uncompressed(&path, 6000);
    let expected = events(&Store::open(&path).unwrap());
    // It ends before the writer had time for more than a step or two.
    drop(History::own(&path, EVER).unwrap());
    assert!(is_compressed(&path));
    assert!(events(&Store::open(&path).unwrap()) == expected);
}

#[test]
fn step_without_room_on_disk_changes_nothing() {
    let (_place, path) = folder();
    uncompressed(&path, 1200);
    let (mut store, _claim) = own(&path);
    let expected = events(&store);
    let rows_before = rows(&path);
    store.write(&chunks([said(1201, 1.0, 1 << 20)])).unwrap();
    store.give_back().unwrap();
    // The new row is written while the old ones are there, and then there is no room for it.
    let query =
        "CREATE TRIGGER full BEFORE INSERT ON chunks BEGIN SELECT raise(ABORT, 'full'); END";
    store.connection.execute_batch(query).unwrap();
    store.compact(false).unwrap_err();
    store.connection.execute_batch("DROP TRIGGER full").unwrap();
    assert!(rows(&path)[..1200] == rows_before);
    assert!(events(&store)[..1200] == expected);
    store.compact(false).unwrap().unwrap();
    assert!(events(&store)[..1200] == expected);
}

#[test]
fn idle_history_is_compressed_and_its_log_is_emptied() {
    let (_place, path) = folder();
    let (_history, writer) = History::own(&path, Retention::default()).unwrap();
    for _ in 0..100 {
        writer.recorder().event(Event::Reset {});
        settled(&writer);
    }
    let log = || fs::metadata(beside(&path, "-wal")).unwrap().len();
    assert!(!is_compressed(&path) && log() > 100_000);
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_compressed(&path) || log() > 0 {
        assert!(Instant::now() < deadline, "{} bytes are in the log", log());
        std::thread::yield_now();
    }
    assert_eq!(rows(&path).len(), 1);
}

/// Puts this in the place of the texts of a row, with a right checksum.
fn forge(path: &Path, first: u64, packed: &[u8]) {
    let connection = Connection::open(path).unwrap();
    let sum = chunk_sum(first, ValueRef::Blob(packed));
    let query = "UPDATE chunks SET text = ?2, sum = ?3 WHERE first = ?1";
    let changed = connection.execute(query, (first, packed, sum));
    assert_eq!(changed.unwrap(), 1);
}

#[test]
fn row_that_grows_too_large_is_damage_and_the_rest_is_saved() {
    let frame = zstd::bulk::compress(&vec![b'x'; MOST], 3).unwrap();
    let large = zstd::bulk::compress(&vec![b'x'; 1 << 30], 3).unwrap();
    // One that says how large it is, one that lies, and one that is not compressed.
    for bomb in [&large[..], &frame.repeat(64), b"not compressed"] {
        let (place, path) = folder();
        let (mut store, claim) = own(&path);
        for n in 1..=3 {
            store.write(&chunks([said(n, 1.0, 300_000)])).unwrap();
        }
        drop((store, claim));
        forge(&path, 2, bomb);
        let (history, writer) = History::own(&path, Retention::default()).unwrap();
        settled(&writer);
        let error = history.events_after(1).unwrap_err().to_string();
        promise!("DATA-19", error.contains("from 2 on"), "{error}");
        let aside = place.path().join("s.sqlite.damaged-1");
        while history.events_after(1).is_err() || !aside.exists() {
            settled(&writer);
        }
        let numbers = super::numbers(&history, 0);
        promise_eq!("DATA-19", numbers[..2], [1, 3]);
        assert_eq!(history.trouble(), None);
    }
}

#[test]
fn flipped_bit_of_compressed_events_costs_one_row() {
    let (_place, path) = folder();
    let (mut store, claim) = own(&path);
    store.write(&chunks((1..=4000).map(small))).unwrap();
    store.give_back().unwrap();
    drop((store, claim));
    let firsts = rows(&path);
    assert!(firsts.len() > 3 && is_compressed(&path));
    let connection = Connection::open(&path).unwrap();
    let query = "SELECT text FROM chunks WHERE first = ?1";
    let packed: Vec<u8> = connection
        .query_row(query, [firsts[1].0], |row| row.get(0))
        .unwrap();
    drop(connection);
    flip(&path, &packed[50..150]);
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    settled(&writer);
    let numbers = super::numbers(&history, 0);
    let expected = (1..firsts[1].0).chain(firsts[2].0..=4001);
    promise!("DATA-13", numbers.iter().copied().eq(expected));
}
