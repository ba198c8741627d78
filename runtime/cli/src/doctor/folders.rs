use std::io;
use std::path::Path;

use directories::ProjectDirs;

use super::finding::Finding;
use crate::config::{Config, user_file};
use pyblish_platform::private;

const ABOUT: &str = "folders";

/// The folders of the history and of the running servers, and the configuration file.
pub fn findings() -> Vec<Finding> {
    let Some(dirs) = ProjectDirs::from("", "", "pyblish-endpoint") else {
        return vec![Finding::problem(
            ABOUT,
            "this user has no home folder",
            "set HOME",
        )];
    };
    let history = dirs.data_dir().join("history");
    let mut findings = vec![folder(
        "history",
        &history,
        private::look_open(&history),
        "name another with --history-dir",
    )];
    if let Some(run) = pyblish_platform::run_folder() {
        findings.push(folder(
            "what runs",
            &run,
            private::look(&run),
            "move it away, and it is created again",
        ));
    }
    findings.extend(user_file().map(|path| config(&path)));
    findings
}

fn folder(what: &str, path: &Path, looked: io::Result<bool>, or: &str) -> Finding {
    let path = path.display();
    match looked {
        Ok(true) => Finding::ok(ABOUT, format!("{what} is kept in {path}")),
        Ok(false) => Finding::ok(
            ABOUT,
            format!("{what} is kept in {path}, which is created when it is needed"),
        ),
        Err(error) => Finding::problem(
            ABOUT,
            format!("{what} cannot be kept in {path} ({error})"),
            format!("make it writable for you, or {or}"),
        ),
    }
}

/// Checks the configuration exactly as `serve` reads it.
fn config(path: &Path) -> Finding {
    if let Err(error) = path.symlink_metadata()
        && error.kind() == io::ErrorKind::NotFound
    {
        return Finding::ok(
            ABOUT,
            format!("{} does not exist, which is fine", path.display()),
        );
    }
    let read = Config::read(None);
    match read {
        Ok(_) => Finding::ok(ABOUT, format!("{} has no mistakes", path.display())),
        Err(error) => Finding::problem(
            ABOUT,
            error.to_string(),
            "correct it; until then nothing starts",
        ),
    }
}
