//! The clock of a worker's machine jumps while it works. Leases are by the database's clock and by
//! clocks that only measure, so that changes nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::data;
use pyblish_endpoint_tests::farm::{Farm, LEASE, Working};
use pyblish_endpoint_tests::hub::until;
use serde_json::{Value, json};

const DAY: i64 = 86_400;

/// Sets the clock of the worker to this many seconds from now. The file is never there in part.
fn jump(folder: &Path, seconds: i64) {
    let new = folder.join("new");
    fs::write(&new, seconds.to_string()).unwrap();
    fs::rename(new, folder.join("clock")).unwrap();
}

/// Compiles the stand-in of a clock.
fn compile(into: &Path) {
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(into)
        .arg(data("standins/jumping_clock.c"))
        .output()
        .expect("a C compiler, which Rust needs too");
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
}

#[test]
fn worker_whose_clock_jumps_keeps_its_task() {
    let farm = Farm::start();
    farm.add_worker("farm1", "");
    farm.add_worker("farm2", "");
    let place = tempfile::tempdir().unwrap();
    let library = place.path().join("clock.so");
    compile(&library);
    jump(place.path(), 0);
    let plugins = json!([
        {"name": "Collect", "order": 0, "context": [{"create": "hero", "data": {"family": "a"}}]},
        {"name": "Extract", "order": 2, "instance": [{"sleep": 4000 * LEASE}, {"set": {"made": true}}]},
    ]);
    let job = farm.job(farm.hand_over_scenario(&plugins, &[]));
    let mut command = farm.command("farm1", &["work", "--json", "--job", "1"]);
    command
        .env("LD_PRELOAD", &library)
        .env("JUMPING_CLOCK", place.path().join("clock"));
    let mut worker = Working::start(command);
    let is_extracting =
        |event: &Value| event["name"] == "pluginStarted" && event["body"]["plugin"] == "Extract";
    let before = worker.until(is_extracting)["at"].as_f64().unwrap();
    let lease = || {
        let rows = farm
            .postgres
            .sql("SELECT extract(epoch FROM lease_until) FROM tasks WHERE id = 1");
        rows[0].parse::<f64>().unwrap()
    };
    for days in [30, -365, 0, 3650] {
        jump(place.path(), days * DAY);
        // What is renewed once may have been on its way already.
        for _ in 0..2 {
            let old = lease();
            until("the worker renews its lease", || lease() > old);
        }
    }
    let after = worker.until(|event| event["name"] == "runEnded");
    let jumped = after["at"].as_f64().unwrap() - before;
    assert!(
        jumped > 3000.0 * DAY as f64,
        "the clock did not jump: {jumped}"
    );
    worker.end().with(0);
    let task = farm.read(job)["tasks"][0].clone();
    assert_eq!(
        (&task["state"], &task["attempt"]),
        (&json!("succeeded"), &json!(1))
    );
}
