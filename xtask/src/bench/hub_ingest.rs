//! How fast one hub takes events, compared with PostgreSQL itself.
//!
//! Policy: an event counts once its batch is acknowledged, which is after its commit. The events are
//! those of a real publish. Ten machines send them again, each on one connection, in batches of 5,000
//! as a runtime with a backlog does. The comparison is `COPY` by psql of the rows of events and
//! results that this made, into tables with the same keys and indexes; the hub also writes runs,
//! counts and the feed.

use anyhow::Result;
use serde::Deserialize;

use super::figure::Figure;
use super::hub::{Counted, Hub};
use super::measure::{Bound, Measured, Series, same};
use super::place::Place;
use super::play::Play;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "hub-ingest",
    about: "events a second that one hub commits, against COPY of the same rows by psql",
    bound: Bound::AtLeast(0.4),
    goal: None,
    unit: "x",
    measure,
};

const PLAY: Play = Play::new(200, 50);

const MACHINES: u64 = 10;
const EVENTS: u64 = 20_000;

const ROUNDS: usize = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ingested {
    events: u64,
    seconds: f64,
    rows: u64,
    copy_seconds: f64,
}

fn measure(place: &Place) -> Result<Measured> {
    let mut hub = Hub::start(place)?;
    let server = Server::start_beside(place, PLAY, &hub.config(&hub.address))?;
    server.publish()?;
    let mut counted: Counted = hub.does("counted")?;
    while counted.results < PLAY.pairs() {
        std::thread::sleep(std::time::Duration::from_millis(50));
        counted = hub.does("counted")?;
    }
    drop(server);
    let mut by_hub = Series::new("events a second by the hub", "1/s");
    let mut by_copy = Series::new("events a second by COPY", "1/s");
    for round in 0..=ROUNDS {
        let done: Ingested = hub.does(&format!("ingest {MACHINES} {EVENTS}"))?;
        same("rows", done.events, done.rows)?;
        // The first one warms up both.
        if round > 0 {
            by_hub.push(done.events as f64 / done.seconds);
            by_copy.push(done.rows as f64 / done.copy_seconds);
        }
    }
    let ratio = by_hub.by(&by_copy, "of the speed of COPY");
    Ok(Measured::of(ratio).beside([by_hub, by_copy]))
}
