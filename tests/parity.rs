//! The judge: random scenarios, played by the runtime through the scenario adapter in its sandbox and by the
//! real `pyblish-base` 1.8.12 in a Python process, must come to the same.
//!
//! 500 of them in every run of the tests; `cargo xtask parity --count 20000` plays more. The Python is the one
//! that xtask makes.

#[path = "parity/mod.rs"]
mod parity;

use std::env;
use std::path::Path;

use parity::contest::contest;
use parity::python::Judge;
use parity::runtime::Player;
use parity::worth::worth;
use pyblish_endpoint_tests::hosts::python;

/// The number in this environment variable, which `cargo xtask parity` sets.
fn number(name: &str, default: u64) -> u64 {
    match env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text:?}")),
        Err(_) => default,
    }
}

#[test]
fn random_scenarios_come_to_the_same_as_in_pyblish() {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("parity")
        .join("driver.py");
    let mut judge = Judge::start(&python(), &driver).unwrap_or_else(|error| panic!("{error}"));
    let player = Player::start();
    let seed = number("PYBLISH_PARITY_SEED", 0);
    let count = number("PYBLISH_PARITY_COUNT", 500);
    let tally = contest(seed..seed + count, &mut judge, |question| {
        player.ask(question)
    });
    let tally = tally.unwrap_or_else(|trouble| panic!("{trouble}"));
    println!(
        "{} scenarios agree, {} were skipped (Pyblish gave up)",
        tally.same, tally.skipped
    );
    assert!(
        tally.same as u64 > count * 9 / 10,
        "too few scenarios were compared"
    );
}

/// A judge is worth what it looks at: each rule must matter to some of the scenarios.
#[test]
fn every_rule_matters_to_some_scenarios() {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("parity")
        .join("driver.py");
    let mut judge = Judge::start(&python(), &driver).unwrap_or_else(|error| panic!("{error}"));
    let counts = worth(0..200, &mut judge).unwrap_or_else(|error| panic!("{error}"));
    for (rule, count) in &counts {
        println!("{rule}: {count} of 200");
    }
    // That Pyblish itself gives up is rare on purpose.
    let idle = counts
        .iter()
        .filter(|(rule, count)| *count == 0 && *rule != "raised");
    let idle: Vec<_> = idle.map(|(rule, _)| rule).collect();
    assert!(idle.is_empty(), "no scenario shows {idle:?}");
}
