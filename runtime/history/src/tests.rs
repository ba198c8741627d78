mod compressed;
mod faults;
mod size;

use pyblish_promise::{promise, promise_eq};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use rusqlite::Connection;
use tempfile::TempDir;

use super::chunk::{Chunk, ChunkWriter};
use super::claim::Claim;
use super::queue::RunEntry;
use super::store::Group;
use super::*;
use pyblish_model::{Event, PluginSet, RunId, RunInfo, RunState};

const DAY: f64 = 86_400.0;

/// The length of a text that takes some 64 KiB on disk.
const LARGE: usize = 80_000;

fn folder() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("s.sqlite");
    (place, path)
}

fn own(path: &Path) -> (Store, Claim) {
    let claim = Claim::take(path).unwrap();
    let owned = Store::own(path, &claim, Store::PATIENCE, salvage::check);
    (owned.unwrap().0, claim)
}

/// A text of this length that can hardly be compressed: by a fifth.
fn noise(seed: u64, bytes: usize) -> String {
    let mut state = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let letters: Vec<u8> = (b' '..=b'~').filter(|it| !b"\"\\".contains(it)).collect();
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(letters[(state >> 32) as usize % letters.len()])
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

/// A chunk of one event with this time and a text of this length.
fn said(sequence: u64, at: f64, bytes: usize) -> Arc<Chunk> {
    let mut writer = ChunkWriter::default();
    let event = Event::HostLost {
        reason: noise(sequence, bytes),
        restart: None,
        searching: false,
        limit: None,
    };
    writer.push(&event, at);
    Arc::new(writer.finish(sequence))
}

fn chunks(chunks: impl IntoIterator<Item = Arc<Chunk>>) -> Group {
    Group {
        chunks: chunks.into_iter().collect(),
        ..Group::default()
    }
}

fn run(number: u64, state: RunState, behind: u64, key: Option<(&str, u8)>) -> (RunEntry, u64) {
    let info = RunInfo {
        id: RunId(number),
        state,
        until: "publish".into(),
        targets: Vec::new(),
        comment: String::new(),
        started: 1.0,
        ended: None,
        progress: 0.0,
        remaining: None,
        stage: None,
        succeeded: 0,
        failed: 0,
        collected: None,
        facts: None,
        instances: None,
        plugins: None,
        continues: None,
    };
    let start = RunStart {
        idempotency: key.map(|(key, request)| Idempotency {
            key: key.into(),
            request: [request; 32],
        }),
        discovered: PluginSet::default(),
    };
    let entry = RunEntry {
        info: Arc::new(info),
        start: Some(start),
    };
    (entry, behind)
}

fn runs(runs: impl IntoIterator<Item = (RunEntry, u64)>) -> Group {
    Group {
        runs: runs.into_iter().collect(),
        ..Group::default()
    }
}

fn numbers(history: &History, mut seen: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    while let Some(last) = history.events_after(seen).unwrap().last() {
        let part = history.events_after(seen).unwrap();
        numbers.extend(part.iter().map(|event| event.sequence));
        seen = last;
    }
    numbers
}

/// Waits until everything that was recorded is on disk or held.
fn settled(writer: &Writer) {
    let (done, wait) = mpsc::channel();
    writer.recorder().then(move || done.send(()).unwrap());
    wait.recv().unwrap();
}

fn ids(store: &Store) -> Vec<u64> {
    let runs = store.runs().unwrap().into_iter();
    runs.map(|run| run.id.0).collect()
}

#[test]
fn each_history_has_an_id_of_its_own() {
    let (_place, path) = folder();
    let (mut store, claim) = own(&path);
    assert_eq!(store.log().unwrap(), None);
    store.write(&chunks([said(1, 1.0, 10)])).unwrap();
    let log = store.log().unwrap();
    assert!(log.is_some());
    store.write(&chunks([said(2, 1.0, 10)])).unwrap();
    drop((store, claim));
    let (store, _claim) = own(&path);
    assert_eq!(store.log().unwrap(), log);
    let (_place, path) = folder();
    let (mut other, _claim) = own(&path);
    other.write(&chunks([said(1, 1.0, 10)])).unwrap();
    assert_ne!(other.log().unwrap(), log);
}

#[test]
fn file_has_one_owner() {
    let (_place, path) = folder();
    let (store, claim) = own(&path);
    assert!(matches!(Claim::take(&path), Err(HistoryError::InUse(_))));
    assert!(Store::open(&path).is_ok());
    drop((store, claim));
    own(&path);
}

#[test]
fn unfinished_run_is_interrupted_by_the_next_start() {
    let (_place, path) = folder();
    let (mut store, claim) = own(&path);
    let written = runs([
        run(1, RunState::Succeeded, 0, Some(("a", 1))),
        run(2, RunState::Running, 0, Some(("b", 1))),
    ]);
    store.write(&written).unwrap();
    drop((store, claim));
    let (store, _claim) = own(&path);
    let states: Vec<_> = store
        .runs()
        .unwrap()
        .into_iter()
        .map(|run| run.state)
        .collect();
    assert_eq!(states, [RunState::Interrupted, RunState::Succeeded]);
    let (known, by) = store.run_by_key("b").unwrap().unwrap();
    assert_eq!((known.id, by.unwrap().request), (RunId(2), [1; 32]));
    assert_eq!(store.run(RunId(9)).unwrap(), None);
}

#[test]
fn key_that_comes_again_undoes_nothing() {
    let (_place, path) = folder();
    let (mut store, _claim) = own(&path);
    let first = runs([run(1, RunState::Succeeded, 0, Some(("a", 1)))]);
    store.write(&first).unwrap();
    let mut again = runs([run(2, RunState::Succeeded, 0, Some(("a", 2)))]);
    again.chunks = vec![said(1, 1.0, 1)];
    store.write(&again).unwrap();
    assert_eq!(ids(&store), [2, 1]);
    assert_eq!(store.run_by_key("a").unwrap().unwrap().0.id, RunId(2));
    assert_eq!(store.mark().unwrap().event, 1);
}

#[test]
fn reader_that_holds_the_log_has_nothing_more_forgotten() {
    let (_place, path) = folder();
    let (mut store, _claim) = own(&path);
    store.wait(std::time::Duration::ZERO).unwrap();
    let retention = Retention {
        size: 4 << 20,
        ..Retention::default()
    };
    store.write(&chunks([said(1, 1.0, LARGE)])).unwrap();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let count = "SELECT count(*) FROM chunks";
    let seen: u64 = reader.query_row(count, [], |row| row.get(0)).unwrap();
    for sequence in 2..=80 {
        store.write(&chunks([said(sequence, 1.0, LARGE)])).unwrap();
        store.trim(retention, 1.0).unwrap();
    }
    // The log is over the limit, and stays until the reader ends.
    assert!(store.used().unwrap() > retention.size);
    let kept = store.chunk_after(0).unwrap().unwrap().first;
    assert!((15..40).contains(&kept), "{kept}");
    let still: u64 = reader.query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!((seen, still), (1, 1));
    drop(reader);
    store.trim(retention, 1.0).unwrap();
    assert!(store.used().unwrap() <= retention.size);
}

#[test]
fn size_limit_keeps_all_that_fits_and_numbers_go_on() {
    let (_place, path) = folder();
    let (mut store, claim) = own(&path);
    let retention = Retention {
        size: 4 << 20,
        ..Retention::default()
    };
    let mut sequence = 0;
    for number in 1..=24 {
        // One megabyte each.
        for _ in 0..16 {
            sequence += 1;
            store.write(&chunks([said(sequence, 1.0, LARGE)])).unwrap();
        }
        let behind = sequence - 16;
        let mut ended = run(number, RunState::Succeeded, behind, None);
        store.write(&runs([ended.clone()])).unwrap();
        ended.0.start = None;
        store.write(&runs([(ended.0, sequence)])).unwrap();
        store.trim(retention, 1.0).unwrap();
        let used = store.used().unwrap();
        assert!(used <= retention.size, "{used} after {number}");
        if number > 4 {
            assert!(used > 3 << 20, "{used} after {number}");
            let kept = ids(&store);
            assert!(kept.len() >= 3 && kept[0] == number, "{kept:?}");
        }
    }
    let file = fs::metadata(&path).unwrap().len();
    assert!(file <= retention.size, "the file has {file} bytes");
    let kept = store.chunk_after(0).unwrap().unwrap().first;
    assert!((sequence - 63..sequence - 40).contains(&kept), "{kept}");
    let nothing = Retention {
        size: 0,
        ..Retention::default()
    };
    store.trim(nothing, 1.0).unwrap();
    assert_eq!((store.chunk_after(0).unwrap(), ids(&store)), (None, vec![]));
    let file = fs::metadata(&path).unwrap().len();
    assert!(file < 128 << 10, "the file has {file} bytes");
    drop((store, claim));
    let (store, _claim) = own(&path);
    let mark = store.mark().unwrap();
    assert_eq!((mark.event, mark.run), (sequence, 24));
    promise!("DATA-06", !store.is_blank().unwrap());
}

#[test]
fn age_needs_three_days_that_agree() {
    let (_place, path) = folder();
    let (mut store, _claim) = own(&path);
    let retention = Retention::default();
    let first = |store: &Store| store.chunk_after(0).unwrap().map(|chunk| chunk.first);
    for day in 100..=102 {
        let happened = said(day - 99, day as f64 * DAY, 1);
        store.write(&chunks([happened])).unwrap();
        store.trim(retention, day as f64 * DAY).unwrap();
    }
    // The clock is ahead by forty days at one start, and by more at another.
    store.trim(retention, 142.0 * DAY).unwrap();
    store.trim(retention, 142.5 * DAY).unwrap();
    store.trim(retention, 190.0 * DAY).unwrap();
    assert_eq!(first(&store), Some(1));
    // When the clock is right again, days in the future are ignored.
    store.trim(retention, 103.0 * DAY).unwrap();
    store.trim(retention, 131.5 * DAY).unwrap();
    store.trim(retention, 132.5 * DAY).unwrap();
    assert_eq!(first(&store), Some(1));
    store.trim(retention, 133.5 * DAY).unwrap();
    promise_eq!("DATA-09", first(&store), Some(2));
}

#[test]
fn clock_that_went_back_makes_nothing_before_it_old() {
    let (_place, path) = folder();
    let (mut store, _claim) = own(&path);
    let times = [100.0, 3.0, 101.0].map(|day| day * DAY);
    let happened = times.into_iter().zip(1..).map(|(at, n)| said(n, at, 1));
    store.write(&chunks(happened)).unwrap();
    for day in [102.0, 103.0, 104.0] {
        store.trim(Retention::default(), day * DAY).unwrap();
    }
    promise_eq!("DATA-10", store.chunk_after(0).unwrap().unwrap().first, 1);
}

#[test]
fn what_is_told_is_on_disk_first_and_numbers_go_on_after_a_restart() {
    let (_place, path) = folder();
    let mut revision = 0;
    for round in 0..2 {
        let (history, writer) = History::own(&path, Retention::default()).unwrap();
        assert!(history.first_revision() > revision);
        revision = history.first_revision() + REVISIONS;
        assert_eq!(history.log().latest(), round * 3);
        let (done, wait) = mpsc::channel();
        let recorder = writer.recorder();
        for _ in 0..3 {
            recorder.event(Event::Reset {});
        }
        let (seen, path) = (history.clone(), path.clone());
        recorder.then(move || {
            let on_disk = Store::open(&path).unwrap().mark().unwrap().event;
            done.send((on_disk, seen.log().latest())).unwrap();
        });
        // Readers can see an event after it is on disk and before listeners get it.
        let (on_disk, told) = wait.recv().unwrap();
        assert_eq!((on_disk, told), (round * 3 + 3, round * 3));
        drop((recorder, writer));
        assert_eq!(history.log().latest(), round * 3 + 3);
    }
    let (history, _writer) = History::own(&path, Retention::default()).unwrap();
    promise_eq!("DATA-10", numbers(&history, 2), [3, 4, 5, 6]);
}

#[test]
fn history_of_a_former_version_is_taken_up() {
    let (_place, path) = folder();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/history-form-2.sqlite");
    fs::copy(data, &path).unwrap();
    let before = fs::read(&path).unwrap();
    let store = Store::open(&path).unwrap();
    let former = store.runs().unwrap();
    let results = store.results(RunId(1)).unwrap();
    let mark = store.mark().unwrap();
    assert!(!former.is_empty() && !results.is_empty() && mark.event > 0);
    drop(store);
    assert_eq!(fs::read(&path).unwrap(), before, "reading changes nothing");
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    assert_eq!(
        (history.log().latest(), history.last_run()),
        (mark.event, mark.run)
    );
    assert_eq!(history.runs().unwrap(), former);
    assert_eq!(history.results(RunId(1)).unwrap(), results);
    assert!(
        history
            .run_by_key("made-before")
            .unwrap()
            .unwrap()
            .1
            .is_none()
    );
    writer.recorder().event(Event::Reset {});
    settled(&writer);
    drop(writer);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.mark().unwrap().event, mark.event + 1);
    assert_eq!(store.chunk_after(0).unwrap().unwrap().first, 1);
}

