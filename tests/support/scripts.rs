//! Python programs that try one thing each against the built binary and judge it: attacks and
//! cases.
//!
//! A script ends with 0 if the product is right, with 1 if it is wrong, and with 3 if this machine
//! lacks something that the script needs. Its last line says why.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::hosts::python;
use crate::target;

/// A script that takes longer hangs, and is wrong.
const PATIENCE: Duration = Duration::from_secs(400);

/// The verdict of a script, with all of its output.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged {
    Right(String),
    Wrong(String),
    NotPlayed(String),
}

/// Runs a script of the folder `tests`. It can import modules of the folder `modules`.
#[track_caller]
pub fn play(script: &str, modules: &str) -> Judged {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(python())
        .arg("-B")
        .arg(tests.join(script))
        .env("PYTHONPATH", tests.join(modules))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("BIN", target())
        .env("CACHE", cache())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the Python starts");
    let outputs = [
        reading(child.stdout.take().expect("it is piped")),
        reading(child.stderr.take().expect("it is piped")),
    ];
    let began = Instant::now();
    let status = loop {
        match child.try_wait().expect("a child") {
            Some(status) => break Some(status),
            None if began.elapsed() > PATIENCE => {
                // It may end just now, which is fine, too.
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    };
    let said: String = match status {
        Some(_) => outputs.map(|it| it.join().expect("it is read")).concat(),
        // Its children may hold the pipes open.
        None => format!("it hangs after {} s", PATIENCE.as_secs()),
    };
    match status.and_then(|status| status.code()) {
        Some(0) => Judged::Right(said),
        Some(3) => Judged::NotPlayed(said),
        _ => Judged::Wrong(said),
    }
}

/// Prints it on the real stderr, because the test runner hides the output of tests that pass.
pub fn tell_not_played(name: &str, said: &str) {
    let said = said.trim_end();
    writeln!(io::stderr(), "{name} is {said}").expect("stderr is open");
}

fn reading(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // After an error, what was read so far is the output.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The cache of compiled adapters, which all scripts share so that each is quick.
fn cache() -> PathBuf {
    let folder = target().with_file_name("tmp").join("scripts-cache");
    let mut maker = fs::DirBuilder::new();
    maker.recursive(true).mode(0o700);
    maker.create(&folder).expect("a folder");
    folder
}

/// The names of the scripts in a folder of `tests`, by the function that names a path.
pub fn names(folder: &str, is_script: impl Fn(&Path) -> Option<String>) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut names: Vec<String> = paths.filter_map(|path| is_script(&path)).collect();
    names.sort();
    names
}
