//! An artist's day in Blender with a window: keys and the mouse by xdotool, on a screen of its own.
//! What is published is what is on the screen, work waits for the artist, and each repair can be
//! undone. `cargo xtask test --hosts` installs what this needs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::hosts::{Host, Place, Session};
use pyblish_endpoint_tests::real::{Windowed, place, startup};
use pyblish_endpoint_tests::{data, target, v2};
use serde_json::{Value, json};

/// How long Blender may take to show anything.
const PATIENCE: Duration = Duration::from_secs(30);

struct Day {
    session: Session,
    place: Place,
    display: String,
    host: Host,
}

impl Day {
    /// Makes the shots, and opens the first one as an artist does: by its file.
    #[track_caller]
    fn begin(arguments: &[&str]) -> Day {
        let place = place("blender");
        for entry in fs::read_dir(place.path("plugins")).unwrap().flatten() {
            fs::remove_file(entry.path()).unwrap();
        }
        fs::copy(
            data("hosts/artist_plugins.py"),
            place.path("plugins/studio.py"),
        )
        .unwrap();
        let mut make = place.command(Command::new("blender"));
        make.args(["-b", "--factory-startup", "--python"]);
        make.arg(data("hosts/artist_scenes.py"));
        assert!(make.output().expect("blender starts").status.success());
        let (host, display) = blender(&place, "a/shot_a.blend");
        let paths = format!("paths={}", json!([place.path("plugins")]));
        let pid = host.pid().to_string();
        let given = ["--pid", &pid, "--set", &paths];
        let session = place.serve_host("blender", &[&given[..], arguments].concat());
        let day = Day {
            session,
            place,
            display,
            host,
        };
        // The first click closes the splash screen, and nothing is under the mouse.
        day.window("it shows the shot", |now| {
            now["objects"]["chair"].is_array()
        });
        day.xdotool(&["mousemove", "400", "300", "key", "Escape"]);
        day
    }

    #[track_caller]
    fn xdotool(&self, words: &[&str]) {
        let mut command = Command::new("xdotool");
        let output = command.args(words).env("DISPLAY", &self.display).output();
        let output = output.expect("xdotool starts");
        assert!(output.status.success(), "{words:?}: {output:?}");
    }

    /// What is in the window, once this is so.
    #[track_caller]
    fn window(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        let mut seen = String::new();
        while began.elapsed() < PATIENCE {
            seen = fs::read_to_string(self.place.path("window.json")).unwrap_or_default();
            if let Ok(now) = serde_json::from_str::<Value>(&seen)
                && is(&now)
            {
                return now;
            }
            // Blender tells no one outside what it shows.
            thread::sleep(Duration::from_millis(20));
        }
        self.picture(&what.replace(' ', "_"));
        panic!("not so: {what}: {seen}");
    }

