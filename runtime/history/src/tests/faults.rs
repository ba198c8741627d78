//! Histories that cannot be written, or are damaged.

use pyblish_promise::{promise, promise_eq};
use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::Connection;

use super::super::claim::{Claim, HighestNumbers};
use super::super::*;
use super::{chunks, folder, noise, numbers, own, run, runs, said, settled};
use pyblish_model::{Event, RunId, RunState};

#[test]
fn locked_history_has_everything_when_it_is_free() {
    let (_place, path) = folder();
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    let recorder = writer.recorder();
    recorder.event(Event::Reset {});
    settled(&writer);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (entry, _) = run(1, RunState::Running, 0, Some(("a", 1)));
    recorder.run(entry.info, entry.start);
    recorder.event(Event::Reset {});
    settled(&writer);
    // Meanwhile the trouble is reported, and readers find the events.
    let trouble = history.trouble().unwrap();
    assert!(
        trouble.contains("s.sqlite") && trouble.contains("locked"),
        "{trouble}"
    );
    assert_eq!(history.run(RunId(1)).unwrap().unwrap().id, RunId(1));
    assert_eq!(history.runs().unwrap().len(), 1);
    assert!(history.run_by_key("a").unwrap().is_some());
    assert_eq!(Store::open(&path).unwrap().runs().unwrap(), []);
    other.execute_batch("ROLLBACK").unwrap();
    let mut watch = history.log().watch();
    while history.trouble().is_some() {
        settled(&writer);
        std::thread::yield_now();
    }
    watch.mark_unchanged();
    assert_eq!(Store::open(&path).unwrap().runs().unwrap().len(), 1);
    drop((recorder, writer));
    let store = Store::open(&path).unwrap();
    let told = history.log().latest();
    assert_eq!(store.mark().unwrap().event, told);
    assert_eq!(numbers(&history, 0), (1..=told).collect::<Vec<_>>());
    let names: Vec<_> = (0..told)
        .map(|seen| {
            let part = history.events_after(seen).unwrap();
            part.iter().next().unwrap().name.to_owned()
        })
        .collect();
    let changed = names.iter().filter(|name| *name == "historyChanged");
    assert_eq!(changed.count(), 2, "{names:?}");
}

#[test]
fn crash_of_the_writer_is_said_and_survived() {
    let (_place, path) = folder();
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    let recorder = writer.recorder();
    recorder.event(Event::Reset {});
    recorder.then(|| panic!("out of luck"));
    settled(&writer);
    recorder.event(Event::Reset {});
    settled(&writer);
    while history.trouble().is_some() {
        settled(&writer);
    }
    drop((recorder, writer));
    let told = history.log().latest();
    assert_eq!(Store::open(&path).unwrap().mark().unwrap().event, told);
    assert_eq!(numbers(&history, 0), (1..=told).collect::<Vec<_>>());
    promise!(
        "DATA-17",
        told >= 4,
        "two events, and notices that it crashed and went on: {told}"
    );
}

#[test]
fn numbers_that_were_told_are_not_given_again() {
    let (place, path) = folder();
    let mut claim = Claim::take(&path).unwrap();
    let mark = HighestNumbers {
        event: 882,
        run: 7,
        revision: 1 << 52,
    };
    // The mark that an earlier process left while the disk was full.
    claim.raise(mark).unwrap();
    drop(claim);
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    assert_eq!((history.log().latest(), history.last_run()), (882, 7));
    assert!(history.first_revision() > 1 << 52);
    drop(writer);
    // If nothing can be written at all, the clock gives higher numbers than any that were shown.
    let none = place.path().join("none").join("s.sqlite");
    let (history, writer) = History::own(&none, Retention::default()).unwrap();
    assert!(history.log().latest() > 1_000_000_000_000);
    assert!(history.last_run() > 1_000_000_000);
    let trouble = history.trouble().unwrap();
    assert!(trouble.contains(none.to_str().unwrap()), "{trouble}");
    writer.recorder().event(Event::Reset {});
    settled(&writer);
    let before = history.log().latest();
    // It is created once that is possible.
    fs::create_dir(none.parent().unwrap()).unwrap();
    while history.trouble().is_some() {
        settled(&writer);
    }
    promise!(
        "DATA-11",
        Store::open(&none).unwrap().mark().unwrap().event >= before
    );
}

#[test]
fn revisions_grow_where_the_history_cannot_be_read() {
    let (_place, path) = folder();
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    // It may have been shown, and is ahead of the clock by a second.
    let reserved = history.first_revision() + REVISIONS;
    drop((history, writer));
    fs::remove_file(&path).unwrap();
    let (history, _writer) = History::own(&path, Retention::default()).unwrap();
    promise!("DATA-11", history.first_revision() > reserved);
}

