//! The rules of a whole run. That the pairs are those of pyblish-base 1.8.12 in any mixture is for the
//! parity test; here each rule stands alone.

mod host;

use super::super::fixtures::*;
use super::super::{Stage, Until};
use super::*;
use host::Host;

fn ab() -> [Instance; 2] {
    ["a", "b"].map(|name| instance(name, data! {}))
}

fn succeed(_: &str, _: &mut Host, _: &mut Run) -> bool {
    true
}

#[test]
fn a_publish_runs_collectors_then_all_others_by_order() {
    let orders = [3.5, -1.0, 2.0, 0.25, -0.5, 1.0];
    let mut host = Host::new(
        orders.map(|order| context_plugin(&order.to_string(), order)),
        [],
    );
    assert_eq!(host.publish(succeed), "-0.5 0.25 -1 1 2 3.5");
}

#[test]
fn a_run_of_one_stage_runs_nothing_else() {
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
fn a_run_up_to_a_stage_keeps_the_stop_test() {
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
    assert_eq!(end, Step::Stopped(Stop::FailedValidation));
}

#[test]
fn an_instance_plugin_runs_on_each_compatible_instance_in_the_contexts_order() {
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
fn a_context_plugin_runs_once_and_ignores_families() {
    let of_family = Plugin {
        families: texts(&["nobody"]),
        ..context_plugin("P", 1.0)
    };
    assert_eq!(Host::new([of_family.clone()], ab()).publish(succeed), "P");
    assert_eq!(Host::new([of_family], []).publish(succeed), "P");
}

#[test]
fn a_plugin_with_neither_scope_runs_once() {
    let mut neither = context_plugin("P", 1.0);
    neither.processes.context = false;
    assert_eq!(Host::new([neither], ab()).publish(succeed), "P");
}

#[test]
fn a_plugin_with_both_scopes_runs_on_instances() {
    let mut both = context_plugin("P", 1.0);
    both.processes.instance = true;
    assert_eq!(Host::new([both], ab()).publish(succeed), "P:a P:b");
}

#[test]
fn a_plugin_for_other_targets_never_runs() {
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
fn a_run_is_restricted_to_chosen_plugins_and_instances() {
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
fn active_is_asked_at_the_start_so_switching_on_in_mid_run_does_nothing() {
    let mut host = Host::new([context_plugin("P", 0.0), context_plugin("Q", 1.0)], []);
    host.switch("Q", false);
    let ran = host.publish(|_, host, _| {
        host.switch("Q", true);
        true
    });
    assert_eq!(ran, "P");
}

#[test]
fn active_is_asked_at_the_start_of_collectors_too() {
    let mut host = Host::new([context_plugin("P", 0.0), context_plugin("Q", 0.1)], []);
    host.switch("Q", false);
    let ran = host.publish(|_, host, _| {
        host.switch("Q", true);
        true
    });
    assert_eq!(ran, "P");
}

#[test]
fn active_is_asked_again_before_each_plugin_so_switching_off_in_mid_run_works() {
    let mut host = Host::new([context_plugin("P", 0.0), context_plugin("Q", 1.0)], []);
    let ran = host.publish(|_, host, _| {
        host.switch("Q", false);
        true
    });
    assert_eq!(ran, "P");
}

#[test]
fn active_is_not_asked_between_a_plugins_instances() {
    let mut host = Host::new([plugin("P", 1.0)], ab());
    let ran = host.publish(|_, host, _| {
        host.switch("P", false);
        true
    });
    assert_eq!(ran, "P:a P:b");
}

#[test]
fn an_instance_is_skipped_as_its_publish_is_just_before_its_turn() {
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
fn collectors_skip_instances_too() {
    let off = instance("a", data! {"publish" => false});
    assert_eq!(Host::new([plugin("P", 0.0)], [off]).publish(succeed), "");
}

#[test]
fn an_instance_made_in_a_run_is_seen_by_later_plugins_not_by_its_maker() {
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
fn an_instance_plugin_without_a_match_after_collection_is_out_for_the_run() {
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
fn families_are_matched_anew_when_a_plugins_turn_comes() {
    let a = instance("a", data! {"family" => "x"});
    let plugins = [context_plugin("P", 1.0), family_plugin("Q", 1.0, "x")];
    let ran = Host::new(plugins, [a]).publish(|_, host, _| {
        host.set("a", data! {"family" => "y"});
        true
    });
    assert_eq!(ran, "P");
}

#[test]
fn an_instance_removed_during_a_plugins_turn_still_has_its_turn() {
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
fn a_removed_instance_is_skipped_as_its_publish_was_at_last() {
    let mut host = Host::new([plugin("P", 1.0)], ab());
    let ran = host.publish(|_, host, run| {
        host.set("b", data! {"publish" => false});
        run.removed(&host.remove("b"));
        true
    });
    assert_eq!(ran, "P:a");
}

#[test]
fn a_failed_validation_stops_before_extraction_after_all_validators() {
    let plugins = [
        plugin("V", 0.5),
        context_plugin("W", 1.49),
        context_plugin("E", 1.5),
    ];
    let mut host = Host::new(plugins, ab());
    let (run, end) = host.play(RunOptions::default(), |pair, _, _| pair != "V:a");
    assert_eq!(host.ran.join(" "), "V:a V:b W");
    assert_eq!(end, Step::Stopped(Stop::FailedValidation));
    assert_eq!(run.ended_event(), Event::Published);
    assert!(!run.succeeded());
    assert_eq!(run.progress(), 0.75);
}

#[test]
fn a_failed_validation_with_nothing_to_come_is_no_stop() {
    let plugins = [context_plugin("V", 1.0), family_plugin("E", 2.0, "x")];
    let mut host = Host::new(plugins, []);
    let (run, end) = host.play(RunOptions::default(), |_, _, _| false);
    assert_eq!(end, Step::Done);
    assert!(!run.succeeded());
}

#[test]
fn extracting_alone_is_not_stopped_by_an_earlier_run() {
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
fn a_collectors_error_stops_nothing() {
    let mut host = Host::new([context_plugin("C", 0.0), context_plugin("E", 2.0)], []);
    let (run, end) = host.play(RunOptions::default(), |pair, _, _| pair != "C");
    assert_eq!(host.ran.join(" "), "C E");
    assert_eq!(end, Step::Done);
    assert!(!run.succeeded());
}

#[test]
fn an_extractors_error_stops_nothing() {
    let mut host = Host::new([plugin("E", 2.0), context_plugin("I", 3.0)], ab());
    assert_eq!(host.publish(|pair, _, _| pair != "E:a"), "E:a E:b I");
}

#[test]
fn families_that_cannot_be_read_end_the_run() {
    let bad = || instance("bad", data! {"families" => ()});
    let plugins = || [context_plugin("P", 0.0), family_plugin("Q", 1.0, "x")];
    // There from the start: nothing runs.
    let mut host = Host::new(plugins(), [bad()]);
    let (run, end) = host.play(RunOptions::default(), succeed);
    assert!(matches!(end, Step::Stopped(Stop::BadFamilies(_))));
    assert!(host.ran.is_empty() && !run.succeeded());
    // Later: what comes before it runs.
    let mut host = Host::new(plugins(), []);
    let (_, end) = host.play(RunOptions::default(), |_, host, _| {
        host.create("bad", data! {"families" => ()});
        true
    });
    assert!(matches!(end, Step::Stopped(Stop::BadFamilies(_))));
    assert_eq!(host.ran, ["P"]);
    // Where all plug-ins take all families, nobody reads them.
    assert_eq!(
        Host::new([plugin("P", 1.0)], [bad()]).publish(succeed),
        "P:bad"
    );
}

#[test]
fn families_that_cannot_be_read_end_the_run_at_a_context_plugin_too() {
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
fn families_that_cannot_be_read_end_the_run_at_a_plugin_for_other_targets_too() {
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
fn the_end_is_the_end() {
    let mut host = Host::new([context_plugin("P", 1.0)], []);
    let (mut run, end) = host.play(RunOptions::default(), succeed);
    host.create("late", data! {});
    run.finished(false);
    assert_eq!((host.next(&mut run), end), (Step::Done, Step::Done));
    assert!(run.succeeded());
}

#[test]
fn a_run_succeeds_only_at_its_end() {
    let host = Host::new([context_plugin("P", 1.0)], []);
    let mut run = Run::new(Arc::clone(&host.plugins), RunOptions::default());
    assert!(!run.succeeded());
    host.next(&mut run);
    // A pair that was not said to have finished has succeeded.
    assert_eq!(host.next(&mut run), Step::Done);
    assert!(run.succeeded());
}

#[test]
fn progress_reaches_one_with_the_last_pair_and_never_falls_when_instances_come() {
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
    // 1 of 3 expected, then of 7: 2/7 would be less.
    let third = 1.0 / 3.0;
    let rest = [3.0, 4.0, 5.0, 6.0, 7.0].map(|done: f64| done / 7.0);
    assert_eq!(host.progress[..2], [third, third]);
    assert_eq!(host.progress[2..], rest);
}

#[test]
fn progress_is_one_at_the_end_of_a_run_of_nothing() {
    let (run, end) = Host::new([], []).play(RunOptions::default(), succeed);
    assert_eq!((end, run.progress()), (Step::Done, 1.0));
    assert!(run.succeeded());
}

/// A whole publish in which the first pair looks ahead; what it sees, and what ran.
fn look(host: &mut Host, act: impl Fn(&str, &mut Host) -> bool) -> (String, String) {
    let mut seen = None;
    let ran = host.publish(|pair, host, run| {
        seen.get_or_insert_with(|| host.upcoming(run));
        act(pair, host)
    });
    (seen.unwrap_or_default().join(" "), ran)
}

#[test]
fn what_comes_next_is_what_runs_where_all_goes_well() {
    let off = instance("off", data! {"publish" => false});
    let [a, b] = ab();
    let plugins = [
        context_plugin("Collect", 0.0),
        plugin("P", 1.0),
        family_plugin("None", 1.1, "none"),
        context_plugin("Q", 2.0),
        plugin("R", 2.5),
    ];
    let (seen, ran) = look(&mut Host::new(plugins, [a, off, b]), |_, _| true);
    assert_eq!(seen, "P:a P:b Q R:a R:b");
    assert_eq!(ran, format!("Collect {seen}"));
}

#[test]
fn a_look_ahead_changes_nothing() {
    let mut host = Host::new([plugin("P", 1.0), plugin("Q", 2.0)], ab());
    let ran = host.publish(|_, host, run| {
        let before = (run.progress(), host.upcoming(run));
        assert_eq!((run.progress(), host.upcoming(run)), before);
        true
    });
    assert_eq!(ran, "P:a P:b Q:a Q:b");
    assert_eq!(host.progress, [0.25, 0.5, 0.75, 1.0]);
}

#[test]
fn a_look_ahead_sees_what_is_now_and_not_what_will_change() {
    let mut host = Host::new([plugin("P", 1.0), plugin("Q", 1.1)], ab());
    let (seen, ran) = look(&mut host, |pair, host| {
        if pair == "P:a" {
            host.set("b", data! {"publish" => false});
        }
        true
    });
    assert_eq!(seen, "P:b Q:a Q:b");
    assert_eq!(ran, "P:a Q:a");
}

#[test]
fn a_look_ahead_stops_where_a_failure_that_is_known_stops_the_run() {
    let plugins = [plugin("P", 1.0), plugin("Q", 1.1), plugin("R", 2.0)];
    let mut host = Host::new(plugins, ab());
    let mut seen = Vec::new();
    host.publish(|pair, host, run| {
        seen.push(host.upcoming(run).join(" "));
        pair != "P:a"
    });
    // The pair at work is taken for a success, the one before it is known to have failed.
    assert_eq!(seen[0], "P:b Q:a Q:b R:a R:b");
    assert_eq!(seen[1], "Q:a Q:b");
}

#[test]
fn a_look_ahead_is_as_long_as_it_is_wanted() {
    let host = Host::new([plugin("P", 1.0), plugin("Q", 2.0)], ab());
    let mut run = Run::new(Arc::clone(&host.plugins), RunOptions::default());
    assert_eq!(run.upcoming(&host.context, |_| true).take(3).count(), 3);
    assert_eq!(run.upcoming(&host.context, |_| true).count(), 4);
    while let Step::Pair { .. } = host.next(&mut run) {}
    assert_eq!(run.upcoming(&host.context, |_| true).count(), 0);
}
