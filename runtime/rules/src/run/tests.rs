//! The rules of a whole run, each on its own. The parity test compares all of them together with
//! pyblish-base 1.8.12.

mod host;
mod host_changes;
mod look_ahead;

use super::super::fixtures::*;
use super::super::{Stage, Until};
use super::*;
use host::Host;
use pyblish_promise::promise_eq;

fn ab() -> [Instance; 2] {
    ["a", "b"].map(|name| instance(name, data! {}))
}

fn succeed(_: &str, _: &mut Host, _: &mut Run) -> bool {
    true
}

#[test]
fn publish_runs_collectors_first() {
    let orders = [3.5, -1.0, 2.0, 0.25, -0.5, 1.0];
    let mut host = Host::new(
        orders.map(|order| context_plugin(&order.to_string(), order)),
        [],
    );
    assert_eq!(host.publish(succeed), "-0.5 0.25 -1 1 2 3.5");
}

#[test]
fn one_stage_runs_alone() {
    for (stage, ran) in [
        (Stage::Collect, "0"),
        (Stage::Validate, "1"),
        (Stage::Extract, "2"),
        (Stage::Integrate, "3"),
    ] {
        let orders = [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0];
        let mut host = Host::new(
            orders.map(|order| context_plugin(&order.to_string(), order)),
            [],
        );
        let until = Until::One(stage);
        let options = RunOptions {
            until,
            ..RunOptions::default()
        };
        let (run, _) = host.play(options, succeed);
        assert_eq!(host.ran, [ran]);
        assert_eq!(run.ended_event(), stage.ended_event());
    }
}

#[test]
fn run_up_to_stage_keeps_stop_test() {
    let plugins = [
        context_plugin("Collect", 0.0),
        context_plugin("Validate", 1.0),
        context_plugin("Extract", 2.0),
        context_plugin("Integrate", 3.0),
    ];
    let options = RunOptions {
        until: Until::UpTo(Stage::Extract),
        ..RunOptions::default()
    };
    let mut host = Host::new(plugins, []);
    host.play(options.clone(), succeed);
    assert_eq!(host.ran.join(" "), "Collect Validate Extract");
    host.ran.clear();
    let (_, end) = host.play(options, |pair, _, _| pair != "Validate");
    assert_eq!(host.ran.join(" "), "Collect Validate");
    assert_eq!(end, Step::Stopped(StopReason::FailedValidation));
}

#[test]
fn instance_plugin_runs_in_context_order() {
    let mut host = Host::new(
        [family_plugin("P", 1.0, "x"), plugin("Q", 1.0)],
        [
            instance("b", data! {"family" => "x"}),
            instance("c", data! {"family" => "y"}),
            instance("a", data! {"families" => ["x"]}),
        ],
    );
    assert_eq!(host.publish(succeed), "P:b P:a Q:b Q:c Q:a");
}

#[test]
fn context_plugin_ignores_families() {
    let of_family = Plugin {
        families: texts(&["nobody"]),
        ..context_plugin("P", 1.0)
    };
    assert_eq!(Host::new([of_family.clone()], ab()).publish(succeed), "P");
    assert_eq!(Host::new([of_family], []).publish(succeed), "P");
}

#[test]
fn plugin_without_scope_runs_once() {
    let mut neither = context_plugin("P", 1.0);
    neither.processes.context = false;
    assert_eq!(Host::new([neither], ab()).publish(succeed), "P");
}

#[test]
fn plugin_with_both_scopes_runs_on_instances() {
    let mut both = context_plugin("P", 1.0);
    both.processes.instance = true;
    assert_eq!(Host::new([both], ab()).publish(succeed), "P:a P:b");
}

#[test]
fn plugin_for_other_targets_never_runs() {
    let farm = Plugin {
        targets: texts(&["farm"]),
        ..context_plugin("P", 1.0)
    };
    let mut host = Host::new([farm, context_plugin("Q", 1.0)], []);
    assert_eq!(host.publish(succeed), "Q");
    host.ran.clear();
    let options = RunOptions {
        targets: texts(&["farm"]),
        ..RunOptions::default()
    };
    host.play(options, succeed);
    assert_eq!(host.ran, ["P"]);
}

