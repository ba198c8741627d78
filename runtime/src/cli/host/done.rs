use serde_json::{Value, json};

use crate::bridge::install::Done;

/// What was done, and to which file, for people and as JSON.
pub fn line(done: &Done) -> String {
    let (what, path, note) = parts(done);
    format!("{what} {path}{note}")
}

pub fn json(done: &Done) -> Value {
    let (_, path, _) = parts(done);
    let what = match done {
        Done::Wrote(_) => "wrote",
        Done::Replaced(..) => "replaced",
        Done::AddedLines(_) => "addedLines",
        Done::ReplacedLines(..) => "replacedLines",
        Done::SwitchedOn(_) => "switchedOn",
        Done::Removed(_) => "removed",
        Done::RemovedLines(_) => "removedLines",
        Done::SwitchedOff(_) => "switchedOff",
        Done::Left(_) => "left",
    };
    json!({"what": what, "path": path})
}

fn parts(done: &Done) -> (&'static str, String, String) {
    let none = String::new();
    let (what, path, note) = match done {
        Done::Wrote(path) => ("wrote", path, none),
        Done::Replaced(path, of) => ("replaced", path, format!(" (of version {of})")),
        Done::AddedLines(path) => ("added lines to", path, none),
        Done::ReplacedLines(path, of) => ("replaced lines in", path, format!(" (of version {of})")),
        Done::SwitchedOn(path) => ("switched it on in", path, none),
        Done::Removed(path) => ("removed", path, none),
        Done::RemovedLines(path) => ("removed lines from", path, none),
        Done::SwitchedOff(path) => ("switched it off in", path, none),
        Done::Left(path) => ("left", path, ", which is not pyblish-endpoint's".into()),
    };
    (what, path.display().to_string(), note)
}
