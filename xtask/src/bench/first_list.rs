//! The time from File > Publish to the page's first list, everything warm.
//!
//! Policy: it is an absolute number, because that was promised. The menu's command is run as the
//! menu runs it; then come the requests of the page, without a browser: its own start is not ours.

use std::time::Instant;

use anyhow::Result;
use serde_json::json;

use super::figure::Figure;
use super::host::Kind;
use super::measure::{Bound, Measured, Series, same};
use super::place::Place;
use super::scene::{self, PLAY};
use super::screen::Screen;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "first-list",
    about: "from File > Publish in Blender to the page's first list of 2,000 objects, without the browser's start",
    bound: Bound::AtMost(1.5),
    goal: None,
    unit: "s",
    measure,
};

const ROUNDS: usize = 5;

fn measure(place: &Place) -> Result<Measured> {
    let screen = Screen::start()?;
    let window = Kind::Window(screen.number);
    window.prepare(place)?;
    let plugins = scene::plugins(place)?;
    let _host = window.start(place, &plugins)?;
    let mut listed = Series::new("until the list", "s");
    let mut served = Series::new("until the server answers", "s");
    for round in 0..=ROUNDS {
        let begin = Instant::now();
        let server = Server::start_in_host(place, "blender", PLAY)?;
        let answered = begin.elapsed().as_secs_f64();
        // The host still has what the round before has collected.
        server.reset()?;
        let run = server.begin(&json!({"until": "collect"}))?;
        server.end(&run, begin)?;
        same("instances", PLAY.instances, scene::listed(&server)?)?;
        // The first one compiles the adapter.
        if round > 0 {
            served.push(answered);
            listed.push(begin.elapsed().as_secs_f64());
        }
    }
    Ok(Measured::of(listed).beside([served]))
}
