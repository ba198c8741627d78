//! Open Job Description: `openjd run` plays the bundle of a job, with nothing else to start workers.

use std::process::Command;

use pyblish_endpoint_tests::farm::{Ended, Farm, ended};
use pyblish_endpoint_tests::{endpoint, python};

/// `openjd` with these arguments, on the machine of this worker.
fn openjd(farm: &Farm, worker: &str, arguments: &[&str]) -> Ended {
    let mut command = Command::new(python("openjd-python"));
    command.args(["-m", "openjd"]).args(arguments);
    for (name, value) in farm.command(worker, &[]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(farm.path(""));
    ended(command)
}

/// Plays the bundle of this job.
fn play(farm: &Farm, job: i64) -> Ended {
    let template = farm.path(&format!("bundles/pyblish-job-{job}/template.json"));
    let template = template.display().to_string();
    let check = openjd(farm, "farm1", &["check", &template]);
    check.with(0);
    let program = format!("Program={}", endpoint().get_program().display());
    let job = format!("Job={job}");
    openjd(
        farm,
        "farm1",
        &["run", &template, "-p", &job, "-p", &program],
    )
}

#[test]
fn bundle_publishes_by_itself() {
    let farm = Farm::start();
    farm.fill_inbox();
    farm.add_worker("farm1", "");
    let made = ended(farm.hand_over(&["--farm=openjd", "--farm-bundles", "bundles"])).with(0);
    made.says("deadline bundle submit").says("openjd run");
    play(&farm, 1).with(0).says("succeeded");
    assert_eq!(farm.read(1)["state"], "succeeded");
    assert!(farm.versions().len() > 3);
    assert_eq!(farm.read(1)["submitter"], "openjd");
}

#[test]
fn tasks_of_a_bundle_wait_for_each_other() {
    let farm = Farm::start();
    farm.fill_inbox();
    farm.add_worker("farm1", "");
    let arguments = [
        "--farm=openjd",
        "--farm-bundles",
        "bundles",
        "--split",
        "--job-name",
        "a {{job}}",
        "--instance",
        "hero",
        "--instance",
        "skyline",
    ];
    let job = farm.job(farm.hand_over(&arguments));
    play(&farm, job).with(0);
    let read = farm.read(job);
    assert_eq!(
        (&read["state"], &read["name"]),
        (&"succeeded".into(), &"a {{job}}".into())
    );
    assert_eq!(farm.versions().len(), 2);
}

#[test]
fn failure_is_one_of_the_farm() {
    let farm = Farm::start();
    farm.fill_inbox();
    farm.add_worker("farm1", "");
    let job = farm.job(farm.hand_over(&["--farm=openjd", "--farm-bundles", "bundles"]));
    std::fs::write(farm.path("share/in/skyline.jpg"), "other bytes").unwrap();
    let failed = play(&farm, job);
    assert_ne!(failed.code, Some(0), "{}", failed.out);
    failed.says("has changed since it was handed over");
    assert_eq!(farm.read(job)["state"], "failed");
}
