//! The memory of each session with Python in the sandbox, beyond the first, which loads the
//! compiled code.
//!
//! Policy: it is the resident memory of the server after each session has published, so that it
//! includes what a session needs for its work. Linux counts shared pages once for each session, so
//! the machine needs less than the figure.

use anyhow::Result;
use serde_json::{Value, json};

use super::figure::Figure;
use super::host;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::server::Server;
use super::{resident, sandbox};

pub const FIGURE: Figure = Figure {
    name: "sandbox-memory",
    about: "memory of each session with Python in the sandbox beyond the first's, once it has published",
    bound: Bound::AtMost(40.0),
    goal: None,
    unit: "MB",
    measure,
};

const PLAY: Play = Play::new(20, 20);

/// How many additional sessions.
const MORE: usize = 5;

const ROUNDS: usize = 3;

fn measure(place: &Place) -> Result<Measured> {
    sandbox::prepare(place)?;
    let plugins = host::folder(place, PLAY, false)?;
    let mut each = Series::new("each session beyond the first", "MB");
    let mut first = Series::new("the server with the first", "MB");
    for _ in 0..ROUNDS {
        let server = Server::start_in_sandbox(place, &plugins, PLAY)?;
        server.publish()?;
        let before = resident::now(server.pid())?;
        for _ in 0..MORE {
            let session = sandbox::open(&server)?;
            publish(&server, &session)?;
        }
        let after = resident::now(server.pid())?;
        first.push(before / 1e6);
        each.push((after - before) / 1e6 / MORE as f64);
    }
    Ok(Measured::of(each).beside([first]))
}

/// Does a run in this session, to its end.
fn publish(server: &Server, session: &str) -> Result<()> {
    server.ask("POST", &format!("{session}/runs"), Some(&json!({})))?;
    loop {
        let now: Value = server.ask("GET", session, None)?;
        match now["run"]["state"].as_str() {
            Some("running") | None => std::thread::sleep(std::time::Duration::from_millis(5)),
            Some(_) => return Ok(()),
        }
    }
}