#[test]
fn run_is_restricted_to_the_chosen() {
    let mut host = Host::new([plugin("P", 1.0), plugin("Q", 1.0)], ab());
    let options = RunOptions {
        plugins: Some([host.plugins[1].id.clone()].into()),
        instances: Some([host.context.instances[1].id.clone()].into()),
        ..RunOptions::default()
    };
    host.play(options, |_, host, _| {
        host.create("c", data! {});
        true
    });
    assert_eq!(host.ran, ["Q:b"]);
}

#[test]
fn switching_on_during_run_does_nothing() {
    // A collector, and a validator.
    for order in [0.1, 1.0] {
        let mut host = Host::new([context_plugin("P", 0.0), context_plugin("Q", order)], []);
        host.switch("Q", false);
        let ran = host.publish(|_, host, _| {
            host.switch("Q", true);
            true
        });
        assert_eq!(ran, "P");
    }
}

#[test]
fn switching_off_during_run_works() {
    let mut host = Host::new([context_plugin("P", 0.0), context_plugin("Q", 1.0)], []);
    let ran = host.publish(|_, host, _| {
        host.switch("Q", false);
        true
    });
    assert_eq!(ran, "P");
}

#[test]
fn switching_off_keeps_the_current_turn() {
    let mut host = Host::new([plugin("P", 1.0)], ab());
    let ran = host.publish(|_, host, _| {
        host.switch("P", false);
        true
    });
    assert_eq!(ran, "P:a P:b");
}

#[test]
fn publish_is_read_just_before_turn() {
    let mut host = Host::new([plugin("P", 1.0), plugin("Q", 1.0)], ab());
    let ran = host.publish(|pair, host, _| {
        match pair {
            "P:a" => host.set("b", data! {"publish" => false}),
            _ => host.set("b", data! {"publish" => ()}),
        }
        true
    });
    assert_eq!(ran, "P:a Q:a Q:b");
}

#[test]
fn collectors_skip_instances() {
    let off = instance("a", data! {"publish" => false});
    assert_eq!(Host::new([plugin("P", 0.0)], [off]).publish(succeed), "");
}

#[test]
fn new_instance_is_seen_by_later_plugins() {
    let mut host = Host::new([plugin("P", 1.0), plugin("Q", 1.0)], ab());
    let ran = host.publish(|pair, host, _| {
        if pair == "P:a" {
            host.create("c", data! {});
        }
        true
    });
    assert_eq!(ran, "P:a P:b Q:a Q:b Q:c");
}

#[test]
fn plugin_without_match_is_out() {
    let make = |pair: &str, host: &mut Host, _: &mut Run| {
        if pair == "Make" {
            host.create("x", data! {"family" => "x"});
        }
        true
    };
    let user = family_plugin("Use", 2.0, "x");
    let mut host = Host::new([context_plugin("Make", 1.0), user.clone()], []);
    assert_eq!(host.publish(make), "Make");
    let mut host = Host::new([context_plugin("Make", 0.0), user.clone()], []);
    assert_eq!(host.publish(make), "Make Use:x");
    // A skipped instance is a match.
    let off = instance("o", data! {"family" => "x", "publish" => false});
    let mut host = Host::new([context_plugin("Make", 1.0), user], [off]);
    assert_eq!(host.publish(make), "Make Use:x");
}

#[test]
fn families_are_matched_at_turn() {
    let a = instance("a", data! {"family" => "x"});
    let plugins = [context_plugin("P", 1.0), family_plugin("Q", 1.0, "x")];
    let ran = Host::new(plugins, [a]).publish(|_, host, _| {
        host.set("a", data! {"family" => "y"});
        true
    });
    assert_eq!(ran, "P");
}

