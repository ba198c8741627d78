//! Output on a terminal. Whatever the names and messages of hosts, adapters and files are: they
//! never move the cursor, change the direction of text, or begin a line that looks like one of
//! ours.

use pyblish_promise::{promise, promise_by};
use std::fs;
use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::{Scenario, adapter, endpoint, run};
use serde_json::{Value, json};

/// Sets the title and a colour, changes directions, hides characters, and begins lines.
const NASTY: &str = "he\u{1b}]0;x\u{7}\u{9b}31m\u{85}ro\u{202e}gnp.\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}\u{200b}\
     \u{200d}\u{feff}\u{2028}\u{2029}\u{8}\u{7f}\u{e0041}\nFORGED\r\nFORGED\rFORGED";

/// Whether a character is visible, or at least harmless.
#[track_caller]
fn is_harmless(what: &str, text: &str) {
    let harmful = |c: &char| {
        let c = *c;
        c.is_control() && c != '\n'
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    let found: Vec<char> = text.chars().filter(harmful).collect();
    assert!(found.is_empty(), "{what}: {found:?} in {text:?}");
}

/// Runs a command, and checks all of its output. Returns its exit code and stdout.
#[track_caller]
fn said(what: &str, command: Command) -> (Option<i32>, String) {
    let (output, stderr) = run(command);
    let stdout = String::from_utf8(output.stdout).expect("text");
    is_harmless(what, &stdout);
    is_harmless(what, &stderr);
    // A report keeps the lines of a message, inside its own markup.
    if !what.contains("report") {
        for line in stdout.lines().chain(stderr.lines()) {
            assert!(!line.starts_with("FORGED"), "{what}: {line:?}");
        }
    }
    (output.status.code(), stdout)
}

/// A scenario in which all names and messages are this text.
fn nasty() -> Scenario {
    let name = |number: u8| format!("{number}{NASTY}");
    Scenario::of(json!([
        {"name": name(1), "label": NASTY, "doc": NASTY, "order": 0, "context": [
            {"create": name(2), "data": {"family": NASTY, "label": NASTY, NASTY: NASTY}},
            {"log": "warning", "message": NASTY},
        ]},
        {"name": name(3), "label": NASTY, "doc": NASTY, "order": 1, "instance": [
            {"log": "info", "message": NASTY}, {"progress": 0.5, "message": NASTY},
            {"log": "error", "message": NASTY}, {"fail": NASTY},
        ]},
    ]))
}

#[test]
fn publish_escapes_hidden_characters() {
    let (scenario, place) = (nasty(), tempfile::tempdir().unwrap());
    let history = place.path().join("history");
    let with = |words: &[&str]| {
        let mut command = endpoint();
        command.args(words).arg("--history-dir").arg(&history);
        command
    };
    let publish = |more: &[&str]| {
        let mut command = with(&["publish", "--log", "trace", "--comment", NASTY]);
        command.args(scenario.arguments()).args(more);
        said(&format!("publish {more:?}"), command)
    };
    let (code, words) = publish(&[]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("\\u{202e}gnp."), "{words}");
    // JSON has the same text with escapes.
    let (_, lines) = publish(&["--json"]);
    let events: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told = events
        .iter()
        .any(|event| event["body"]["record"]["message"] == NASTY);
    assert!(told, "{lines}");
    let reports = ["r.json", "r.html", "r.xml"].map(|name| place.path().join(name));
    let named: Vec<_> = reports
        .iter()
        .flat_map(|path| ["--report", path.to_str().unwrap()])
        .collect();
    publish(&named);
    for path in &reports {
        promise_by!(
            "TEXT-01",
            is_harmless(path.to_str().unwrap(), &fs::read_to_string(path).unwrap())
        );
    }
    publish(&["--instance", NASTY]);
    publish(&["--target", NASTY]);
    publish(&["--set", &format!("{NASTY}=1")]);

    for words in [
        &["history", "list"][..],
        &["history", "list", "--json"],
        &["history", "show", "latest"],
        &["history", "show", "latest", "--json"],
        &["history", "report", "latest", "--format", "json"],
        &["history", "report", "latest", "--format", "html"],
        &["history", "report", "latest", "--format", "xml"],
    ] {
        let (code, _) = said(&words.join(" "), with(words));
        assert_eq!(code, Some(0), "{words:?}");
    }
    promise_by!(
        "TEXT-01",
        said("history show", with(&["history", "show", NASTY]))
    );
}

/// A folder with adapters whose files have this name, and one whose description has this text.
fn adapters(place: &Path) {
    fs::create_dir(place).unwrap();
    fs::copy(
        adapter("scenario"),
        place.join(format!("{NASTY}.wasm").replace('/', "")),
    )
    .unwrap();
    fs::write(place.join("no\u{202e}ne\nFORGED.wasm"), "no adapter").unwrap();
    let mut bytes = fs::read(adapter("folder")).expect("run `cargo xtask build`");
    let from = b"Publishes the files in a folder.";
    let mut to = "\u{202e}\nFORGED\u{9b}31m\u{1b}[2J".as_bytes().to_vec();
    to.resize(from.len(), b' ');
    let windows = bytes.windows(from.len()).enumerate();
    let places: Vec<_> = windows
        .filter(|(_, it)| it == from)
        .map(|(place, _)| place)
        .collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(&to);
    }
    fs::write(place.join("folder.wasm"), bytes).unwrap();
}

