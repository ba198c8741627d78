//! Whether a run delays readers: the slowest 1% of reads during a run, compared with reads without
//! one.
//!
//! Policy: it uses the same reads as the figure `read`, before and during a run, in turns. Before
//! the run, the session is as usual before a publish: its instances are collected, but not
//! processed. The run leaves out the collector, so that all reads find the same 1,000 instances. If
//! the run ends before the load, another one starts at once. The time of reads after the run is
//! shown, too: if it is high, readers are not delayed by the run, but by its results.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::figure::Figure;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::server::Server;
use super::wrk::{Load, Wrk};
use super::{run, wrk};

pub const FIGURE: Figure = Figure {
    name: "tail",
    about: "the slowest 1% of those reads during a run of 100,000 pairs, against before it",
    bound: Bound::AtMost(3.0),
    goal: None,
    unit: "x",
    measure,
};

const ROUNDS: usize = 5;

/// How long the reads of each kind last in each round.
const TIME: Duration = Duration::from_secs(3);

/// How often to check whether the run or the load has ended.
const LOOK: Duration = Duration::from_millis(20);

fn measure(place: &Place) -> Result<Measured> {
    wrk::check()?;
    let mut before = Series::new("p99 before the run", "ms");
    let mut during = Series::new("p99 during it", "ms");
    let mut after = Series::new("p99 after it", "ms");
    let mut rate = Series::new("reads during it", "/s");
    let mut rate_before = Series::new("reads before it", "/s");
    for _ in 0..ROUNDS {
        let server = Server::start(place, run::PLAY)?;
        let path = server.instances();
        server.collect()?;
        let load = wrk::load(place, &server.address, &server.token, &path, TIME)?;
        before.push(load.p99());
        rate_before.push(load.rate());
        let load = while_it_runs(place, &server, &path)?;
        during.push(load.p99());
        rate.push(load.rate());
        after.push(wrk::load(place, &server.address, &server.token, &path, TIME)?.p99());
    }
    let ratio = during.by(&before, "ratio");
    let afterwards = during.by(&after, "during it, against after it");
    Ok(Measured::of(ratio).beside([before, during, after, afterwards, rate_before, rate]))
}

/// A load during which there is always a run; returns when the last run has ended, too.
fn while_it_runs(place: &Place, server: &Server, path: &str) -> Result<Load> {
    let request = run::PLAY.without_collecting();
    let mut id = server.begin(&request)?;
    let begin = Instant::now();
    let mut wrk = Wrk::start(place, &server.address, &server.token, path, TIME)?;
    // Longer than the load takes. The load ends by itself; this limit is for the case that it does
    // not.
    while begin.elapsed() < 10 * TIME {
        if wrk.has_ended()? {
            let run = server.end(&id, Instant::now())?;
            server.check(&run, run::PLAY.pairs())?;
            return wrk.end();
        }
        if let Some(run) = server.ended(&id)? {
            server.check(&run, run::PLAY.pairs())?;
            id = server.begin(&request)?;
        }
        thread::sleep(LOOK);
    }
    bail!(
        "wrk should end after {TIME:?}, but has not ended after {:?}",
        begin.elapsed()
    );
}