#[test]
fn removed_instance_keeps_its_turn() {
    let mut host = Host::new([plugin("P", 1.0), plugin("Q", 1.0)], ab());
    let ran = host.publish(|pair, host, run| {
        if pair == "P:a" {
            run.removed(&host.remove("b"));
        }
        true
    });
    assert_eq!(ran, "P:a P:b Q:a");
}

#[test]
fn removed_instance_keeps_last_publish() {
    let mut host = Host::new([plugin("P", 1.0)], ab());
    let ran = host.publish(|_, host, run| {
        host.set("b", data! {"publish" => false});
        run.removed(&host.remove("b"));
        true
    });
    assert_eq!(ran, "P:a");
}

#[test]
fn failed_validation_stops_before_extraction() {
    let plugins = [
        plugin("V", 0.5),
        context_plugin("W", 1.49),
        context_plugin("E", 1.5),
    ];
    let mut host = Host::new(plugins, ab());
    let (run, end) = host.play(RunOptions::default(), |pair, _, _| pair != "V:a");
    assert_eq!(host.ran.join(" "), "V:a V:b W");
    assert_eq!(end, Step::Stopped(StopReason::FailedValidation));
    assert_eq!(run.ended_event(), PyblishEvent::Published);
    assert!(!run.succeeded());
    assert_eq!(run.progress(), 0.75);
}

#[test]
fn nothing_left_is_no_stop() {
    let plugins = [context_plugin("V", 1.0), family_plugin("E", 2.0, "x")];
    let mut host = Host::new(plugins, []);
    let (run, end) = host.play(RunOptions::default(), |_, _, _| false);
    assert_eq!(end, Step::Done);
    assert!(!run.succeeded());
}

#[test]
fn earlier_errors_are_forgotten() {
    let mut host = Host::new([context_plugin("V", 1.0), context_plugin("E", 2.0)], []);
    let one = |stage| RunOptions {
        until: Until::One(stage),
        ..RunOptions::default()
    };
    host.play(one(Stage::Validate), |_, _, _| false);
    let (run, _) = host.play(one(Stage::Extract), succeed);
    assert_eq!(host.ran.join(" "), "V E");
    assert!(run.succeeded());
}

#[test]
fn collector_error_stops_nothing() {
    let mut host = Host::new([context_plugin("C", 0.0), context_plugin("E", 2.0)], []);
    let (run, end) = host.play(RunOptions::default(), |pair, _, _| pair != "C");
    assert_eq!(host.ran.join(" "), "C E");
    assert_eq!(end, Step::Done);
    assert!(!run.succeeded());
}

#[test]
fn extractor_error_stops_nothing() {
    let mut host = Host::new([plugin("E", 2.0), context_plugin("I", 3.0)], ab());
    assert_eq!(host.publish(|pair, _, _| pair != "E:a"), "E:a E:b I");
}

#[test]
fn unreadable_families_end_run() {
    let bad = || instance("bad", data! {"families" => ()});
    let plugins = || [context_plugin("P", 0.0), family_plugin("Q", 1.0, "x")];
    // With a bad instance from the start, nothing runs.
    let mut host = Host::new(plugins(), [bad()]);
    let (run, end) = host.play(RunOptions::default(), succeed);
    assert!(matches!(end, Step::Stopped(StopReason::BadFamilies(_))));
    assert!(host.ran.is_empty() && !run.succeeded());
    // With a bad instance made later, the plug-ins before that run.
    let mut host = Host::new(plugins(), []);
    let (_, end) = host.play(RunOptions::default(), |_, host, _| {
        host.create("bad", data! {"families" => ()});
        true
    });
    assert!(matches!(end, Step::Stopped(StopReason::BadFamilies(_))));
    assert_eq!(host.ran, ["P"]);
    // Families are not read where all plug-ins take all of them.
    assert_eq!(
        Host::new([plugin("P", 1.0)], [bad()]).publish(succeed),
        "P:bad"
    );
}

