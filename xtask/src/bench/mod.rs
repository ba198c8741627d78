//! `cargo xtask bench`: measures the runtime's promises about speed and memory, each in comparison
//! with something else.
//!
//! Policy: a figure is a ratio of two things that are measured in turns (A B A B …), in the same
//! minutes on the same machine, so that a slow or busy machine slows both. It is shown with the
//! lowest and the highest of its rounds, because a median alone hides the spread. It measures the
//! real binary with a user's settings, including the history on disk. A figure that cannot be
//! measured here does not count as passed.
//!
//! A new figure is a file beside this one, and a line in `FIGURES`. See
//! docs/src/contributing/benchmark.md.

mod background_run;
mod child;
mod clone;
mod copy;
mod copy_small;
mod farm_claims;
mod figure;
mod first_list;
mod frontend_run;
mod history_bytes;
mod host;
mod host_bytes;
mod host_pair;
mod host_run;
mod http;
mod hub;
mod hub_ingest;
mod hub_latency;
mod hub_list;
mod hub_publish;
mod isolation;
mod listeners;
mod locked_start;
mod measure;
mod memory;
mod pair;
mod place;
mod play;
mod python;
mod qml_child;
mod qml_reset;
mod read;
mod resident;
mod run;
mod sandbox;
mod sandbox_memory;
mod sandbox_ready;
mod sandbox_run;
mod scene;
mod screen;
mod server;
mod start;
mod table;
mod tail;
mod window_run;
mod wire;
mod wrk;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};

use self::figure::Figure;
use self::measure::Measured;
use self::place::Place;
use crate::workspace::Workspace;
use crate::{compile, step};

/// The figures in the order of measurement: those that load the machine longest come last.
const FIGURES: [Figure; 33] = [
    run::FIGURE,
    pair::FIGURE,
    history_bytes::FIGURE,
    history_bytes::LOG_FIGURE,
    copy::FIGURE,
    copy_small::FIGURE,
    clone::FIGURE,
    start::FIGURE,
    locked_start::FIGURE,
    host_bytes::FIGURE,
    host_pair::FIGURE,
    host_run::FIGURE,
    background_run::FIGURE,
    window_run::FIGURE,
    window_run::GAP_FIGURE,
    first_list::FIGURE,
    sandbox_run::FIGURE,
    sandbox_ready::FIGURE,
    sandbox_memory::FIGURE,
    qml_reset::FIGURE,
    frontend_run::FIGURE,
    read::FIGURE,
    tail::FIGURE,
    isolation::FIGURE,
    listeners::FIGURE,
    memory::FIGURE,
    wire::FIGURE,
    hub_publish::FIGURE,
    hub_publish::HANG_FIGURE,
    hub_latency::FIGURE,
    hub_ingest::FIGURE,
    hub_list::FIGURE,
    farm_claims::FIGURE,
];

/// The exit code if a bound is broken.
const BROKEN: u8 = 1;

/// The exit code if something could not be measured, but no bound is known to be broken. clap uses
/// the same code for a wrong command line: in both cases the result is unknown.
const UNKNOWN: u8 = 2;

/// What to measure, and how to print it.
pub struct BenchOptions {
    /// The figures to measure; an empty list means all.
    pub names: Vec<String>,
    pub json: bool,
    pub list: bool,
}

/// The names of all figures, for the command line.
pub fn names() -> impl Iterator<Item = &'static str> {
    FIGURES.iter().map(|figure| figure.name)
}

/// Measures, prints the results on stdout, and returns the exit code.
pub fn run(workspace: &Workspace, order: &BenchOptions) -> ExitCode {
    match measure(workspace, order) {
        Ok(code) => code,
        Err(error) => {
            // Do not use the exit code of a failed child, because 1 means that a bound is broken.
            step::say(&format!("error: {error:#}"));
            ExitCode::from(UNKNOWN)
        }
    }
}

fn measure(workspace: &Workspace, order: &BenchOptions) -> Result<ExitCode> {
    if order.list {
        put(&table::list(&FIGURES))?;
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = |figure: &&Figure| {
        order.names.is_empty() || order.names.iter().any(|name| name == figure.name)
    };
    compile::all(workspace)?;
    let place = Place::new(workspace)?;
    let mut rows = Vec::new();
    for figure in FIGURES.iter().filter(wanted) {
        step::say(&format!("measuring {}: {}", figure.name, figure.about));
        let measured = (figure.measure)(&place);
        if let Err(error) = &measured {
            step::say(&format!("{} was not measured: {error:#}", figure.name));
        }
        rows.push((figure, measured));
    }
    put(&match order.json {
        true => table::json(&rows)?,
        false => table::text(&rows),
    })?;
    Ok(exit_code(&rows))
}

fn exit_code(rows: &[(&Figure, Result<Measured>)]) -> ExitCode {
    let broken = |(figure, measured): &(&Figure, Result<Measured>)| {
        measured
            .as_ref()
            .is_ok_and(|measured| !figure.bound.holds(measured.figure.median()))
    };
    if rows.iter().any(broken) {
        return ExitCode::from(BROKEN);
    }
    match rows.iter().any(|(_, measured)| measured.is_err()) {
        true => ExitCode::from(UNKNOWN),
        false => ExitCode::SUCCESS,
    }
}

fn put(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.context("cannot write the figures to stdout")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::measure::Series;

    fn row(index: usize, value: Option<f64>) -> (&'static Figure, Result<Measured>) {
        static ALL: [Figure; 33] = FIGURES;
        let measured = value.map(|value| Measured::of(Series::of("ratio", "x", vec![value])));
        (&ALL[index], measured.context("no wrk"))
    }

    #[test]
    fn names_are_told_apart() {
        let mut all: Vec<_> = names().collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), FIGURES.len());
    }

    #[test]
    fn a_broken_bound_counts_more_than_a_figure_that_is_not_known() {
        let good = || row(0, Some(4.0));
        assert_eq!(exit_code(&[good()]), ExitCode::SUCCESS);
        assert_eq!(exit_code(&[good(), row(1, None)]), ExitCode::from(2));
        assert_eq!(
            exit_code(&[row(0, Some(2.9)), row(1, None)]),
            ExitCode::from(1)
        );
    }
}