    /// Does what has no key of its own, as the File menu does.
    #[track_caller]
    fn does(&self, code: &str) {
        let path = self.place.path("deed.py");
        fs::write(self.place.path("deed.new"), code).unwrap();
        fs::rename(self.place.path("deed.new"), &path).unwrap();
        let began = Instant::now();
        while path.exists() {
            assert!(began.elapsed() < PATIENCE, "Blender did not do {code}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn opens(&self, shot: &str) {
        let path = self.place.path(shot);
        self.does(&format!("bpy.ops.wm.open_mainfile(filepath={path:?})"));
        self.window("the file is open", |now| {
            now["file"] == path.to_str().unwrap()
        });
    }

    #[track_caller]
    fn collect(&self) {
        self.session.post("/reset", &json!({})).ok();
        let ended = self.session.run(json!({"until": "collect"}));
        assert_eq!(ended["state"], "succeeded", "{ended}");
    }

    #[track_caller]
    fn told(&self, member: &str) -> String {
        let mut events = self.session.events();
        let found =
            events.find(|event| event.name == "sceneChanged" && event.data[member].is_string());
        found.expect("the scene").data[member]
            .as_str()
            .unwrap()
            .into()
    }

    #[track_caller]
    fn refused(&self) -> String {
        let validators = json!({"only": "extract"});
        let answer = self.session.post("/runs", &validators);
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (409, &json!("stale-context"))
        );
        answer.body["detail"].as_str().unwrap().into()
    }

    /// Repairs whatever fails, and returns how many were repaired.
    #[track_caller]
    fn repairs(&self, plugin: &str) {
        let id = self.session.plugin(plugin);
        for instance in self.session.get("/instances?state=failed")["items"]
            .as_array()
            .unwrap()
        {
            let pair = json!({"pluginId": id, "instanceId": instance["id"]});
            let repaired = self.session.post("/repair", &pair).ok();
            assert_eq!(repaired["success"], true, "{repaired}");
        }
    }

    /// What was published of a shot.
    fn published(&self, shot: &str) -> Vec<String> {
        let models = fs::read_dir(self.place.path(&format!("{shot}/publish")))
            .into_iter()
            .flatten()
            .flatten();
        let files = models.flat_map(|model| fs::read_dir(model.path()).unwrap().flatten());
        let name = |path: PathBuf| {
            let model = path
                .parent()
                .unwrap()
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            format!("{model}/{}", path.file_name().unwrap().to_string_lossy())
        };
        let mut names: Vec<_> = files.map(|file| name(file.path())).collect();
        names.sort();
        names
    }

    /// For people, in `target/screenshots`.
    fn picture(&self, of: &str) {
        let folder = target().with_file_name("screenshots");
        fs::create_dir_all(&folder).unwrap();
        let mut import = Command::new("import");
        import
            .args(["-window", "root"])
            .arg(folder.join(format!("blender-{of}.png")));
        let _ = import.env("DISPLAY", &self.display).output();
    }
}

fn blender(place: &Place, file: &str) -> (Host, String) {
    startup(place, "blender", "blender/startup/pyblish_endpoint.py");
    let mut window = Windowed::new(place, "blender");
    let display = window.display().to_owned();
    window
        .command
        .env("BLENDER_USER_SCRIPTS", place.path("blender"))
        .env("BLENDER_USER_CONFIG", place.path("blender/config"))
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .args(["--no-window-focus", "-p", "0", "0", "1280", "800"])
        .arg(place.path(file))
        .arg("--python")
        .arg(data("hosts/artist.py"));
    (window.start(place, "blender"), display)
}

#[test]
fn another_shot_is_opened_and_published() {
    let day = Day::begin(&[]);
    day.collect();
    assert_eq!(
        day.session.get("")["scene"]["file"],
        day.place.path("a/shot_a.blend").to_str().unwrap()
    );
    day.opens("b/shot_b.blend");
    assert_eq!(
        day.told("stale"),
        "shot_b.blend was opened after shot_a.blend was collected."
    );
    day.refused();
    day.picture("another-shot");
    let host: Value = serde_json::from_str(&fs::read_to_string(&day.host.file).unwrap()).unwrap();
    assert_eq!(
        host["file"],
        day.place.path("b/shot_b.blend").to_str().unwrap()
    );
    day.collect();
    day.session.run(json!({"until": "validate"}));
    day.repairs("ValidateScale");
    assert!(day.refused().starts_with("A repair changed the scene"));
    day.collect();
    assert_eq!(
        day.session.run(json!({"only": "extract"}))["state"],
        "succeeded"
    );
    assert_eq!(day.published("a"), [""; 0]);
    let models: Vec<_> = day
        .published("b")
        .iter()
        .map(|it| it.split('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(models, ["chair", "lamp", "table"]);
}

#[test]
fn saving_elsewhere_changes_the_place() {
    let day = Day::begin(&["--set", "collect-when-stale=true"]);
    day.collect();
    let path = day.place.path("c/shot_c.blend");
    fs::create_dir(day.place.path("c")).unwrap();
    day.does(&format!("bpy.ops.wm.save_as_mainfile(filepath={path:?})"));
    assert_eq!(
        day.told("stale"),
        "The scene is shot_c.blend now, and was shot_a.blend when it was collected."
    );
    assert_eq!(
        day.session.run(json!({"only": "extract"}))["state"],
        "succeeded"
    );
    assert_eq!((day.published("a").len(), day.published("c").len()), (0, 2));
}

#[test]
fn undone_objects_are_collected_again() {
    let day = Day::begin(&[]);
    // Shift+D makes a copy, which the mouse moves until it is clicked.
    day.xdotool(&["key", "a"]);
    day.xdotool(&["key", "shift+d", "key", "Return"]);
    day.window("there is a copy", |now| {
        now["objects"]["table.001"].is_array()
    });
    day.collect();
    day.xdotool(&["key", "ctrl+z"]);
    day.xdotool(&["key", "ctrl+z"]);
    day.window("the copy is gone", |now| {
        now["objects"]["table.001"].is_null()
    });
    assert_eq!(
        day.told("stale"),
        "The scene was changed by an undo after it was collected."
    );
    let answer = day.session.post("/runs", &json!({"only": "validate"}));
    assert_eq!(answer.status, 409, "{answer:?}");
    day.collect();
    assert_eq!(day.session.instances(), ["chair", "table"]);
    assert_eq!(
        day.session.run(json!({"only": "extract"}))["state"],
        "succeeded"
    );
}

#[test]
fn export_waits_for_a_move_in_edit_mode() {
    let day = Day::begin(&[]);
    day.xdotool(&["key", "Tab"]);
    day.window("it is in edit mode", |now| now["mode"] == "EDIT_MESH");
    day.collect();
    day.xdotool(&["key", "a", "key", "g", "mousemove", "450", "340"]);
    let run = day.session.start(json!({"only": "extract"}));
    assert_eq!(
        day.told("waiting"),
        "Blender is busy: finish or cancel Move."
    );
    day.picture("grab-in-edit-mode");
    assert_eq!(day.published("a"), [""; 0]);
    day.xdotool(&["click", "1"]);
    let ended = v2::end(&day.session.server, &day.session.path, &run);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(day.published("a").len(), 2);
    day.window("it lives", |now| now["mode"] == "OBJECT");
}

#[test]
fn repair_is_one_step_of_undo_and_marks_the_file() {
    let day = Day::begin(&[]);
    // The table is selected, and moved up by the keys.
    day.xdotool(&["key", "g", "key", "z", "key", "2", "key", "Return"]);
    day.window("the table is moved", |now| {
        now["objects"]["table"] == json!([2.0, 2.0])
    });
    day.does("bpy.ops.wm.save_mainfile()");
    day.window("it is saved", |now| now["dirty"] == false);
    day.collect();
    day.session.run(json!({"only": "validate"}));
    day.window("validating changes nothing", |now| now["dirty"] == false);
    day.repairs("ValidateScale");
    day.window("the table is repaired, and the file marked", |now| {
        now["objects"]["table"] == json!([2.0, 1.0]) && now["dirty"] == true
    });
    day.picture("repaired");
    day.xdotool(&["key", "ctrl+z"]);
    day.window("the repair alone is undone", |now| {
        now["objects"]["table"] == json!([2.0, 2.0])
    });
    day.xdotool(&["key", "ctrl+shift+z"]);
    day.window("it is done again", |now| {
        now["objects"]["table"] == json!([2.0, 1.0])
    });
}

#[test]
fn range_that_was_repaired_is_the_one_that_is_published() {
    let day = Day::begin(&["--set", "collect-when-stale=true"]);
    day.collect();
    day.session.run(json!({"only": "validate"}));
    let pair = json!({"pluginId": day.session.plugin("ValidateRange")});
    assert_eq!(day.session.post("/repair", &pair).ok()["success"], true);
    assert_eq!(
        day.told("outdated"),
        "A repair changed the scene after it was collected."
    );
    assert_eq!(
        day.session.run(json!({"only": "extract"}))["state"],
        "succeeded"
    );
    assert_eq!(
        day.published("a"),
        ["chair/v001_1100.glb", "table/v001_1100.glb"]
    );
}

#[test]
fn two_blenders_are_told_apart() {
    let day = Day::begin(&[]);
    let (other, _) = blender(&day.place, "b/shot_b.blend");
    // Without `--pid` it names both.
    let mut serve = day.place.serve_command("blender", &["--port", "auto"]);
    let output = serve.output().unwrap();
    let listed = String::from_utf8_lossy(&output.stderr).into_owned();
    for (pid, file) in [
        (day.host.pid(), "shot_a.blend"),
        (other.pid(), "shot_b.blend"),
    ] {
        let line = listed.lines().find(|line| line.contains(&pid.to_string()));
        assert!(line.is_some_and(|line| line.contains(file)), "{listed}");
    }
}

#[test]
fn what_has_a_problem_is_selected() {
    let day = Day::begin(&[]);
    day.collect();
    day.session.run(json!({"only": "validate"}));
    day.picture("problems");
    let of = |name: &str| {
        let all = day.session.get("/instances")["items"].clone();
        let found = all.as_array().unwrap().iter().find(|it| it["name"] == name);
        found.unwrap()["id"].clone()
    };
    let select = |instances: Value| {
        let chosen = json!({"instanceIds": instances});
        day.session.post("/select", &chosen)
    };
    assert_eq!(select(json!([of("chair")])).status, 204);
    day.window("the chair is selected", |now| {
        now["selected"] == json!(["chair"])
    });
    day.picture("selected");
    day.xdotool(&["key", "ctrl+z"]);
    day.window("the selection is undone", |now| {
        now["selected"] != json!(["chair"])
    });
    // What is hidden cannot be selected, and is named.
    day.does("bpy.data.objects['chair'].hide_set(True)");
    day.collect();
    let refused = select(json!([of("chair"), of("table")]));
    assert_eq!(refused.status, 422, "{refused:?}");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("chair") && !detail.contains("table"),
        "{detail}"
    );
    day.window("the table is selected", |now| {
        now["selected"] == json!(["table"])
    });
}

#[test]
fn status_bar_says_how_many_problems_there_are() {
    let day = Day::begin(&[]);
    day.collect();
    day.session.run(json!({"only": "validate"}));
    // The start-up file draws this.
    day.does(
        "import sys, os, json; found = [m.status for n, m in sys.modules.items() if \
         'pyblish_endpoint' in n and hasattr(m, 'status')]; \
         open(os.path.join(os.environ['PLACE'], 'status'), 'w').write(json.dumps(found))",
    );
    assert_eq!(day.place.written("status"), "[\"2 problems\"]");
    day.picture("status");
}

#[test]
fn choices_are_kept_in_the_file() {
    let day = Day::begin(&[]);
    let asks = "import pyblish_endpoint_bridge as bridge\nbridge.keep_choices()\n";
    fs::write(day.place.path("plugins/keep.py"), asks).unwrap();
    day.collect();
    let list = day.session.get("/instances");
    let chosen = list["items"][0].clone();
    let path = format!("/instances/{}", chosen["id"].as_str().unwrap());
    let left_out = json!({"revision": list["revision"], "set": {"publish": false}});
    day.session.patch(&path, &left_out).ok();
    day.does("bpy.ops.wm.save_mainfile()");
    day.opens("b/shot_b.blend");
    day.opens("a/shot_a.blend");
    let Day {
        session,
        place,
        host,
        ..
    } = day;
    drop(session);

    // Another runtime knows nothing of it.
    let history = place.path("other-history").display().to_string();
    let paths = format!("paths={}", json!([place.path("plugins")]));
    let pid = host.pid().to_string();
    let given = ["--pid", &pid, "--set", &paths, "--history-dir", &history];
    let session = place.serve_host("blender", &given);
    session.post("/reset", &json!({})).ok();
    assert_eq!(
        session.run(json!({"until": "collect"}))["state"],
        "succeeded"
    );
    let list = session.get("/instances");
    let items = list["items"].as_array().unwrap();
    let left_out = items.iter().filter(|it| it["data"]["publish"] == false);
    let names: Vec<_> = left_out.map(|it| &it["name"]).collect();
    assert_eq!(names, [&chosen["name"]], "{list}");
}
