//! A real Blender, which a worker starts in the background: `cargo xtask test --hosts` has one.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use pyblish_endpoint_tests::farm::{Farm, Working, ended};
use pyblish_endpoint_tests::hosts::{bridge, private_folder, python};
use serde_json::{Value, json};

/// Plug-ins for a scene: an instance for each mesh, which is written as OBJ by hand.
const PLUGINS: &str = r#"
import os
import bpy
import pyblish.api


class CollectMeshes(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder

    def process(self, context):
        for mesh in bpy.data.meshes:
            context.create_instance(mesh.name, family="model")


class ValidateVertices(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["model"]

    def process(self, instance):
        assert bpy.data.meshes[instance.name].vertices, "it has no vertices"


class ExtractPoints(pyblish.api.InstancePlugin):
    order = pyblish.api.ExtractorOrder
    families = ["model"]

    def process(self, instance):
        assert os.environ.get("FAIL") != "1", "the farm has no licence"
        points = [tuple(it.co) for it in bpy.data.meshes[instance.name].vertices]
        instance.data["points"] = len(points)


class IntegratePoints(pyblish.api.InstancePlugin):
    order = pyblish.api.IntegratorOrder
    families = ["model"]

    def process(self, instance):
        run = instance.context.data["pyblish"]
        path = os.path.join(os.environ["OUT"], "%s.txt" % instance.name)
        # Made once: a second attempt at the run finds what the first one has made.
        mark = "%s\n" % run["run"]
        if os.path.exists(path) and open(path).read().startswith(mark):
            return
        # In the background, the scene is a copy of another one.
        scene = run.get("scene") or bpy.data.filepath
        text = "%s%s %s\n" % (mark, os.path.basename(scene), instance.data["points"])
        with open(path, "x") as file:
            file.write(text)
"#;

/// A farm with a scene, plug-ins, and a Blender that has the bridge and pyblish-base.
struct Studio {
    farm: Farm,
}

impl Studio {
    fn new() -> Studio {
        let farm = Farm::start();
        for folder in ["plugins", "lib"] {
            fs::create_dir(farm.path(folder)).unwrap();
        }
        fs::write(farm.path("plugins/plugins.py"), PLUGINS).unwrap();
        symlink(
            fs::canonicalize(bridge()).unwrap(),
            farm.path("lib/pyblish_endpoint_bridge.py"),
        )
        .unwrap();
        let packages = python().parent().unwrap().join("../lib");
        let packages = fs::read_dir(packages).unwrap().flatten();
        let mut packages = packages.map(|entry| entry.path().join("site-packages/pyblish"));
        let package = packages.find(|path| path.is_dir()).unwrap();
        symlink(fs::canonicalize(package).unwrap(), farm.path("lib/pyblish")).unwrap();
        let serve = format!(
            "import sys; sys.path.insert(0, {:?}); import pyblish_endpoint_bridge as b; \
             b.main(['--host', 'blender', '--paths', {:?}, '--exit-with', '{{pid}}'])",
            farm.path("lib"),
            farm.path("plugins"),
        );
        let start = json!([
            "blender",
            "-b",
            "--factory-startup",
            "{scene}",
            "--python-exit-code",
            "1",
            "--python-expr",
            serve
        ]);
        let start = format!("[start]\nblender = {start}\n");
        let lines = format!("allow-host = [\"blender\"]\n{start}");
        farm.add_worker("farm1", &lines);
        let text = fs::read_to_string(farm.path("farm1.toml")).unwrap();
        let text = text.replace("\"folder\", \"scenario\"", "\"blender\"");
        fs::write(farm.path("farm1.toml"), text).unwrap();
        // The artist's machine starts it in the same way.
        let text = fs::read_to_string(farm.path("artist.toml")).unwrap();
        fs::write(farm.path("artist.toml"), format!("{text}{start}")).unwrap();
        let scene = farm.path("share/in/hero.blend");
        let save = format!("import bpy; bpy.ops.wm.save_as_mainfile(filepath={scene:?})");
        let saved = blender().args(["--python-expr", &save]).output().unwrap();
        assert!(scene.is_file(), "{saved:?}");
        Studio { farm }
    }

    /// The artist's own Blender, with the scene.
    fn artist(&self) -> Working {
        let serve = format!(
            "import sys; sys.path.insert(0, {:?}); import pyblish_endpoint_bridge as b; \
             b.main(['--host', 'blender', '--paths', {:?}])",
            self.farm.path("lib"),
            self.farm.path("plugins"),
        );
        private_folder(&self.farm.path("run-artist"));
        let mut command = blender();
        command
            .arg(self.farm.path("share/in/hero.blend"))
            .args(["--python-exit-code", "1", "--python-expr", &serve])
            .env("XDG_RUNTIME_DIR", self.farm.path("run-artist"));
        let host = Working::start(command);
        let hosts = self.farm.path("run-artist/pyblish-endpoint/hosts");
        let file = hosts.join(format!("blender-{}.json", host.pid()));
        pyblish_endpoint_tests::hub::until("its bridge listens", || file.is_file());
        host
    }

    /// Hands over what the artist has open.
    fn hand_over(&self, more: &[&str]) -> pyblish_endpoint_tests::farm::Ended {
        let mut command = self
            .farm
            .command("artist", &["publish", "--host", "blender"]);
        command
            .args(more)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("OUT", self.farm.path("share/out"));
        ended(command)
    }

    /// The job: Blender with this scene, as the artist's own session has made it.
    fn submit(&self, more: Value) -> i64 {
        let digest = |path: &std::path::Path| {
            let told = Command::new("sha256sum").arg(path).output().unwrap();
            String::from_utf8(told.stdout).unwrap()[..64].to_owned()
        };
        let scene = self.farm.path("share/in/hero.blend");
        let mut spec = json!({
            "name": "hero", "host": {"host": "blender", "scene": "show/in/hero.blend"},
            "adapter": {"name": "blender", "sha256": digest(&pyblish_endpoint_tests::adapter("blender"))},
            "content": [{
                "place": "show/in/hero.blend", "kind": "file", "sha256": digest(&scene), "files": 1,
                "bytes": fs::metadata(&scene).unwrap().len(),
            }],
        });
        spec.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let body = json!({"spec": spec, "user": "anna", "key": more.to_string()});
        let token = self.farm.token_of("artist");
        let answer = self.farm.ask(&token, "POST", "/jobs", &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["id"].as_i64().unwrap()
    }

    fn work(&self, job: i64, fails: bool) -> Working {
        let mut command = self
            .farm
            .command("farm1", &["work", "--json", "--job", &job.to_string()]);
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.env("OUT", self.farm.path("share/out"));
        command.env("FAIL", if fails { "1" } else { "0" });
        Working::start(command)
    }
}

fn blender() -> Command {
    let mut command = Command::new("blender");
    command
        .args(["-b", "--factory-startup"])
        .env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
}

/// The processes that have this scene open.
fn running(scene: &std::path::Path) -> usize {
    let scene = scene.display().to_string();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok());
    lines
        .filter(|line| line.contains("blender") && line.contains(&scene))
        .count()
}

#[test]
#[ignore = "needs Blender: cargo xtask test --farm"]
fn blender_in_the_background_publishes() {
    let studio = Studio::new();
    let farm = &studio.farm;
    // The first time the farm has no licence; the artist has it tried again.
    let job = studio.submit(json!({}));
    studio
        .work(job, true)
        .end()
        .with(2)
        .says("the farm has no licence");
    let read = farm.read(job);
    let attempt = &read["tasks"][0]["history"][0];
    assert_eq!(attempt["failure"], "failed", "{read:#}");
    farm.run("artist", &["hub", "jobs", "retry", &job.to_string()])
        .with(0);
    studio.work(job, false).end().with(0);
    let text = fs::read_to_string(farm.path("share/out/Cube.txt")).unwrap();
    assert_eq!(text, format!("job-{job}.1\nhero.blend 8\n"));
    // The host has ended with its session.
    assert_eq!(running(&farm.path("farm/mount/in/hero.blend")), 0);
    // The scene changed: nothing is published of another one.
    let job = studio.submit(json!({"comment": "changed"}));
    fs::write(farm.path("share/in/hero.blend"), "another").unwrap();
    studio
        .work(job, false)
        .end()
        .with(64)
        .says("has changed since it was handed over");
}

#[test]
#[ignore = "needs Blender: cargo xtask test --farm"]
fn host_ends_with_its_killed_worker_and_is_tried_again() {
    let studio = Studio::new();
    let farm = &studio.farm;
    let scene = farm.path("farm/mount/in/hero.blend");
    let job = studio.submit(json!({}));
    let mut first = studio.work(job, false);
    first.until(|event| event["name"] == "runStarted");
    first.kill();
    pyblish_endpoint_tests::hub::until("Blender has ended with its worker", || {
        running(&scene) == 0
    });
    studio.work(job, false).end().with(0);
    let read = farm.read(job);
    assert_eq!(read["tasks"][0]["history"][0]["failure"], "worker-lost");
    assert_eq!(fs::read_dir(farm.path("share/out")).unwrap().count(), 1);
}

/// The copies of the scene that are there.
fn copies(farm: &Farm) -> usize {
    let entries = fs::read_dir(farm.path("share/in")).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name.contains("pyblish-")).count()
}

#[test]
#[ignore = "needs Blender: cargo xtask test --farm"]
fn copy_of_the_scene_is_published_in_the_background() {
    let studio = Studio::new();
    let farm = &studio.farm;
    let _host = studio.artist();
    studio
        .hand_over(&["--farm=here"])
        .with(0)
        .says("this machine publishes it in the background");
    assert_eq!(copies(farm), 1);
    // The artist goes on, and saves.
    fs::write(farm.path("share/in/hero.blend"), "another").unwrap();
    pyblish_endpoint_tests::hub::until("it is published", || farm.read(1)["state"] == "succeeded");
    let job = farm.read(1);
    assert_eq!(
        (&job["name"], &job["host"]),
        (&json!("hero.blend"), &json!("blender"))
    );
    let text = fs::read_to_string(farm.path("share/out/Cube.txt")).unwrap();
    assert_eq!(text, "job-1.1\nhero.blend 8\n");
    pyblish_endpoint_tests::hub::until("the copy is removed", || copies(farm) == 0);
}

/// The whole way: the artist's Blender is open, and another machine publishes its scene.
#[test]
#[ignore = "needs Blender: cargo xtask test --farm"]
fn open_scene_is_published_on_the_farm() {
    let studio = Studio::new();
    let farm = &studio.farm;
    let _host = studio.artist();
    studio.hand_over(&["--farm"]).with(0);
    studio.work(1, false).end().with(0);
    let text = fs::read_to_string(farm.path("share/out/Cube.txt")).unwrap();
    assert_eq!(text, "job-1.1\nhero.blend 8\n");
}