#[test]
fn unreadable_families_end_run_at_context_plugin() {
    let of_family = Plugin {
        families: texts(&["x"]),
        ..context_plugin("Q", 1.0)
    };
    let mut host = Host::new([context_plugin("P", 0.0), of_family], []);
    let ran = host.publish(|_, host, _| {
        host.create("bad", data! {"families" => ()});
        true
    });
    assert_eq!(ran, "P");
}

#[test]
fn unreadable_families_end_run_at_other_targets() {
    let farm = Plugin {
        targets: texts(&["farm"]),
        ..family_plugin("Farm", 1.0, "x")
    };
    let plugins = [context_plugin("P", 0.0), context_plugin("Q", 1.0), farm];
    let ran = Host::new(plugins, []).publish(|_, host, _| {
        host.create("bad", data! {"families" => ()});
        true
    });
    assert_eq!(ran, "P");
}

#[test]
fn ended_run_stays_ended() {
    let mut host = Host::new([context_plugin("P", 1.0)], []);
    let (mut run, end) = host.play(RunOptions::default(), succeed);
    host.create("late", data! {});
    run.finished(false);
    assert_eq!((host.next(&mut run), end), (Step::Done, Step::Done));
    assert!(run.succeeded());
}

#[test]
fn run_succeeds_only_at_end() {
    let host = Host::new([context_plugin("P", 1.0)], []);
    let mut run = Run::new(Arc::clone(&host.plugins), RunOptions::default());
    assert!(!run.succeeded());
    host.next(&mut run);
    // A pair whose end was not reported counts as a success.
    assert_eq!(host.next(&mut run), Step::Done);
    assert!(run.succeeded());
}

#[test]
fn progress_never_falls_with_new_instances() {
    let plugins = [
        context_plugin("Collect", 0.0),
        plugin("P", 1.0),
        plugin("Q", 2.0),
    ];
    let mut host = Host::new(plugins, []);
    host.publish(|pair, host, _| {
        if pair == "Collect" {
            for name in ["a", "b", "c", "d"] {
                host.create(name, data! {"publish" => name != "d"});
            }
        }
        true
    });
    // 1 of 3 expected; then six pairs share the other two thirds.
    let third = 1.0 / 3.0;
    let expected = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(|done| third + 2.0 / 3.0 * done / 6.0);
    let is_near = |(told, expected): (&f64, &f64)| (told - expected).abs() < 1e-9;
    assert_eq!(host.progress.len(), expected.len());
    assert!(
        host.progress.iter().zip(&expected).all(is_near),
        "{:?}",
        host.progress
    );
}

#[test]
fn empty_run_has_full_progress() {
    let (run, end) = Host::new([], []).play(RunOptions::default(), succeed);
    assert_eq!((end, run.progress()), (Step::Done, 1.0));
    assert!(run.succeeded());
}

#[test]
fn planning_can_be_interrupted() {
    let plugins = ["A", "B", "C"].map(|name| plugin(name, 1.0));
    let instances = (0..LOOK + 1).map(|number| instance(&format!("i{number}"), data! {}));
    let mut host = Host::new(plugins, []);
    host.context = context(instances);
    let run = Run::new(Arc::clone(&host.plugins), RunOptions::default());
    // Questions: for each plug-in in two parts which instances match, before and after collection;
    // then for the first plug-in at its turn.
    for (looks, end) in [(2, true), (13, true), (14, false)] {
        let (mut asked, mut run) = (0, run.clone());
        let mut go_on = || {
            asked += 1;
            asked <= looks
        };
        let step = run.next_while(host.view(), &mut go_on);
        assert_eq!(step == Step::Interrupted, end, "{looks}: {step:?}");
        // The run stays interrupted.
        assert_eq!(host.next(&mut run) == Step::Interrupted, end);
    }
    promise_eq!("SANDBOX-12", run.upcoming(host.view(), || false).count(), 0);
}
