//! The database, the hub and the runtimes are killed at random moments while the runtimes publish.
//! Afterwards the hub has what the histories have, row by row.

use std::env;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use pyblish_endpoint_tests::hub::{settled, start_hub, start_hub_at, token};
use pyblish_endpoint_tests::postgres::Postgres;
use pyblish_endpoint_tests::v2;
use pyblish_endpoint_tests::{Scenario, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::machine::{ALL, machine, stored_of, told, until_sent};

/// How many machines publish.
const MACHINES: usize = 5;

/// How many things are killed, and with `cargo xtask test --kills`.
const ROUNDS: usize = 6;
const MANY_ROUNDS: usize = 50;

/// The longest moment before a kill, and before the killed one is started again, in milliseconds.
const LONGEST: u64 = 400;

/// Ten instances, and three plug-ins that log something on each, slowly enough to be killed
/// meanwhile.
fn busy() -> Scenario {
    let created = (0..10).map(|n| json!({"create": format!("i{n}"), "data": {"family": "a"}}));
    let mut plugins =
        vec![json!({"name": "Collect", "order": 0, "context": created.collect::<Value>()})];
    for n in 0..3 {
        plugins.push(json!({"name": format!("Validate{n}"), "order": 1, "families": ["a"], "instance": [
            {"log": "info", "message": format!("looking, {n}")}, {"sleep": 2}, {"set": {format!("seen{n}"): true}},
        ]}));
    }
    Scenario::of(plugins.into())
}

/// A machine, which can be killed and started again.
struct Machine {
    name: String,
    token: String,
    place: TempDir,
    scenario: Scenario,
    server: Option<Server>,
}

impl Machine {
    fn new(postgres: &Postgres, number: usize) -> Machine {
        let name = format!("ws{number}");
        Machine {
            token: token(postgres, &["--machine", &name]),
            name,
            place: tempfile::tempdir().unwrap(),
            scenario: busy(),
            server: None,
        }
    }

    fn start(&mut self, hub: &str) {
        let arguments = self.scenario.arguments();
        self.server = Some(machine(
            &arguments,
            self.place.path(),
            hub,
            &self.token,
            &ALL,
        ));
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("it runs")
    }

    /// Begins a run, unless one is under way.
    fn publish(&self) {
        let server = self.server();
        let runs = format!("{}/runs", v2::session(server));
        let answer = server.send_json("POST", &runs, &json!({}), &[]);
        assert!([202, 409].contains(&answer.status), "{}", answer.body);
    }
}

/// Numbers that look random; the first one is printed, so that a failure can be played again.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        // Knuth's MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn moment(&mut self) {
        thread::sleep(Duration::from_millis(self.below(LONGEST)));
    }
}

#[test]
fn hub_has_the_union_of_the_histories() {
    play(ROUNDS);
}

#[test]
#[ignore = "takes minutes: cargo xtask test --kills"]
fn hub_has_the_union_after_many_kills() {
    play(MANY_ROUNDS);
}

/// Kills so many things while machines publish, and compares what is there afterwards.
/// `PYBLISH_HUB_SEED` plays a failure again.
fn play(rounds: usize) {
    let given = env::var("PYBLISH_HUB_SEED").ok();
    let given = given.map(|text| text.parse().expect("a number"));
    let seed = given.unwrap_or_else(|| {
        UNIX_EPOCH
            .elapsed()
            .unwrap_or_default()
            .subsec_nanos()
            .into()
    });
    eprintln!("rounds: {rounds}, PYBLISH_HUB_SEED={seed}");
    let mut random = Random(seed);
    let mut postgres = Postgres::start();
    let mut hub = Some(start_hub(&postgres));
    let address = hub.as_ref().unwrap().address.clone();
    let host = address.trim_start_matches("http://").to_owned();
    let mut machines: Vec<Machine> = (0..MACHINES).map(|n| Machine::new(&postgres, n)).collect();
    machines
        .iter_mut()
        .for_each(|machine| machine.start(&address));
    for _ in 0..rounds {
        machines.iter().for_each(Machine::publish);
        random.moment();
        match random.below(3) {
            0 => {
                postgres.kill();
                random.moment();
                postgres.resume();
            }
            1 => {
                // Dropping it kills it.
                drop(hub.take());
                random.moment();
                hub = Some(start_hub_at(&postgres, &host));
            }
            _ => {
                let victim = usize::try_from(random.below(MACHINES as u64)).unwrap();
                drop(machines[victim].server.take());
                random.moment();
                machines[victim].start(&address);
            }
        }
    }
    for machine in &machines {
        let session = v2::session(machine.server());
        // The last run must be over before another begins.
        let runs = machine
            .server()
            .send("GET", &format!("{session}/runs?limit=1"))
            .ok();
        let last = &runs["items"][0];
        if last["state"] == "running" {
            let id = last["id"].as_str().unwrap();
            v2::end(machine.server(), &session, &format!("{session}/runs/{id}"));
        }
    }
    for machine in &machines {
        until_sent(machine.server());
        assert_eq!(
            stored_of(&postgres, &machine.name),
            told(machine.server()),
            "{}",
            machine.name
        );
    }
    // What the events come to is there once, too.
    settled(&postgres);
    let results = postgres.sql("SELECT (SELECT count(*) FROM results) = (SELECT count(*) FROM events WHERE name = 'result'),
        (SELECT sum(results) FROM plugin_days) = (SELECT count(*) FROM results),
        (SELECT sum(last - first + 1) FROM feed) = (SELECT count(*) FROM events),
        (SELECT count(*) FROM gaps) = 0");
    assert_eq!(results, ["t|t|t|t"]);
    let running = postgres.sql("SELECT number, state FROM runs WHERE state = 'running'");
    assert_eq!(running, Vec::<String>::new());
}
