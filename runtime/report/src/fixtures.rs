//! Reports for the tests of this crate.

use std::sync::Arc;

use super::Report;
use pyblish_model::{
    Action, ActionKind, BrokenPlugin, Failure, InstanceId, LeftOutPart, LeftOutPlugin, Level,
    MatchAlgorithm, Mode, PairResult, Plugin, PluginId, PluginSet, PolicyChange, PublishedVersion,
    Record, RunFacts, RunId, RunInfo, RunState, Scope, SourceLocation,
};

/// 2026-03-14 15:09:26 UTC.
pub(super) const STARTED: f64 = 1_773_500_966.0;

/// Text that no document may take as it is.
pub(super) const NASTY: &str =
    "<script>alert('&\"1')</script>]]>\u{0}\u{1b}[31m\u{ffff}\u{202e}gnp";

pub(super) fn plugin(name: &str, label: Option<&str>, order: f64) -> Plugin {
    Plugin {
        id: PluginId(name.into()),
        name: name.into(),
        label: label.map(str::to_owned),
        doc: None,
        version: vec![1, 2, 0],
        order,
        families: vec!["*".into()],
        hosts: vec!["*".into()],
        targets: vec!["default".into()],
        algorithm: MatchAlgorithm::Intersection,
        optional: false,
        active: true,
        processes: Scope::default(),
        repairs: Scope::default(),
        actions: Vec::new(),
        base: "Plugin".into(),
        file: None,
        category: None,
        requires: None,
        attributes: Vec::new(),
    }
}

/// A good result, right after the one before it.
pub(super) fn result(plugin: &str, instance: Option<&str>, at: f64, took: f64) -> PairResult {
    PairResult {
        plugin_id: Some(PluginId(plugin.into())),
        plugin: plugin.into(),
        instance_id: instance.map(|name| InstanceId(format!("i-{name}").into())),
        instance: instance.map(Into::into),
        mode: Mode::Process,
        failure: None,
        records: Vec::new(),
        started: STARTED + at / 1000.0,
        duration: took,
    }
}

pub(super) fn record(level: Level, message: &str) -> Record {
    Record {
        level,
        message: message.into(),
        logger: "pyblish.show".into(),
        location: None,
        traceback: None,
        created: STARTED + 2.0,
    }
}

fn action(id: &str, kind: ActionKind, on: &str) -> Action {
    Action {
        id: id.into(),
        label: format!("{id} <it>"),
        icon: None,
        kind,
        on: on.into(),
    }
}

/// Where the runs took place, and what they left behind, all in this text if there is one.
fn facts(nasty: Option<&str>) -> RunFacts {
    let text = |plain: &str| nasty.unwrap_or(plain).to_owned();
    RunFacts {
        user: text("ada"),
        machine: text("ws042"),
        adapter: text("folder"),
        adapter_version: text("0.1.0"),
        adapter_digest: text("b5bb9d80"),
        host: text("folder"),
        host_version: Some(text("5.1")),
        scene: Some(text("/shows/nightfall/sh010.blend")),
        left_out: vec![LeftOutPart {
            instance: Some(InstanceId("i-sh040".into())),
            plugin: None,
            name: text("sh040").into(),
            by: text("user ada"),
        }],
        policy: vec![PolicyChange {
            plugin: text("ValidateNames").into(),
            change: text("optional"),
            reason: Some(text("late show")),
            source: text("/etc/pyblish-endpoint/endpoint.toml"),
        }],
        published: vec![PublishedVersion {
            instance: InstanceId("i-sh010".into()),
            name: text("sh010").into(),
            version: Some(3),
            path: text("/publish/sh010/v003"),
            unchanged: false,
        }],
    }
}

