//! A host that the worker starts: a plain Python with the bridge in it.

use std::fs;
use std::process::Command;

use pyblish_endpoint_tests::farm::Farm;
use pyblish_endpoint_tests::hosts::{bridge, python};
use serde_json::json;

/// The first process in which it extracts is killed in the middle of it.
const PLUGINS: &str = r#"
import os
import signal
import pyblish.api


class Collect(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder

    def process(self, context):
        context.create_instance("hero", family="a")


class Extract(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder

    def process(self, instance):
        mark = os.path.join(os.environ["OUT"], "killed")
        if not os.path.exists(mark):
            open(mark, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)


class Integrate(pyblish.api.InstancePlugin):
    order = pyblish.api.IntegratorOrder

    def process(self, instance):
        run = instance.context.data["pyblish"]
        with open(os.path.join(os.environ["OUT"], "made"), "x") as file:
            file.write("%s %s %s" % (run["run"], run["epoch"], run["attempt"]))
"#;

fn digest(path: &std::path::Path) -> String {
    let told = Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8(told.stdout).unwrap()[..64].to_owned()
}

#[test]
fn lost_host_is_tried_again() {
    let farm = Farm::start();
    fs::create_dir(farm.path("plugins")).unwrap();
    fs::write(farm.path("plugins/plugins.py"), PLUGINS).unwrap();
    fs::write(farm.path("share/in/scene.txt"), "a scene").unwrap();
    let start = json!([
        python(),
        bridge(),
        "--host",
        "python",
        "--exit-with",
        "{pid}",
        "--paths",
        farm.path("plugins")
    ]);
    farm.add_worker(
        "farm1",
        &format!("allow-host = [\"python\"]\n[start]\npython = {start}\n"),
    );
    let text = fs::read_to_string(farm.path("farm1.toml")).unwrap();
    fs::write(
        farm.path("farm1.toml"),
        text.replace("\"folder\"", "\"python\""),
    )
    .unwrap();
    let submit = |host: &str, key: &str| {
        let spec = json!({
            "name": "scene", "host": {"host": host, "scene": "show/in/scene.txt"},
            "adapter": {"name": "python", "sha256": digest(&pyblish_endpoint_tests::adapter("python"))},
        });
        let body = json!({"spec": spec, "user": "anna", "key": key});
        let answer = farm.ask(&farm.token_of("artist"), "POST", "/jobs", &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["id"].as_i64().unwrap()
    };
    let work = |job: i64| {
        let mut command = farm.command("farm1", &["work", "--json", "--job", &job.to_string()]);
        command.env("OUT", farm.path("share/out"));
        pyblish_endpoint_tests::farm::Working::start(command).end()
    };
    let job = submit("python", "a");
    work(job).with(0);
    let read = farm.read(job);
    let history = &read["tasks"][0]["history"];
    assert_eq!(history[0]["failure"], "host-lost", "{read:#}");
    assert_eq!(history[1]["success"], true, "{read:#}");
    let made = fs::read_to_string(farm.path("share/out/made")).unwrap();
    assert_eq!(made, format!("job-{job}.1 2 2"));
    // A host that nobody said how to start, and one that does not start.
    let text = fs::read_to_string(farm.path("farm1.toml")).unwrap();
    let broken = text.replace("\"--host\"", "\"--hots\"");
    fs::write(farm.path("farm1.toml"), &broken).unwrap();
    let job = submit("python", "b");
    work(job)
        .with(6)
        .says("before its bridge listened")
        .says("usage:");
    assert_eq!(farm.read(job)["tasks"][0]["attempt"], 3);
    let unknown = text.replace("\npython = ", "\nother = ");
    fs::write(farm.path("farm1.toml"), &unknown).unwrap();
    let job = submit("python", "c");
    work(job).with(64).says("nobody said how python is started");
    // A host that is not on the list is not given to this worker.
    let job = submit("maya", "d");
    let farm1 = farm.token_of("farm1");
    let claim = json!({"job": job, "allow": {"adapters": ["python"], "hosts": ["python"]}});
    let claimed = farm.ask(&farm1, "POST", "/work/claim", &claim).ok();
    assert_eq!(
        (&claimed["task"], &claimed["jobState"]),
        (&json!(null), &json!("queued"))
    );
}
