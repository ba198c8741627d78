//! How fast the session can be read, compared with the fastest possible server.
//!
//! Policy: a bare hyper server (`tests/examples/bare.rs`) answers every request with the same bytes
//! and the same headers, on the same number of threads, without looking at the request. `wrk` sends
//! requests to both in turns. The session was published: it has a result for each of 100,000 pairs,
//! which must not slow a reader of instances. With few processors, wrk takes time from both
//! servers, which improves the ratio. So each server's processor time per request is shown beside
//! it.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::child::Talker;
use super::figure::Figure;
use super::http::{self, Answer};
use super::measure::{Bound, Measured, Series, same};
use super::place::{self, Place};
use super::server::Server;
use super::wrk::Load;
use super::{resident, run, wrk};

pub const FIGURE: Figure = Figure {
    name: "read",
    about: "reads a second of 1,000 instances, 16 connections, against a bare hyper server with the same bytes",
    bound: Bound::AtLeast(0.8),
    goal: None,
    unit: "x",
    measure,
};

const ROUNDS: usize = 5;

/// How long the load on each server lasts in each round.
const TIME: Duration = Duration::from_secs(3);

/// The headers that each server adds by itself, such as the date.
const OWN: [&str; 3] = ["date", "connection", "content-length"];

/// The bare server.
struct Bare {
    talker: Talker,
    /// `HOST:PORT`
    address: String,
}

#[derive(Deserialize)]
struct Greeting {
    address: String,
}

fn measure(place: &Place) -> Result<Measured> {
    wrk::check()?;
    let server = Server::start(place, run::PLAY)?;
    let path = server.instances();
    server.collect()?;
    let mut untouched = Series::new("ours, collected only", "/s");
    untouched.push(wrk::load(place, &server.address, &server.token, &path, TIME)?.rate());
    server.publish()?;
    let answer = server.get(&path)?;
    let bare = bare(place, &answer)?;
    let twin = http::send(&bare.address, None, "GET", &path, None)?;
    ensure!(
        twin.body == answer.body && headers(&twin).eq(headers(&answer)),
        "the bare server's answer differs from ours; fix tests/examples/bare.rs"
    );

    // The bare server needs no token, but gets the same request.
    let ask = |pid, address: &str| timed(place, pid, address, &server.token, &path);
    let mut ours = Series::new("ours", "/s");
    let mut theirs = Series::new("a bare hyper server", "/s");
    let mut our_time = Series::new("processor time per request, ours", "us");
    let mut their_time = Series::new("processor time per request, bare", "us");
    for _ in 0..ROUNDS {
        let (load, time) = ask(server.pid(), &server.address)?;
        ours.push(load.rate());
        our_time.push(time);
        let (load, time) = ask(bare.talker.pid(), &bare.address)?;
        theirs.push(load.rate());
        their_time.push(time);
    }
    let size = Series::of("an answer", "KB", vec![answer.body.len() as f64 / 1e3]);
    let ratio = ours.by(&theirs, "ratio");
    Ok(Measured::of(ratio).beside([ours, theirs, untouched, our_time, their_time, size]))
}

/// A load, and the processor time of the server per request, in microseconds.
fn timed(place: &Place, pid: u32, address: &str, token: &str, path: &str) -> Result<(Load, f64)> {
    let before = resident::time(pid);
    let load = wrk::load(place, address, token, path, TIME)?;
    let taken = resident::time(pid)
        .zip(before)
        .map(|(after, before)| after - before);
    let micros = taken.map_or(f64::NAN, |seconds| seconds * 1e6 / load.requests());
    Ok((load, micros))
}

/// Starts the bare server with this answer.
fn bare(place: &Place, answer: &Answer) -> Result<Bare> {
    same("the status of the answer", 200, answer.status.into())?;
    let folder = place.folder("bare")?;
    let head: String = headers(answer)
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    place::write(&folder.join("head"), head.as_bytes())?;
    place::write(&folder.join("body"), &answer.body)?;
    let mut command = place.example("bare");
    command.arg(folder.join("head")).arg(folder.join("body"));
    let mut talker = Talker::start("the bare server", command)?;
    let Greeting { address } = talker.hear()?;
    Ok(Bare { talker, address })
}

fn headers(answer: &Answer) -> impl Iterator<Item = (&str, &str)> {
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| (&name[..], &value[..]));
    headers.filter(|(name, _)| !OWN.contains(name))
}
