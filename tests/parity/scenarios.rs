//! Random scenarios, played by the runtime through the scenario adapter in its sandbox, and by the
//! real `pyblish-base` 1.8.12 in a Python process. The results must agree.
//!
//! Every run of the tests plays 500; `cargo xtask parity --count 20000` plays more. The Python is
//! the one that xtask makes.

use std::env;
use std::path::Path;

use pyblish_endpoint_tests::hosts::python;
use serde_json::Value;

use super::contest::{Tally, contest};
use super::generate::generate;
use super::objects::generate_objects;
use super::python::Judge;
#[cfg(unix)]
use super::remote::Remote;
use super::runtime::Player;
use super::worth::worth;

/// The number in this environment variable, which `cargo xtask parity` sets.
fn number(name: &str, default: u64) -> u64 {
    match env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text:?}")),
        Err(_) => default,
    }
}

fn judge() -> Judge {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("parity")
        .join("driver.py");
    Judge::start(&python(), &driver).unwrap_or_else(|error| panic!("{error}"))
}

/// Plays so many questions, and compares.
#[track_caller]
fn they_agree(count: u64, generate: impl Fn(u64) -> Value, play: impl FnMut(&Value) -> Value) {
    let seed = number("PYBLISH_PARITY_SEED", 0);
    let tally = contest(seed..seed + count, generate, &mut judge(), play);
    let tally: Tally = tally.unwrap_or_else(|trouble| panic!("{trouble}"));
    println!(
        "{} scenarios agree, {} were skipped (Pyblish gave up)",
        tally.same, tally.skipped
    );
    assert!(
        tally.same as u64 > count * 9 / 10,
        "too few scenarios were compared"
    );
}

#[test]
fn random_scenarios_agree() {
    let player = Player::start();
    let count = number("PYBLISH_PARITY_COUNT", 500);
    they_agree(count, generate, |question| player.ask(question));
}

/// With sets, enums, odd orders and tests of a studio, in a real interpreter over the bridge.
#[cfg(unix)]
#[test]
fn random_objects_agree_in_a_host() {
    let remote = Remote::host();
    let count = number("PYBLISH_PARITY_HOST", 300);
    they_agree(count, generate_objects, |question| remote.ask(question));
}

#[cfg(unix)]
#[test]
fn random_objects_agree_in_the_sandbox() {
    let remote = Remote::sandbox();
    let count = number("PYBLISH_PARITY_SANDBOX", 200);
    they_agree(count, generate_objects, |question| remote.ask(question));
}

/// Each rule must matter to some of the scenarios; otherwise the comparison would not test it.
#[test]
fn every_rule_matters() {
    let counts = worth(0..200, &mut judge()).unwrap_or_else(|error| panic!("{error}"));
    for (rule, count) in &counts {
        println!("{rule}: {count} of 200");
    }
    // Scenarios in which Pyblish gives up are rare on purpose.
    let idle = counts
        .iter()
        .filter(|(rule, count)| *count == 0 && *rule != "raised");
    let idle: Vec<_> = idle.map(|(rule, _)| rule).collect();
    assert!(idle.is_empty(), "no scenario shows {idle:?}");
}
