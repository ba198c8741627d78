//! How much longer a start takes that only loads what a lock names: the lock is read, and the file of
//! the adapter has its digest checked.
//!
//! Policy: the adapter is the largest one, with a Python inside, because a digest costs time by size.
//! Both starts take it from the compile cache and load the same file, and no server is asked. The
//! difference is in milliseconds, because that was promised.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};

use super::figure::Figure;
use super::host;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::sandbox;
use super::server::Server;
use crate::{componentize, step};

pub const FIGURE: Figure = Figure {
    name: "locked-start",
    about: "how much longer a start with `--locked` takes, against one without a lock",
    bound: Bound::AtMost(20.0),
    goal: None,
    unit: "ms",
    measure,
};

const PLAY: Play = Play::new(1, 1);

const ROUNDS: usize = 15;

fn measure(place: &Place) -> Result<Measured> {
    sandbox::prepare(place)?;
    let plugins = host::folder(place, PLAY, false)?;
    let project = place.folder("project")?;
    let lock = project.join("adapters.lock").display().to_string();
    add(place, &lock)?;
    let mut locked = Series::new("a start with --locked", "ms");
    let mut free = Series::new("a start without a lock", "ms");
    let mut longer = Series::new("the difference", "ms");
    let with_lock = ["--locked", "--lock", &lock];
    for round in 0..=ROUNDS {
        let with = started(place, &plugins, &with_lock)?;
        let without = started(place, &plugins, &[])?;
        // In the first round, the signature and the entry are checked, and files come into memory.
        if round > 0 {
            locked.push(with);
            free.push(without);
            longer.push(with - without);
        }
    }
    Ok(Measured::of(longer).beside([locked, free]))
}

/// Installs the adapter and writes the lock.
fn add(place: &Place, lock: &str) -> Result<()> {
    let adapters = place.workspace.target.join("release").join("adapters");
    let file = adapters.join(componentize::NAME).with_extension("wasm");
    let mut command = place.endpoint();
    command.args(["adapters", "add", "--lock", lock]).arg(file);
    command.stdout(std::process::Stdio::null());
    step::run("installing the adapter pyplugins", &mut command)
        .context("the adapter pyplugins was not built: cargo xtask build says why")
}

/// The time from the start of the process to its first answer, in milliseconds.
fn started(place: &Place, plugins: &Path, more: &[&str]) -> Result<f64> {
    let begin = Instant::now();
    let server = Server::start_in_sandbox_with(place, plugins, PLAY, more)?;
    server.get("/pyblish/v2")?;
    Ok(begin.elapsed().as_secs_f64() * 1000.0)
}
