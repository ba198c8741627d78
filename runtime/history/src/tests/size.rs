//! How many bytes events take on disk, and how many of them are read for one run.

use std::fs;
use std::sync::Arc;

use pyblish_promise::promise;
use rusqlite::StatementStatus;

use super::super::chunk::ChunkWriter;
use super::super::*;
use super::{chunks, folder, own, run, settled};
use crate::pack::{FULL, tally};
use pyblish_model::{
    Event, InstanceId, Level, Mode, Pair, PairResult, PluginId, Record, RunId, RunState,
};

/// Tells the events of a pair with so many records, as a session does.
pub(super) fn result(pair: u64, records: u64, mut tell: impl FnMut(Event, f64)) {
    let (plugin, instance) = (pair / 100, pair % 100);
    // Microseconds between two pairs.
    let jitter = |salt: u64| (pair + 7).wrapping_mul(salt) % 2003;
    let begin = 1_800_000_000.25 + (pair * 5000 + jitter(7919)) as f64 / 1e6;
    let mut at = begin;
    let about = Arc::new(Pair {
        plugin: PluginId(format!("ValidateThing{plugin}").into()),
        plugin_name: format!("ValidateThing{plugin}").into(),
        instance: Some(InstanceId(format!("hero_{instance}").into())),
        instance_name: Some(format!("hero_{instance}").into()),
        run: Some(RunId(1)),
    });
    let pair_of = about.clone();
    let started = Event::PluginStarted {
        pair: pair_of,
        progress: Some(pair as f64 / 70_001.0),
        remaining: None,
        stage: Some("validate".into()),
    };
    tell(started, begin);
    let each = |number: u64| Record {
        level: Level::INFO,
        message: format!(
            "{:.<100}",
            format!(
                "hero_{instance}: frame {} has {} points",
                1000 + number,
                jitter(104_729 + number)
            )
        ),
        logger: "pyblish.ValidateThing".into(),
        location: None,
        traceback: None,
        created: begin + (number * 200 + jitter(31 * number + 1)) as f64 / 1e7,
    };
    let records: Vec<Record> = (0..records).map(each).collect();
    for record in &records {
        assert_eq!(record.message.len(), 100);
        at = record.created;
        let pair = about.clone();
        tell(
            Event::Record {
                pair,
                record: record.clone(),
            },
            at,
        );
    }
    let result = PairResult {
        plugin_id: Some(about.plugin.clone()),
        plugin: about.plugin_name.clone(),
        instance_id: about.instance.clone(),
        instance: about.instance_name.clone(),
        mode: Mode::Process,
        failure: None,
        records,
        started: begin,
        duration: jitter(15_485_863) as f64 / 1003.0,
    };
    let result = Arc::new(result);
    let run = Some(RunId(1));
    let stage = Some("validate");
    tell(Event::Result { run, result, stage }, at + 0.000_123);
}

#[test]
fn pair_takes_few_bytes() {
    // Fast ones, and slow ones, each of which is on disk before the next.
    for (pairs, records, at_once, most) in [
        (20_000, 0, 1000, 60.0),
        (10_000, 0, 1, 60.0),
        (2000, 10, 100, 300.0),
        (1000, 10, 1, 300.0),
    ] {
        let (_place, path) = folder();
        let (_history, writer) = History::own(&path, Retention::default()).unwrap();
        let recorder = writer.recorder();
        for pair in 0..pairs {
            result(pair, records, |event, at| recorder.event_at(event, at));
            if (pair + 1) % at_once == 0 {
                settled(&writer);
            }
        }
        drop((recorder, writer));
        let bytes = fs::metadata(&path).unwrap().len() as f64 / pairs as f64;
        println!("{pairs} pairs with {records} records: {bytes:.1} bytes each");
        assert!(bytes <= most, "{bytes} bytes for {records} records");
    }
}

#[test]
fn one_run_of_ten_thousand_is_read_alone() {
    let (_place, path) = folder();
    let (mut store, _claim) = own(&path);
    let (mut sequence, mut expected) = (0, 0);
    for hundred in 0..100 {
        let mut group = chunks([]);
        for number in hundred * 100 + 1..=hundred * 100 + 100 {
            let mut writer = ChunkWriter::default();
            for pair in 0..10 {
                result(pair, 1, |event, at| {
                    let event = match event {
                        Event::Result { result, stage, .. } => Event::Result {
                            run: Some(RunId(number)),
                            result,
                            stage,
                        },
                        other => other,
                    };
                    writer.push(&event, at);
                });
            }
            expected = writer.len() as u64;
            let (ended, _) = run(number, RunState::Succeeded, 0, None);
            group.chunks.push(Arc::new(writer.finish(sequence + 1)));
            let mut end = ended.clone();
            end.start = None;
            let mut begun = ended;
            Arc::make_mut(&mut begun.info).state = RunState::Running;
            group.runs.push((begun, sequence));
            sequence += expected;
            group.runs.push((end, sequence));
        }
        store.write(&group).unwrap();
        while store.compact(false).unwrap().is_some() {}
    }
    assert_eq!((expected, sequence), (30, 300_000));
    let mut steps = Vec::new();
    for number in [1, 2, 4999, 10_000] {
        tally::take();
        let query = store.chunks_of_run();
        let status = StatementStatus::VmStep;
        let statement = store.connection.prepare_cached(&query).unwrap();
        statement.reset_status(status);
        drop(statement);
        assert_eq!(store.results(RunId(number)).unwrap().len(), 10);
        let (texts, bytes) = tally::take();
        // It may begin in one row and end in the next.
        promise!(
            "DATA-21",
            texts <= 2 && bytes <= 2 * FULL,
            "{texts}, {bytes}"
        );
        let statement = store.connection.prepare_cached(&query).unwrap();
        steps.push(statement.get_status(status));
    }
    // The rows before it are not looked at, either.
    promise!(
        "DATA-21",
        steps.iter().all(|steps| *steps < 100),
        "{steps:?}"
    );
    let all = store
        .connection
        .query_row("SELECT count(*) FROM chunks", [], |row| row.get(0));
    let all: u64 = all.unwrap();
    assert!(all > 100, "{all} rows");
}
