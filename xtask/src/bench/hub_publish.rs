//! What a hub costs a publish: nothing that anybody notices.
//!
//! Policy: the same publish in a server that sends to a hub, and in one that has none, in turns; for
//! the second figure to a hub that takes connections and never answers. The hub and its database run
//! on this machine, and not on another one as in a studio, so they take part of its processors.

use std::net::TcpListener;
use std::thread;

use anyhow::{Context, Result};

use super::figure::Figure;
use super::hub::Hub;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "hub-publish",
    about: "a publish of 200 instances x 50 plug-ins with a hub, against one without",
    bound: Bound::AtMost(1.05),
    goal: None,
    unit: "x",
    measure: with_hub,
};

pub const HANG_FIGURE: Figure = Figure {
    name: "hub-hangs",
    about: "the same with a hub that takes connections and never answers",
    bound: Bound::AtMost(1.05),
    goal: None,
    unit: "x",
    measure: with_hub_that_hangs,
};

const PLAY: Play = Play::new(200, 50);

const ROUNDS: usize = 9;

fn with_hub(place: &Place) -> Result<Measured> {
    let hub = Hub::start(place)?;
    compared(place, &hub.config(&hub.address))
}

fn with_hub_that_hangs(place: &Place) -> Result<Measured> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    let address = listener.local_addr().context("a listener has no address")?;
    thread::spawn(move || {
        // They stay open, and nothing is read from them.
        let held: Vec<_> = listener.incoming().collect();
        drop(held);
    });
    let folder = place.folder("hub")?;
    let token = folder.join("token");
    super::place::write(&token, "0".repeat(64).as_bytes())?;
    let config = format!("[serve]\nhub = \"http://{address}\"\nhub-token-file = {token:?}\n");
    compared(place, &config)
}

fn compared(place: &Place, config: &str) -> Result<Measured> {
    let mut with = Series::new("a publish with the hub", "s");
    let mut without = Series::new("a publish without one", "s");
    let (sends, alone) = (
        Server::start_beside(place, PLAY, config)?,
        Server::start(place, PLAY)?,
    );
    for round in 0..=ROUNDS {
        let (first, second) = (sends.publish()?, alone.publish()?);
        // The first one fills the caches of both.
        if round > 0 {
            with.push(first);
            without.push(second);
        }
    }
    let ratio = with.by(&without, "of the time without a hub");
    Ok(Measured::of(ratio).beside([with, without]))
}