#[cfg(unix)]
#[test]
fn names_escape_hidden_characters() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("ad\u{202e}ap\u{9b}ters\nFORGED");
    adapters(&folder);
    let file = folder.join("folder.wasm");
    let file = file.to_str().unwrap();
    let folder = folder.to_str().unwrap();
    let config = place.path().join("con\u{202e}fig.toml");
    fs::write(&config, "\"a\\u202e\" = 1\n[ad\u{9b}apter]\n\x1b = 2\n").unwrap();
    let config = config.to_str().unwrap();
    for words in [
        &["adapters", "list", "--adapters-dir", folder][..],
        &["adapters", "list", "--json", "--adapters-dir", folder],
        &["adapters", "inspect", file],
        &["adapters", "inspect", "--json", file],
        &["adapters", "inspect", NASTY],
        &["adapters", "seal", NASTY],
        &["doctor", "--about", "adapters", "--adapters-dir", folder],
        &[
            "doctor",
            "--json",
            "--about",
            "adapters",
            "--adapters-dir",
            folder,
        ],
        &["publish", "--adapter", NASTY],
        &["publish", "--host", NASTY],
        &["publish", "--adapter", file],
        &["publish", "--adapter", "folder", "--config", config],
        &["publish", "--adapter", "folder", "--dir", NASTY],
        &["publish", "--adapter", "folder", "--connect", NASTY],
        &["publish", "--adapter", "folder", "--report", NASTY],
        &[
            "publish",
            "--adapter",
            "folder",
            "--report",
            "/no\u{202e}ne/\u{9b}r.json",
        ],
        &[
            "serve",
            "--adapter",
            "folder",
            "--socket",
            "/no\u{202e}ne/\u{9b}s",
        ],
        &["serve", "--adapter", "folder", "--listen", NASTY],
        &["serve", "--adapter", "folder", "--allow-name", NASTY],
        &["host", "list", NASTY],
        &[
            "host",
            "install",
            "blender",
            "--into",
            "/no\u{202e}ne\n/\u{9b}FORGED",
        ],
        &["qml", "--url", NASTY],
        &["new", "rust", NASTY],
        &[NASTY],
    ] {
        // Such a word cannot be an argument of a program.
        let words: Vec<_> = words.iter().map(|word| word.replace('\0', "")).collect();
        let mut command = endpoint();
        command.args(&words).env("HOME", place.path());
        promise_by!(
            "TEXT-01",
            said(&words[..2.min(words.len())].join(" "), command)
        );
    }
}

#[test]
fn long_comment_is_cut() {
    let (scenario, place) = (
        Scenario::of(json!([{"name": "One", "order": 0, "context": [{"set": {"done": true}}]}])),
        tempfile::tempdir().unwrap(),
    );
    let with = |words: &[&str]| {
        let mut command = endpoint();
        command.args(words).arg("--history-dir").arg(place.path());
        command
    };
    for comment in [
        "x".repeat(70_000),
        "日本".repeat(20_000),
        "e\u{301}".repeat(30_000),
    ] {
        let mut command = with(&["publish", "--comment", &comment]);
        command.args(scenario.arguments());
        assert_eq!(said("publish", command).0, Some(0));
        for words in [["history", "list"], ["history", "show"]] {
            let mut command = with(&words);
            if words[1] == "show" {
                command.arg("latest");
            }
            let (code, text) = said("history", command);
            assert_eq!(code, Some(0), "{words:?}");
            promise!(
                "TEXT-03",
                words[1] == "show" || text.contains('…'),
                "{words:?}"
            );
        }
        let (_, listed) = said("history", with(&["history", "list", "--json"]));
        promise!("TEXT-03", listed.contains(&comment), "it is whole in JSON");
    }
}
