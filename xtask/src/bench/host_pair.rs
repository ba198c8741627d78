//! The cost of a pair that does nothing, in `blender -b` over HTTP, beyond the round trip of the
//! host itself.
//!
//! Policy: two processes of the same host run side by side. For the first, a frontend with one
//! connection asks a server for one pair after the other, and waits for each answer, which is sent
//! when the result is on disk. For the second, an adapter sends `ping`, which only goes to the
//! host's main thread and back. The difference of the medians is our own cost.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::figure::Figure;
use super::host::{self, Kind};
use super::http::Kept;
use super::measure::{Bound, Measured, Series};
use super::place::Place;
use super::play::Play;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "host-pair",
    about: "a pair that does nothing in `blender -b` over HTTP, beyond the host's own round trip",
    bound: Bound::AtMost(0.3),
    goal: None,
    unit: "ms",
    measure,
};

const PLAY: Play = Play::new(10, 1);

const ROUNDS: usize = 5;

/// Pairs, and round trips, in each round.
const COUNT: usize = 1000;

#[derive(Deserialize)]
struct Trip {
    seconds: f64,
}

fn measure(place: &Place) -> Result<Measured> {
    Kind::Background.prepare(place)?;
    let plugins = host::folder(place, PLAY, false)?;
    let _host = Kind::Background.start(place, &plugins)?;
    let server = Server::start_in_host(place, "blender", PLAY)?;
    // Only now, because the server must find the host.
    let mut bridge = Kind::Background.drive(place, &plugins)?;
    server.publish()?;
    let pair = pair(&server)?;
    let mut frontend = Kept::connect(&server.address, &server.token)?;
    let mut beyond = Series::new("beyond", "ms");
    let mut ours = Series::new("a pair over HTTP", "ms");
    let mut trips = Series::new("the host's own round trip", "ms");
    for _ in 0..ROUNDS {
        bridge.tell(&format!("ping {COUNT}"))?;
        let trip: Trip = bridge.hear()?;
        let mut times = Series::new("", "ms");
        for _ in 0..COUNT {
            let begin = Instant::now();
            let answer = frontend.post(&format!("{}/process", server.session), &pair)?;
            times.push(begin.elapsed().as_secs_f64() * 1e3);
            let answer: Value = serde_json::from_slice(&answer).context("a result is not JSON")?;
            ensure!(answer["success"] == true, "a pair failed: {answer}");
        }
        trips.push(trip.seconds * 1e3);
        ours.push(times.median());
        beyond.push(times.median() - trip.seconds * 1e3);
    }
    Ok(Measured::of(beyond).beside([ours, trips]))
}

/// A request for a pair of one of the plug-ins that do nothing.
fn pair(server: &Server) -> Result<String> {
    let one = |what: &str, name: &str| -> Result<Value> {
        let found = server.get(&format!("{}/{what}", server.session))?;
        let found: Value = serde_json::from_slice(&found.body)?;
        let mut all = found["items"].as_array().into_iter().flatten();
        let found = all.find(|it| it["name"] == name);
        Ok(found.with_context(|| format!("no {name} among {what}"))?["id"].clone())
    };
    let pair = json!({"pluginId": one("plugins", "Plugin0")?, "instanceId": one("instances", "instance0")?});
    Ok(pair.to_string())
}
