//! The cost of many listeners: 1,000 clients listen to one session, and each gets all its events in
//! order.
//!
//! Policy: the listeners are `tests/examples/listeners.rs`, which checks the number of every event.
//! The memory per listener is the difference between the server's memory with all listeners
//! connected, and after the same run without listeners. It is an absolute number, because memory
//! does not depend on the machine's speed. The figure uses the peak, because the machine must have
//! that much. The cost of a listener that does not read, and gets everything later, is shown beside
//! it.

use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::child::Talker;
use super::figure::Figure;
use super::measure::{Bound, Measured, Series, same};
use super::place::Place;
use super::play::Play;
use super::resident;
use super::server::Server;

pub const FIGURE: Figure = Figure {
    name: "listeners",
    about: "memory for each of 1,000 listeners, at the most, as each gets 10,000 events in order",
    bound: Bound::AtMost(100.0),
    goal: None,
    unit: "KB",
    measure,
};

const LISTENERS: u64 = 1000;

/// Two events for each pair, one for each instance, and some for the run: more than 10,100.
const PLAY: Play = Play::new(100, 50);

const EVENTS: u64 = 10_000;

/// How many listeners do not read, and how many runs they miss: the data for them must not fit into
/// the system's buffers.
const SLEEPERS: u64 = 100;
const MISSED: usize = 4;

const ROUNDS: usize = 3;

#[derive(Deserialize)]
struct Connected {
    connected: u64,
}

#[derive(Deserialize)]
struct Heard {
    complete: u64,
    problem: Option<String>,
}

fn measure(place: &Place) -> Result<Measured> {
    allow_files()?;
    let mut peak = Series::new("for each listener, at the most", "KB");
    let mut after = Series::new("for each listener, after all events", "KB");
    let mut idle = Series::new("for each listener, before any event", "KB");
    let mut asleep = Series::new("for each of 100 listeners that read nothing", "KB");
    let mut alone = Series::new("the run without listeners", "s");
    let mut together = Series::new("the run with them, until all have everything", "s");
    for _ in 0..ROUNDS {
        let server = Server::start(place, PLAY)?;
        // Fill the log of the latest events in memory.
        for _ in 0..3 {
            server.publish()?;
        }
        alone.push(server.publish()?);
        let before = resident::now(server.pid())?;
        let each = |bytes: f64| (bytes - before) / LISTENERS as f64 / 1000.0;

        let mut crowd = Crowd::connect(place, &server, LISTENERS, "awake")?;
        idle.push(each(resident::now(server.pid())?));
        resident::forget_peak(server.pid())?;
        let begin = Instant::now();
        server.publish()?;
        crowd.complete(&server)?;
        together.push(begin.elapsed().as_secs_f64());
        after.push(each(resident::now(server.pid())?));
        peak.push(each(resident::peak(server.pid())?));
        drop(crowd);
        asleep.push(sleep(place)?);
    }
    Ok(Measured::of(peak).beside([after, idle, asleep, alone, together]))
}

/// Kilobytes for each listener that does not read.
fn sleep(place: &Place) -> Result<f64> {
    let server = Server::start(place, PLAY)?;
    for _ in 0..3 {
        server.publish()?;
    }
    let before = resident::now(server.pid())?;
    let mut crowd = Crowd::connect(place, &server, SLEEPERS, "asleep")?;
    for _ in 0..MISSED {
        server.publish()?;
    }
    let after = resident::now(server.pid())?;
    crowd.complete(&server)?;
    Ok((after - before) / SLEEPERS as f64 / 1000.0)
}

/// Listeners that are all connected.
struct Crowd {
    talker: Talker,
    count: u64,
    /// The number of the last event before theirs.
    first: u64,
}

impl Crowd {
    fn connect(place: &Place, server: &Server, count: u64, pace: &str) -> Result<Self> {
        let first = sequence(server)?;
        let mut command = place.example("listeners");
        command
            .arg(&server.address)
            .arg(&server.token_file)
            .arg(format!("{}/events", server.session))
            .args([&count.to_string(), &first.to_string(), pace]);
        let mut talker = Talker::start("the listeners", command)?;
        let Connected { connected } = talker.hear()?;
        same("connected listeners", count, connected)?;
        Ok(Crowd {
            talker,
            count,
            first,
        })
    }

    /// Waits until each has received all events so far.
    fn complete(&mut self, server: &Server) -> Result<()> {
        let latest = sequence(server)?;
        let events = latest - self.first;
        ensure!(events >= EVENTS, "only {events} events; fix the benchmark");
        self.talker.tell(&latest.to_string())?;
        let Heard { complete, problem } = self.talker.hear()?;
        if let Some(problem) = problem {
            bail!("a listener did not get every event in order: {problem}");
        }
        same("listeners that got every event", self.count, complete)
    }
}

/// The number of the latest event.
fn sequence(server: &Server) -> Result<u64> {
    let session = server.look()?;
    session["sequence"]
        .as_u64()
        .context("the session has no number of its latest event")
}

/// Raises the limit of open files, for this process and the programs that it starts. It is often
/// 1,024, which is too low for so many connections.
#[cfg(unix)]
fn allow_files() -> Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    const NEEDED: u64 = 2 * LISTENERS;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= NEEDED) {
        return Ok(());
    }
    limit.current = Some(NEEDED);
    setrlimit(Resource::Nofile, limit).with_context(|| {
        format!(
            "{LISTENERS} listeners need {NEEDED} open files; allow them with `ulimit -n {NEEDED}`"
        )
    })
}

#[cfg(not(unix))]
fn allow_files() -> Result<()> {
    Ok(())
}