/// Changes the first byte of this text in the file, wherever it is: there may be copies that are not used
/// any more.
pub(super) fn flip(path: &Path, text: &[u8]) {
    let mut bytes = fs::read(path).unwrap();
    let windows = bytes.windows(text.len()).enumerate();
    let places = windows.filter(|(_, window)| *window == text);
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    assert!(!places.is_empty(), "it is not there");
    for place in places {
        bytes[place] ^= 1;
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn damaged_history_is_set_aside_and_the_rest_is_saved() {
    let (place, path) = folder();
    let (mut store, claim) = own(&path);
    // In rows of their own.
    for n in 1..=30 {
        store.write(&chunks([said(n, 1.0, 3000)])).unwrap();
    }
    let mut good = runs([run(1, RunState::Succeeded, 0, Some(("a", 1)))]);
    good.mark.revision = 99;
    store.write(&good).unwrap();
    let log = store.log().unwrap();
    store.give_back().unwrap();
    drop((store, claim));
    flip(&path, noise(10, 100).as_bytes());
    let store = Store::open(&path).unwrap();
    let error = store.chunk_after(9).unwrap_err();
    assert!(
        error.is_damage() && error.to_string().contains("s.sqlite"),
        "{error}"
    );
    drop(store);
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    settled(&writer);
    let mut expected: Vec<u64> = (1..=30).filter(|n| *n != 10).collect();
    expected.push(31);
    assert_eq!(numbers(&history, 0), expected);
    let news = history.events_after(30).unwrap();
    let news = news.iter().next().unwrap();
    assert!(news.body.contains(".damaged-1") && news.body.contains("29 events"));
    assert_eq!(history.runs().unwrap().len(), 1);
    assert_eq!(history.trouble(), None);
    // Its numbers go on, so it is the same history.
    assert!(log.is_some());
    assert_eq!(Store::open(&path).unwrap().log().unwrap(), log);
    let aside = place.path().join("s.sqlite.damaged-1");
    assert!(fs::read(aside).unwrap().len() > 30 * 3000);
}

#[test]
fn damage_that_a_reader_finds_is_set_aside_too() {
    let (place, path) = folder();
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    let recorder = writer.recorder();
    for n in 0..20 {
        recorder.event(Event::HostLost {
            reason: noise(n, 1 << 20),
            restart: None,
            searching: false,
            limit: None,
        });
        settled(&writer);
    }
    let other = Connection::open(&path).unwrap();
    let changed = "UPDATE chunks SET text = zeroblob(octet_length(text)) WHERE first = 2";
    assert_eq!(other.execute(changed, []).unwrap(), 1);
    // Windows renames no file that somebody has open.
    drop(other);
    history.events_after(0).unwrap();
    let error = history.events_after(1).unwrap_err().to_string();
    assert!(
        error.contains("s.sqlite") && error.contains("from 2 on"),
        "{error}"
    );
    let aside = place.path().join("s.sqlite.damaged-1");
    while history.events_after(1).is_err() || !aside.exists() {
        settled(&writer);
    }
    let numbers = numbers(&history, 0);
    assert_eq!(numbers[..3], [1, 3, 4]);
    promise!("DATA-13", numbers.len() >= 20, "{numbers:?}");
}

#[test]
fn history_that_is_cut_off_gives_what_it_has() {
    let (_place, path) = folder();
    let (mut store, claim) = own(&path);
    for n in 1..=200 {
        store.write(&chunks([said(n, 1.0, 3000)])).unwrap();
    }
    store.give_back().unwrap();
    drop((store, claim));
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(fs::metadata(&path).unwrap().len() / 2)
        .unwrap();
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    settled(&writer);
    assert!(history.log().latest() >= 200);
    promise_eq!("DATA-13", history.trouble(), None);
}

#[test]
fn what_is_not_a_history_is_not_touched() {
    let (place, path) = folder();
    let text = "something else entirely, long enough to be read as a header";
    fs::write(&path, text).unwrap();
    let Err(error) = History::own(&path, Retention::default()) else {
        panic!("it was taken for a history");
    };
    assert!(error.to_string().contains("Move the file away"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(place.path().read_dir().unwrap().count(), 1);
}

#[test]
fn readers_do_not_wait_for_each_other_or_for_the_disk() {
    let (_place, path) = folder();
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    let (begun, wait) = mpsc::channel();
    let (end, ending) = mpsc::channel::<()>();
    // The writer is as slow as on a slow disk.
    writer.recorder().then(move || {
        begun.send(()).unwrap();
        let _ = ending.recv_timeout(Duration::from_mins(1));
    });
    wait.recv().unwrap();
    writer.recorder().event(Event::Reset {});
    assert_eq!(history.runs().unwrap(), []);
    assert!(history.log().after(0).unwrap().is_empty());
    end.send(()).unwrap();
}

/// The content of the history after this damage, or why it cannot be used.
fn after(damage: impl FnOnce(&Path)) -> (Option<std::sync::Arc<str>>, u64, bool) {
    let (place, path) = folder();
    let (mut store, claim) = own(&path);
    store.write(&chunks([said(1, 1.0, 3000)])).unwrap();
    store.give_back().unwrap();
    drop((store, claim));
    damage(&path);
    let (history, writer) = History::own(&path, Retention::default()).unwrap();
    settled(&writer);
    let aside = place.path().join("s.sqlite.damaged-1").exists();
    (history.trouble(), history.log().latest(), aside)
}

#[test]
fn damaged_names_of_tables_and_columns_are_damage() {
    for text in [
        "text TEXT NOT NULL",
        "request BLOB",
        "list TEXT NOT NULL",
        "value INTEGER NOT NULL",
    ] {
        let (trouble, latest, aside) = after(|path| flip(path, text.as_bytes()));
        assert_eq!((trouble, aside), (None, true), "{text}");
        promise!("DATA-13", latest >= 1, "{text}: {latest}");
    }
}

#[test]
fn damaged_head_of_a_file_of_ours_is_damage() {
    let (trouble, latest, aside) = after(|path| flip(path, b"SQLite format 3"));
    assert_eq!((trouble, aside), (None, true));
    promise!("DATA-13", latest >= 1, "{latest}");
}

#[test]
fn log_of_a_history_that_is_not_there_is_set_aside() {
    let (place, path) = folder();
    fs::write(place.path().join("s.sqlite-wal"), "of another").unwrap();
    let (_history, _writer) = History::own(&path, Retention::default()).unwrap();
    let aside = place.path().join("s.sqlite.damaged-1-wal");
    assert_eq!(fs::read_to_string(aside).unwrap(), "of another");
}

#[cfg(unix)]
#[test]
fn link_to_nothing_is_not_touched() {
    let (place, path) = folder();
    std::os::unix::fs::symlink("nowhere", &path).unwrap();
    assert!(History::own(&path, Retention::default()).is_err());
    assert!(path.is_symlink());
    assert_eq!(place.path().read_dir().unwrap().count(), 1);
}

/// On systems where an open file cannot be removed, there is nothing to test.
#[cfg(unix)]
#[test]
fn removed_history_is_said_and_begun_anew() {
    for is_log in [false, true] {
        let (_place, path) = folder();
        let (history, writer) = History::own(&path, Retention::default()).unwrap();
        let recorder = writer.recorder();
        recorder.event(Event::Reset {});
        settled(&writer);
        let ending = if is_log { "-wal" } else { "" };
        fs::remove_file(super::super::form::beside(&path, ending)).unwrap();
        recorder.event(Event::Reset {});
        settled(&writer);
        while history.trouble().is_some() {
            settled(&writer);
        }
        let told = history.log().latest();
        drop((recorder, writer));
        let store = Store::open(&path).unwrap();
        assert_eq!(store.mark().unwrap().event, told);
        let first = store.chunk_after(0).unwrap().unwrap().first;
        promise_eq!("DATA-17", first, if is_log { 1 } else { 2 });
        let said = history.events_after(2).unwrap();
        assert_eq!(said.iter().next().unwrap().name, "historyChanged");
    }
}

#[test]
fn what_was_saved_takes_its_place_after_a_crash() {
    let (_place, path) = folder();
    let (mut store, claim) = own(&path);
    store.write(&chunks([said(1, 1.0, 1)])).unwrap();
    drop((store, claim));
    let rest = salvage::rest(&path);
    // Killed before the damaged file was moved aside: the recovery starts again.
    fs::copy(&path, &rest).unwrap();
    let mut cards = Vec::new();
    tidy(&path, |is_there| cards.push(is_there)).unwrap();
    assert!(!rest.exists() && path.exists());
    // Killed afterwards: the next session or the next sweep completes the recovery.
    fs::rename(&path, &rest).unwrap();
    let (store, claim) = own(&path);
    promise_eq!("DATA-18", store.mark().unwrap().event, 1);
    assert!(!rest.exists());
    drop((store, claim));
    fs::rename(&path, &rest).unwrap();
    tidy(&path, |is_there| cards.push(is_there)).unwrap();
    assert_eq!(cards, [true, true]);
    assert_eq!(Store::open(&path).unwrap().mark().unwrap().event, 1);
}