/// A run that had nothing to do.
pub(super) fn empty() -> Report {
    Report {
        session: "s1".into(),
        adapter: "folder".into(),
        host: "/shows/nightfall".into(),
        run: RunInfo {
            id: RunId(7),
            state: RunState::Succeeded,
            until: "publish".into(),
            targets: vec!["default".into()],
            comment: String::new(),
            started: STARTED,
            ended: Some(STARTED + 3.25),
            progress: 1.0,
            remaining: None,
            stage: None,
            succeeded: 0,
            failed: 0,
            collected: None,
            facts: None,
            instances: None,
            plugins: None,
            continues: None,
        },
        discovered: PluginSet::default(),
        results: Vec::new(),
    }
}

/// A validation that failed: three of eight pairs.
pub(super) fn failed() -> Report {
    let mut frames = plugin("ValidateFrames", Some("Validate Frames"), 1.0);
    frames.doc = Some("Every shot needs a file for each frame of its range.".into());
    frames.repairs.instance = true;
    frames.actions = vec![
        action("heading", ActionKind::Category, "all"),
        action("select", ActionKind::Action, "failed"),
        action("praise", ActionKind::Action, "succeeded"),
        action("broken", ActionKind::Action, "Failed"),
    ];
    let mut saved = plugin("ValidateSaved", Some("Validate Scene Saved"), 1.2);
    saved.repairs.instance = true;
    let names = ["sh010", "sh020 <plates>", "sh030"];
    let mut results = vec![
        result("CollectShots", None, 0.0, 1800.0),
        result("CollectComment", None, 1800.0, 0.5),
        result("ValidateFrames", Some(names[0]), 1900.0, 400.0),
        result("ValidateFrames", Some(names[1]), 2300.0, 600.0),
        result("ValidateFrames", Some(names[2]), 2900.0, 200.0),
        result("ValidateNames", Some(names[0]), 3100.0, 12.0),
        result("ValidateNames", Some(names[1]), 3112.0, 12.0),
        result("ValidateSaved", None, 3130.0, 12.5),
    ];
    for result in &mut results[2..4] {
        result.failure = Some(Failure {
            title: Some("Frames are missing".into()),
            message: "3 of 48 frames are missing: 1003, 1017, 1018.\nRender them again.".into(),
            detail: Some("looked in /shows/nightfall".into()),
            location: Some(SourceLocation {
                file: "/plugins/validate_frames.py".into(),
                line: 42,
                function: Some("process".into()),
                text: Some("raise PublishError(missing)".into()),
            }),
            traceback: Some("Traceback (most recent call last):\nPublishError: missing".into()),
            kind: "PublishError".into(),
        });
        result.records = vec![
            record(Level::INFO, "48 frames expected"),
            record(Level::ERROR, "1003 is missing"),
        ];
    }
    results[6].records = vec![record(Level::WARNING, "the name has a blank")];
    results[7].failure = Some(Failure::new("ValueError", "The scene has not been saved."));
    let mut report = empty();
    report.discovered.plugins = Arc::new([
        plugin("CollectShots", Some("Collect Shots"), 0.0),
        plugin("CollectComment", None, 0.1),
        frames,
        plugin("ValidateNames", Some("  "), 1.1),
        saved,
        plugin("ExtractReview", Some("Extract Review"), 2.0),
    ]);
    report.results = results.into_iter().map(Arc::new).collect();
    report.run.facts = Some(Box::new(facts(None)));
    report.run.state = RunState::Stopped("failed validation".into());
    report.run.stage = Some("validate".into());
    (report.run.succeeded, report.run.failed) = (5, 3);
    report
}

/// The same shots, published successfully with one warning.
pub(super) fn succeeded() -> Report {
    let mut report = failed();
    for result in &mut report.results {
        Arc::make_mut(result).failure = None;
        let records = &mut Arc::make_mut(result).records;
        records.retain(|record| record.level <= Level::WARNING);
    }
    let extracted = result("ExtractReview", None, 3150.0, 90.0);
    report.results.push(Arc::new(extracted));
    report.run.state = RunState::Succeeded;
    (report.run.succeeded, report.run.failed) = (9, 0);
    report
}

