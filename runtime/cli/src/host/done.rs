use serde_json::{Value, json};

use pyblish_hosts::install::FileChange;

/// What was done and to which file, as text and as JSON.
pub fn line(done: &FileChange) -> String {
    let (what, path, note) = parts(done);
    format!("{what} {path}{note}")
}

pub fn json(done: &FileChange) -> Value {
    let (_, path, _) = parts(done);
    let what = match done {
        FileChange::Wrote(_) => "wrote",
        FileChange::Replaced(..) => "replaced",
        FileChange::AddedLines(_) => "addedLines",
        FileChange::ReplacedLines(..) => "replacedLines",
        FileChange::SwitchedOn(_) => "switchedOn",
        FileChange::Removed(_) => "removed",
        FileChange::RemovedLines(_) => "removedLines",
        FileChange::SwitchedOff(_) => "switchedOff",
        FileChange::Left(_) => "left",
        FileChange::PutPyblish(..) => "putPyblish",
        FileChange::LeftPyblish(_) => "leftPyblish",
        FileChange::RemovedPyblish(..) => "removedPyblish",
    };
    json!({"what": what, "path": path})
}

fn parts(done: &FileChange) -> (String, String, String) {
    let none = String::new();
    let (what, path, note) = match done {
        FileChange::Wrote(path) => ("wrote", path, none),
        FileChange::Replaced(path, of) => ("replaced", path, format!(" (of version {of})")),
        FileChange::AddedLines(path) => ("added lines to", path, none),
        FileChange::ReplacedLines(path, of) => {
            ("replaced lines in", path, format!(" (of version {of})"))
        }
        FileChange::SwitchedOn(path) => ("switched it on in", path, none),
        FileChange::Removed(path) => ("removed", path, none),
        FileChange::RemovedLines(path) => ("removed lines from", path, none),
        FileChange::SwitchedOff(path) => ("switched it off in", path, none),
        FileChange::Left(path) => ("left", path, ", which is not pyblish-endpoint's".into()),
        FileChange::PutPyblish(path, _) => ("put pyblish-base into", path, none),
        FileChange::LeftPyblish(path) => {
            ("left", path, ", which something else has installed".into())
        }
        FileChange::RemovedPyblish(path, _) => ("removed pyblish-base from", path, none),
    };
    let version = match done {
        FileChange::PutPyblish(_, version) | FileChange::RemovedPyblish(_, version) => {
            version.as_str()
        }
        _ => "",
    };
    let what = what.replace("pyblish-base", &format!("pyblish-base {version}"));
    (what, path.display().to_string(), note)
}
