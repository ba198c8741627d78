//! Whether memory grows with the number of runs: the memory of a process after 200 runs, compared
//! with after 20.
//!
//! Policy: each run begins with a reset, as those of frontends do. After the 20th run, everything
//! with a limit is full: the latest events in memory (4 MiB) and SQLite's pages. The memory after
//! runs without a reset is shown beside it: then the session keeps the results of all of them.

use std::time::Instant;

use anyhow::Result;

use super::figure::Figure;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::resident;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "memory",
    about: "memory of a process after 200 runs of 1,000 pairs, against after 20",
    bound: Bound::AtMost(1.05),
    goal: None,
    unit: "x",
    measure,
};

const PLAY: Play = Play::new(100, 10);

const EARLY: usize = 20;
const LATE: usize = 200;

const ROUNDS: usize = 3;

fn measure(place: &Place) -> Result<Measured> {
    let mut early = Series::new("after 20 runs", "MB");
    let mut late = Series::new("after 200 runs", "MB");
    let mut without = Series::new("after 180 more without a reset", "MB");
    for _ in 0..ROUNDS {
        let server = Server::start(place, PLAY)?;
        let megabytes = || Ok::<_, anyhow::Error>(resident::now(server.pid())? / 1e6);
        for number in 1..=LATE {
            server.publish()?;
            if number == EARLY {
                early.push(megabytes()?);
            }
        }
        late.push(megabytes()?);
        for _ in EARLY..LATE {
            let id = server.begin(&PLAY.without_collecting())?;
            let run = server.end(&id, Instant::now())?;
            server.check(&run, PLAY.pairs())?;
        }
        without.push(megabytes()?);
    }
    let ratio = late.by(&early, "ratio");
    Ok(Measured::of(ratio).beside([early, late, without]))
}
