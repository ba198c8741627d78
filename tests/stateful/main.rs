//! Stateful tests of the whole: random sequences of commands, kills, faults of disks and clocks,
//! and hostile adapters, against the real server. A model remembers what clients were told. None of
//! that may be lost.
//!
//! A sequence is made from a seed. A finding is printed with its seed and a shorter sequence that
//! still shows it. The timing of commands differs between runs, so it may take several plays to see
//! a finding again. `cargo xtask stateful` plays for as long as you like; here are few seeds, and
//! always the same.

#![cfg(unix)]

use std::env;
use std::time::{Duration, Instant};

use pyblish_promise::promise_by;

mod actions;
mod checks;
mod client;
mod listener;
mod model;
mod play;
mod residue;
mod step;
mod world;

/// Steps of a sequence.
const STEPS: usize = 60;

/// The seeds of each test run.
const SEEDS: std::ops::Range<u64> = 1..3;

/// How long a sequence is shortened.
const SHORTENING: Duration = Duration::from_secs(120);

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number")),
    )
}

/// Plays this seed. Panics with a finding and its sequence.
#[track_caller]
fn play_seed(seed: u64, without: &[String]) {
    let steps = step::of_seed(seed, STEPS, without);
    // Half of the seeds have a small disk of their own, if one can be made.
    let small = seed.is_multiple_of(2);
    let begin = Instant::now();
    let Err(finding) = play::play(&steps, small) else {
        return;
    };
    let after = begin.elapsed();
    // Shortening takes a while, so the finding is printed first.
    eprintln!("seed {seed}, after {after:.1?}: not so: {}", finding.what);
    eprintln!("  {}", finding.words);
    let short = play::shortened(steps, &finding, small, SHORTENING);
    let lines: Vec<_> = short.iter().map(|step| format!("    {step:?}")).collect();
    panic!(
        "seed {seed}: not so: {}\n  {}\n  the {} steps of a shorter sequence:\n{}",
        finding.what,
        finding.words,
        short.len(),
        lines.join("\n")
    );
}

#[test]
fn random_sequences_keep_every_promise() {
    let without = env::var("PYBLISH_STATEFUL_WITHOUT").unwrap_or_default();
    let without: Vec<_> = without
        .split(',')
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect();
    for name in &without {
        let known = step::KINDS.contains(&name.as_str());
        assert!(
            known,
            "there are no steps of the kind {name:?}: {:?}",
            step::KINDS
        );
    }
    let first = number("PYBLISH_STATEFUL_SEED");
    let Some(minutes) = number("PYBLISH_STATEFUL_MINUTES") else {
        let seeds = first.map_or(SEEDS, |seed| seed..seed + 1);
        promise_by!("DATA-05", seeds.for_each(|seed| play_seed(seed, &without)));
        return;
    };
    let begin = Instant::now();
    let mut seed = first.unwrap_or(1);
    while begin.elapsed() < Duration::from_secs(60 * minutes) {
        play_seed(seed, &without);
        eprintln!("seed {seed}: all is right, after {:.0?}", begin.elapsed());
        seed += 1;
    }
}
