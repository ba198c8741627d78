//! Real programs: a place with plug-ins for one, its start, and a virtual screen.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::data;
use crate::hosts::{self, Host, Place, Running, bridge, python};

/// Code that has the bridge serve on the main thread, and print where it listens.
const SERVE: &str = "\
import json, sys
sys.path.insert(0, LIB)
import pyblish_endpoint_bridge as bridge
running = bridge.start(HOST)
print(json.dumps({'address': running.address, 'file': running.path}), flush=True)
running.serve_forever()
";

/// A place with the plug-ins for this host, and in `lib` the bridge and pyblish-base.
pub fn place(host: &str) -> Place {
    let place = Place::with("");
    for name in [host, "integrate", "work"] {
        let file = format!("{name}.py");
        let plugins = data("hosts").join(&file);
        // Under another name, because `krita` is a module of the host.
        fs::copy(
            plugins,
            place.path("plugins").join(format!("plugins_{file}")),
        )
        .unwrap();
    }
    let lib = place.path("lib");
    fs::create_dir(&lib).unwrap();
    symlink(
        fs::canonicalize(bridge()).unwrap(),
        lib.join("pyblish_endpoint_bridge.py"),
    )
    .unwrap();
    symlink(pyblish(), lib.join("pyblish")).unwrap();
    place
}

/// The pyblish-base of the parity Python, which is pure Python.
fn pyblish() -> PathBuf {
    let environment = python().parent().unwrap().join("../lib");
    let found = fs::read_dir(environment).unwrap().flatten();
    let mut packages = found.map(|entry| entry.path().join("site-packages/pyblish"));
    let package = packages.find(|path| path.is_dir()).expect("pyblish-base");
    fs::canonicalize(package).unwrap()
}

/// A script that has this host's bridge serve.
pub fn script(place: &Place, host: &str) -> PathBuf {
    let lib = format!("{:?}", place.path("lib"));
    let text = SERVE
        .replace("LIB", &lib)
        .replace("HOST", &format!("{host:?}"));
    let path = place.path("serve.py");
    fs::write(&path, text).unwrap();
    path
}

/// A start-up file of the bridge's, which says where that is.
pub fn startup(place: &Place, host: &str, to: &str) {
    let text = fs::read_to_string(hosts::startup(host)).unwrap();
    let folder = format!("FOLDER = {:?}", place.path("lib"));
    assert!(
        text.contains("FOLDER = \"\""),
        "no FOLDER in the start-up file of {host}"
    );
    let path = place.path(to);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text.replace("FOLDER = \"\"", &folder)).unwrap();
}

/// A virtual screen (Xvfb), which ends when this is dropped.
pub struct Screen {
    xvfb: Running,
    /// Its `DISPLAY`.
    pub display: String,
}

impl Screen {
    #[track_caller]
    pub fn start() -> Screen {
        // It finds a free number by itself, and prints it. Without `-noreset` it resets when its
        // last window closes.
        let mut screen = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24"])
            .args(["+extension", "GLX", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let stdout = screen.stdout.as_mut().expect("stdout is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        Screen {
            xvfb: Running(screen),
            display: format!(":{}", line.trim()),
        }
    }

    /// Shows a program there.
    pub fn set(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.display)
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("QT_QPA_PLATFORM", "xcb")
            .env("QTWEBENGINE_DISABLE_SANDBOX", "1")
            .env_remove("WAYLAND_DISPLAY");
    }
}

/// A program with a window, on a screen of its own, without the user's own settings.
pub struct Windowed {
    pub command: Command,
    screen: Screen,
}

impl Windowed {
    #[track_caller]
    pub fn new(place: &Place, program: &str) -> Windowed {
        let screen = Screen::start();
        let mut command = place.command(Command::new(program));
        screen.set(&mut command);
        Windowed { command, screen }
    }

    /// The `DISPLAY` of its screen.
    pub fn display(&self) -> &str {
        &self.screen.display
    }

    /// Starts it, and waits for its bridge.
    #[track_caller]
    pub fn start(self, place: &Place, host: &str) -> Host {
        let mut started = Host::start_and_find(self.command, place, host);
        started.screen = Some(self.screen.xvfb);
        started
    }
}

/// Blender without a window, and with the bridge in it.
#[track_caller]
pub fn blender_in_the_background(place: &Place) -> Host {
    let mut command = place.command(Command::new("blender"));
    command.args([
        "-b",
        "--factory-startup",
        "--python-exit-code",
        "1",
        "--python",
    ]);
    command.arg(script(place, "blender"));
    // Blender uses the system's Python; a virtual environment would hide the system's numpy.
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    Host::start(command)
}
