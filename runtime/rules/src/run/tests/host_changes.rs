//! What a host says in mid-run: plug-ins that changed, targets, and a test of its own.

use super::*;
use crate::fixtures::texts;
use pyblish_model::{Stop, StopTest};

fn stop_before(plugin: &str, reason: &str) -> StopTest {
    StopTest::Host(vec![Stop {
        plugin: plugin_id(plugin),
        reason: reason.into(),
    }])
}

fn plugin_id(name: &str) -> pyblish_model::PluginId {
    plugin(name, 0.0).id
}

#[test]
fn families_are_read_after_collection_and_at_each_turn() {
    let plugins = [
        context_plugin("Collect", 0.0),
        context_plugin("Check", 1.0),
        family_plugin("Late", 1.1, "none"),
        family_plugin("Emptied", 1.2, "default"),
        family_plugin("TooLate", 1.3, "none"),
    ];
    let mut host = Host::new(plugins, []);
    let ran = host.publish(|pair, host, _| {
        match pair {
            "Collect" => {
                host.create("a", data! {});
                host.plugin("Late").families = texts(&["default"]);
            }
            "Check" => {
                host.plugin("Emptied").families.clear();
                // It matched nothing after collection, so it has no turn.
                host.plugin("TooLate").families = texts(&["default"]);
            }
            _ => {}
        }
        true
    });
    assert_eq!(ran, "Collect Check Late:a");
}

#[test]
fn targets_are_read_before_and_after_collection() {
    let farm = |name: &str, order| Plugin {
        targets: texts(&["farm"]),
        ..context_plugin(name, order)
    };
    let plugins = [
        context_plugin("Collect", 0.0),
        farm("CollectOnFarm", 0.1),
        context_plugin("Check", 1.0),
        farm("CheckOnFarm", 1.1),
        context_plugin("Moved", 1.2),
    ];
    let mut host = Host::new(plugins.clone(), []);
    let ran = host.publish(|pair, host, _| {
        match pair {
            "Collect" => {
                host.targets = texts(&["farm"]);
                host.plugin("Moved").targets = texts(&["elsewhere"]);
            }
            "Check" => host.targets.clear(),
            _ => {}
        }
        true
    });
    assert_eq!(ran, "Collect Check CheckOnFarm");

    let mut host = Host::new(plugins, []);
    host.targets = texts(&["farm"]);
    assert_eq!(
        host.publish(|_, _, _| true),
        "Collect CollectOnFarm Check CheckOnFarm Moved"
    );
}

#[test]
fn new_order_counts_for_the_stop_test_and_moves_nothing() {
    let plugins = [
        context_plugin("Collect", 0.0),
        context_plugin("A", 1.0),
        context_plugin("B", 1.1),
        context_plugin("C", 1.2),
    ];
    let mut host = Host::new(plugins, []);
    let ran = host.publish(|pair, host, _| {
        if pair == "Collect" {
            host.plugin("A").order = 1.9;
            host.plugin("B").order = 0.0;
            host.plugin("C").order = 2.0;
        }
        pair == "Collect"
    });
    // Neither A nor B failed as a validator.
    assert_eq!(ran, "Collect A B C");

    let mut host = Host::new([context_plugin("A", 2.0), context_plugin("B", 2.1)], []);
    let ran = host.publish(|_, host, _| {
        host.plugin("A").order = 1.0;
        false
    });
    assert_eq!(ran, "A");
}

#[test]
fn plugins_of_another_list_are_not_taken_over() {
    let mut host = Host::new([context_plugin("A", 1.0), context_plugin("B", 1.1)], []);
    let ran = host.publish(|_, host, _| {
        host.plugins = [context_plugin("A", 1.0), context_plugin("X", 9.0)].into();
        true
    });
    assert_eq!(ran, "A X");
    let mut run = Run::new(
        [context_plugin("A", 1.0), context_plugin("B", 1.1)].into(),
        RunOptions::default(),
    );
    while let Step::Pair { .. } = host.next(&mut run) {}
    assert_eq!(run.plugins()[1].name, "B");
}

#[test]
fn test_of_the_host_takes_the_place_of_pyblishs() {
    let plugins = || {
        [
            context_plugin("Check", 1.0),
            context_plugin("Extract", 2.0),
            context_plugin("Integrate", 3.0),
        ]
    };
    let mut host = Host::new(plugins(), []);
    host.stop_test = StopTest::Host(Vec::new());
    let (run, end) = host.play(RunOptions::default(), |_, _, _| false);
    assert_eq!(host.ran.join(" "), "Check Extract Integrate");
    assert!(end == Step::Done && !run.succeeded());

    let mut host = Host::new(plugins(), []);
    let (_, end) = host.play(RunOptions::default(), |pair, host, _| {
        if pair == "Extract" {
            host.stop_test = stop_before("Integrate", "it is Friday");
        }
        true
    });
    let words = StopReason::HostTest("it is Friday".into());
    assert_eq!(end, Step::Stopped(words));
    assert_eq!(host.ran.join(" "), "Check Extract");
}

#[test]
fn stop_before_a_collector_ends_the_collectors_only() {
    let plugins = [
        context_plugin("A", 0.0),
        context_plugin("B", 0.1),
        context_plugin("C", 0.2),
        context_plugin("Check", 1.0),
    ];
    let mut host = Host::new(plugins, []);
    host.stop_test = stop_before("B", "enough");
    assert_eq!(host.publish(|_, _, _| true), "A Check");
    assert_eq!(host.progress.last(), Some(&1.0));
}

#[test]
fn inactive_plugin_stops_nothing() {
    let mut host = Host::new([context_plugin("A", 1.0), context_plugin("B", 2.0)], []);
    host.stop_test = stop_before("A", "no");
    host.switch("A", false);
    assert_eq!(host.publish(|_, _, _| true), "B");
}

/// Pyblish counts errors from its second pass on.
#[test]
fn collector_that_got_another_order_stops_nothing() {
    let plugins = [
        context_plugin("Collect", 0.0),
        context_plugin("Moved", 0.1),
        context_plugin("Extract", 2.0),
    ];
    let mut host = Host::new(plugins, []);
    let ran = host.publish(|pair, host, _| {
        host.plugin("Moved").order = 1.0;
        pair != "Moved"
    });
    assert_eq!(ran, "Collect Moved Extract");
}