/// The same as [`succeeded`], where one file could not be used and two plug-ins do not take part.
pub(super) fn incomplete() -> Report {
    let mut report = succeeded();
    let mut failure = Failure::new("SyntaxError", "invalid syntax <here>");
    failure.traceback = Some("line 7 <of it>".into());
    report.discovered.broken = Arc::new([BrokenPlugin {
        file: "/studio/bad & ugly.py".into(),
        failure,
    }]);
    let left_out = |name: Option<&str>, reason: &str| LeftOutPlugin {
        name: name.map(Into::into),
        file: Some("/studio/nuke.py".into()),
        reason: reason.into(),
    };
    report.discovered.left_out = Arc::new([
        left_out(Some("ValidateNuke"), "It is for the hosts nuke."),
        left_out(None, "The file defines no plug-in."),
    ]);
    report
}

/// A hostile host: every text there is, is [`NASTY`].
pub(super) fn nasty() -> Report {
    let mut report = failed();
    let text = || NASTY.to_owned();
    (report.session, report.adapter, report.host) = (text(), text(), text());
    (report.run.comment, report.run.until) = (text(), text());
    report.run.facts = Some(Box::new(facts(Some(NASTY))));
    report.run.state = RunState::Lost(text());
    report.run.targets = vec![text(), text()];
    let mut plugins = report.discovered.plugins.to_vec();
    for plugin in &mut plugins {
        (plugin.name, plugin.label, plugin.doc) = (text().into(), Some(text()), Some(text()));
        plugin.file = Some(text());
        for action in &mut plugin.actions {
            action.label = text();
        }
    }
    report.discovered.plugins = plugins.into();
    report.discovered.broken = Arc::new([BrokenPlugin {
        file: text(),
        failure: Failure::new(NASTY, NASTY),
    }]);
    report.discovered.left_out = Arc::new([LeftOutPlugin {
        name: Some(text()),
        file: Some(text()),
        reason: text(),
    }]);
    for result in &mut report.results {
        let result = Arc::make_mut(result);
        result.plugin = text().into();
        result.instance = result.instance.is_some().then(|| text().into());
        let location = SourceLocation {
            file: text(),
            line: 1,
            function: Some(text()),
            text: Some(text()),
        };
        let mut logged = record(Level(17), NASTY);
        (logged.logger, logged.traceback) = (text(), Some(text()));
        logged.location = Some(location.clone());
        result.records = vec![
            logged.clone(),
            Record {
                level: Level::WARNING,
                ..logged
            },
        ];
        if let Some(failure) = &mut result.failure {
            *failure = Failure {
                title: Some(text()),
                message: text(),
                detail: Some(text()),
                location: Some(location),
                traceback: Some(text()),
                kind: text(),
            };
        }
    }
    report
}

/// 100,000 pairs; one in ten failed, each with words of its own and a lot to say.
pub(super) fn huge() -> Report {
    let mut report = empty();
    let stages = ["Collect", "Validate", "Extract", "Integrate"];
    let plugins = (0..100).map(|number| {
        let stage = number / 25;
        let name = format!("{}{number}", stages[stage]);
        plugin(&name, None, stage as f64)
    });
    report.discovered.plugins = plugins.collect();
    let long = "x".repeat(10_000);
    for number in 0..100_000 {
        let plugin = &report.discovered.plugins[number / 1000];
        let instance = format!("instance {number} {}", &long[..number % 1000]);
        let mut result = result(&plugin.name, Some(&instance), number as f64, 1.0);
        if number % 10 == 0 {
            let mut failure = Failure::new("ValueError", format!("{number} is wrong"));
            failure.traceback = Some(long.clone());
            result.failure = Some(failure);
            result.records = vec![record(Level::DEBUG, &long[..500])];
        } else if number % 10 == 1 {
            result.records = vec![record(Level::WARNING, &format!("{number}"))];
        }
        report.results.push(Arc::new(result));
    }
    report.run.state = RunState::Failed;
    report.run.ended = Some(STARTED + 100.0);
    report
}
