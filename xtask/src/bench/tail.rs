//! Whether readers wait for a run: the slowest 1% of reads while one goes on, against none.
//!
//! Policy: the same reads as of the figure `read`, before a run and during it, in turns. Before it the session is as
//! an artist has it before she publishes: its instances are collected, and nothing was done on them. The run leaves
//! out the collector, so that all reads find the same 1,000 instances. If it ends before the load does,
//! another one begins at once. What reads take after it is told too: if that is much, it is not the run that
//! readers wait for, but what it left.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::server::Server;
use super::wrk::{Load, Wrk};
use super::{Figure, run, wrk};

pub const FIGURE: Figure = Figure {
    name: "tail",
    about: "the slowest 1% of those reads while a run of 100,000 pairs goes on, against before it",
    bound: Bound::AtMost(3.0),
    unit: "x",
    measure,
};

const ROUNDS: usize = 5;

/// How long the reads of each kind go on in each round.
const TIME: Duration = Duration::from_secs(3);

/// The time between two looks at whether the run or the load has ended.
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

/// A load during which a run goes on, all the time; ends when the run has, too.
fn while_it_runs(place: &Place, server: &Server, path: &str) -> Result<Load> {
    let request = run::PLAY.without_collecting();
    let mut id = server.begin(&request)?;
    let begin = Instant::now();
    let mut wrk = Wrk::start(place, &server.address, &server.token, path, TIME)?;
    // Longer than the load takes: it ends by itself, and if it should not, this does.
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
        "wrk was to end after {TIME:?}, and has not after {:?}",
        begin.elapsed()
    );
}
