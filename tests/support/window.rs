//! The real Pyblish QML, as its user has it: on a screen, clicked and typed into.
//!
//! Positions come from QML's own layout (pyblish-qml 1.11.5): its window is where it was placed,
//! and rows are 20 pixels high. The effect of a click is seen at the endpoint, or in QML's output.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::real::Screen;
use crate::{PATIENCE, Server, data, target, v2};

/// The middle of the first row, and the height of one.
const FIRST_ROW: u32 = 165;
const ROW: u32 = 20;

/// The middles of the boxes on the left and on the right, and of the names beside the right ones.
const INSTANCES: u32 = 120;
const PLUGINS: u32 = 325;
const PLUGIN_NAMES: u32 = 360;

/// The buttons at the bottom.
const BUTTONS: u32 = 680;

#[derive(Debug, Clone, Copy)]
pub enum Button {
    Comment = 414,
    /// The publish button, which is there while there is something to publish.
    Reset = 446,
    Validate = 478,
    Publish = 510,
}

pub struct Window {
    child: Child,
    lines: Receiver<String>,
    screen: Screen,
    /// The prefix of its pictures' names.
    name: &'static str,
    pictures: u32,
    /// The session's path.
    session: String,
}

impl Window {
    /// Starts the command for this server, and waits until it has collected.
    #[track_caller]
    pub fn open(mut command: Command, server: &Server, name: &'static str) -> Window {
        let python = crate::python("qml-python");
        let screen = Screen::start();
        command
            .arg("--python")
            .arg(&python)
            .env("QT_QUICK_BACKEND", "software")
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        screen.set(&mut command);
        let mut child = command.spawn().expect("the command starts");
        let stderr = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let (told, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                eprintln!("{line}");
                // The receiver may be gone.
                let _ = told.send(line);
            }
        });
        let mut window = Window {
            child,
            lines,
            screen,
            name,
            pictures: 0,
            session: v2::session(server),
        };
        window.has_reset();
        window
    }

    /// Waits until QML prints this.
    #[track_caller]
    pub fn says(&self, part: &str) {
        let began = Instant::now();
        while let Some(left) = PATIENCE.checked_sub(began.elapsed()) {
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(part) => return,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        panic!("QML does not say {part:?}");
    }

    #[track_caller]
    pub fn is_in(&self, state: &str) {
        self.says(&format!("Entering state: \"{state}\""));
    }

    /// Waits until everything is collected and shown.
    #[track_caller]
    pub fn has_reset(&mut self) {
        self.says("requests during reset");
        self.is_in("ready");
        self.says("comment");
        // It hides the collectors last, without printing anything.
        self.picture("collected");
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.env("DISPLAY", &self.screen.display);
        command
    }

    #[track_caller]
    fn does(&self, mut command: Command) -> String {
        let output = command.output().expect("it starts");
        assert!(output.status.success(), "{command:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[track_caller]
    fn xdotool(&self, words: &[&str]) -> String {
        let mut command = self.program("xdotool");
        command.args(words);
        self.does(command)
    }

    #[track_caller]
    fn mouse(&self, x: u32, y: u32, button: &str) {
        let (x, y) = (x.to_string(), y.to_string());
        self.xdotool(&["mousemove", &x, &y, "click", button]);
    }

    #[track_caller]
    pub fn click(&self, button: Button) {
        self.mouse(button as u32, BUTTONS, "1");
    }

    /// Clicks the reset button, where nothing else is left to do.
    #[track_caller]
    pub fn reset(&mut self) {
        self.mouse(Button::Publish as u32, BUTTONS, "1");
        self.has_reset();
    }

    /// Clicks the box of an instance.
    #[track_caller]
    pub fn toggle_instance(&self, server: &Server, label: &str) {
        let page = server
            .send("GET", &format!("{}/instances", self.session))
            .ok();
        // The context is the first, without a heading.
        let mut rows = Rows::from(1);
        for instance in page["items"].as_array().expect("instances") {
            let data = &instance["data"];
            let section = data["category"].as_str().or(data["family"].as_str());
            let row = rows.next(section.expect("a family"), true);
            if data["label"].as_str().or(instance["name"].as_str()) == Some(label) {
                return self.mouse(INSTANCES, row, "1");
            }
        }
        panic!("no instance {label} in {page:#}");
    }

    /// The row of a plug-in. All must match something, because QML hides others.
    #[track_caller]
    fn plugin_row(&self, server: &Server, label: &str) -> u32 {
        let page = server
            .send("GET", &format!("{}/plugins", self.session))
            .ok();
        let mut rows = Rows::from(0);
        for plugin in page["items"].as_array().expect("plug-ins") {
            let stage = plugin["stage"].as_str().unwrap_or("other");
            let row = rows.next(stage, stage != "collect");
            if plugin["label"].as_str().or(plugin["name"].as_str()) == Some(label) {
                return row;
            }
        }
        panic!("no plug-in {label} in {page:#}");
    }

    /// Clicks the box of a plug-in.
    #[track_caller]
    pub fn toggle_plugin(&self, server: &Server, label: &str) {
        self.mouse(PLUGINS, self.plugin_row(server, label), "1");
    }

    /// Opens the menu of a plug-in's actions, and clicks one of them.
    #[track_caller]
    pub fn act(&mut self, server: &Server, label: &str, place: u32) {
        let row = self.plugin_row(server, label);
        self.mouse(PLUGIN_NAMES, row, "3");
        // The menu is there once the screen has changed; it fades in, but takes clicks at once.
        self.picture("menu");
        self.mouse(PLUGIN_NAMES + 40, row + 13 + 25 * place, "1");
        self.is_in("acting");
        self.says("Finished with states");
    }

    /// Types into the box for comments, which opens above the buttons.
    #[track_caller]
    pub fn comment(&self, text: &str) {
        let id = self.id();
        self.xdotool(&["windowfocus", "--sync", &id]);
        self.click(Button::Comment);
        self.xdotool(&["type", "--delay", "20", text]);
    }

    fn id(&self) -> String {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", "^Pyblish"]);
        let id = found.lines().next_back();
        id.expect("its window is there").trim().to_owned()
    }

    /// Takes a picture of the window once it does not move any more: for people, in
    /// `target/screenshots`.
    #[track_caller]
    pub fn picture(&mut self, of: &str) -> PathBuf {
        self.pictures += 1;
        let folder = target().with_file_name("screenshots");
        fs::create_dir_all(&folder).expect("a folder");
        let (name, number) = (self.name, self.pictures);
        let path = folder.join(format!("qml-{name}-{number}-{of}.png"));
        let mut before = Vec::new();
        let began = Instant::now();
        loop {
            let mut import = self.program("import");
            import.args(["-window", "root", "-crop", "430x600+100+100", "+repage"]);
            import
                .args(["-define", "png:exclude-chunks=date,time"])
                .arg(&path);
            self.does(import);
            let now = fs::read(&path).expect("a picture");
            if now == before || began.elapsed() > PATIENCE {
                return path;
            }
            before = now;
            // Nothing tells when an animation has ended.
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Closes the window as a window manager does. Returns how the command ended.
    #[track_caller]
    pub fn close(mut self) -> Option<i32> {
        let mut command = self.program("python3");
        command.arg(data("qml/close_window.py")).arg(self.id());
        self.does(command);
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // It may have ended already, which is fine, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Counts rows: each new section has a row for its heading.
struct Rows {
    next: u32,
    section: String,
}

impl Rows {
    fn from(next: u32) -> Rows {
        Rows {
            next,
            section: String::new(),
        }
    }

    /// The middle of the row of the next item in this section.
    fn next(&mut self, section: &str, shown: bool) -> u32 {
        if self.section != section {
            self.section = section.into();
            self.next += 1;
        }
        let row = self.next;
        self.next += u32::from(shown);
        FIRST_ROW + ROW * row
    }
}