#[test]
fn blank_or_old_history_is_swept_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    let make = |name: &str, ago: Option<f64>| {
        let (mut store, claim) = own(&path(name));
        if let Some(days) = ago {
            let at = super::clock::now() - days * DAY;
            store.write(&chunks([said(1, at, 1)])).unwrap();
        }
        drop(store);
        claim
    };
    let sweep = |name: &str| super::sweep(&path(name), Retention::default(), || ());
    make("blank.sqlite", None);
    make("kept.sqlite", Some(20.0));
    make("old.sqlite", Some(90.0));
    let open = make("open.sqlite", None);
    fs::write(path("foreign.sqlite"), "something else").unwrap();
    let foreign = Connection::open(path("shots.sqlite")).unwrap();
    foreign.execute_batch("CREATE TABLE shots (name)").unwrap();
    drop(foreign);
    // Only the numbers of its events are known.
    let mark = super::claim::HighestNumbers {
        event: 1,
        ..Default::default()
    };
    make("full-disk.sqlite", None).raise(mark).unwrap();
    assert!(!sweep("full-disk.sqlite").unwrap());
    assert!(sweep("blank.sqlite").unwrap());
    assert!(!path("blank.sqlite").exists() && !path("blank.lock").exists());
    assert!(!sweep("kept.sqlite").unwrap());
    // One day of use is not enough to remove an old history.
    assert!(!sweep("old.sqlite").unwrap());
    assert!(!sweep("open.sqlite").unwrap());
    assert!(sweep("foreign.sqlite").is_err() && sweep("shots.sqlite").is_err());
    let (mut store, claim) = own(&path("old.sqlite"));
    for day in [2.0, 1.0] {
        store.look_at(super::clock::now() - day * DAY).unwrap();
    }
    drop((store, claim));
    assert!(sweep("old.sqlite").unwrap());
    drop(open);
    let mut left: Vec<_> = fs::read_dir(place.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    let expected = [
        "foreign.sqlite",
        "full-disk.lock",
        "full-disk.sqlite",
        "kept.lock",
        "kept.sqlite",
        "open.lock",
        "open.sqlite",
        "shots.sqlite",
    ];
    promise_eq!("DATA-09", left, expected);
}

#[test]
fn reading_makes_nothing() {
    let (place, path) = folder();
    let (store, claim) = own(&path);
    drop((store, claim));
    fs::remove_file(path.with_extension("lock")).unwrap();
    let store = Store::open(&path).unwrap();
    assert_eq!(store.runs().unwrap(), []);
    assert_eq!(place.path().read_dir().unwrap().count(), 1);
}

#[test]
fn listeners_end_once_they_were_told_everything() {
    let (history, writer) = History::forgetful().unwrap();
    let recorder = writer.recorder();
    let (release, wait) = mpsc::channel();
    recorder.then(move || wait.recv().unwrap());
    recorder.event(Event::Reset {});
    history.end_listening();
    assert!(!history.log().ended());
    release.send(()).unwrap();
    settled(&writer);
    promise!("LOAD-16", history.log().ended());
    assert_eq!(history.log().latest(), 1);
}
