//! A terminal of 60 columns: lines break between words, tables fit, and the verdict comes last.

use std::process::{Command, Stdio};

use pyblish_endpoint_tests::{Folders, Scenario};
use serde_json::json;

use super::user::{User, arguments};

const COLUMNS: usize = 60;

/// Runs its arguments on a terminal of this many columns, and copies what they print to stdout.
const TERMINAL: &str = "
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

/// What a command shows on the terminal: its exit code, and its lines without colours. A progress
/// bar is many lines.
fn shown(user: &User, words: &[String]) -> (Option<i32>, Vec<String>) {
    let command = user.command(words);
    let mut terminal = Command::new("python3");
    terminal
        .args(["-c", TERMINAL, &COLUMNS.to_string()])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(user.path("."))
        .stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    let output = terminal.env("TERM", "xterm").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\x1b') {
        plain += &rest[..at];
        let end = rest[at..].find(|c: char| c.is_ascii_alphabetic()).unwrap();
        if &rest[at + end..=at + end] != "m" {
            plain.push('\n');
        }
        rest = &rest[at + end + 1..];
    }
    plain += rest;
    let lines = plain.split(['\n', '\r']).map(str::trim_end);
    let lines = lines.filter(|line| !line.is_empty());
    (output.status.code(), lines.map(str::to_owned).collect())
}

/// Only a line that is one long word, or a heading and such a word, may be longer.
#[track_caller]
fn fits(lines: &[String]) {
    // clap does not break its line of usage.
    for line in lines.iter().filter(|line| !line.starts_with("Usage: ")) {
        let is_short = line.chars().count() <= COLUMNS;
        let words = line.split_whitespace().count();
        assert!(is_short || words <= 2, "{line:?} in {lines:#?}");
    }
}

#[test]
fn verdict_is_last_and_each_failure_is_told_once() {
    let (user, folders) = (User::new(), Folders::sample());
    let (code, lines) = shown(&user, &arguments("publish", &folders.arguments(), &[]));
    assert_eq!(code, Some(1));
    fits(&lines);
    let last = lines.last().map(String::as_str);
    assert_eq!(last, Some("Not published: 2 of 39 checks failed."));
    let text = lines.join(" ");
    let told = text.matches("rename it, for example").count();
    assert_eq!(told, 1, "{lines:#?}");
}

#[test]
fn failures_of_one_cause_are_grouped() {
    let user = User::new();
    let create = |number: u32| json!({"create": format!("shot{number}"), "data": {"family": "a"}});
    let message = "the frame range of the shot differs from that of the production tracker: ask \
                   your coordinator which of the two is right";
    let scenario = Scenario::of(json!([
        {"name": "Collect", "order": 0, "context": (1..=5).map(create).collect::<Vec<_>>()},
        {"name": "ValidateRange", "order": 1, "instance": [{"fail": message}]},
    ]));
    let (code, lines) = shown(&user, &arguments("publish", &scenario.arguments(), &[]));
    assert_eq!(code, Some(1));
    fits(&lines);
    let text = lines
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert_eq!(text.matches(message).count(), 1, "{lines:#?}");
    assert!(
        text.contains("ValidateRange on shot1, shot2, shot3 and 2 more"),
        "{lines:#?}"
    );
    let last = lines.last().map(String::as_str);
    assert_eq!(last, Some("Not published: 5 of 5 checks failed."));
}

#[test]
fn tables_and_messages_fit() {
    let (user, folders) = (User::new(), Folders::sample());
    user.publish(
        &folders.arguments(),
        &["--comment", "the second delivery of the vendor"],
    )
    .with(1);
    for words in [
        &["history", "list"][..],
        &["history", "show", "latest"],
        &["adapters", "list"],
        &["adapters", "inspect", "folder"],
        &["doctor"],
        &["host", "list"],
        &["list"],
        &["publish", "--help"],
        &["publish", "--adapter", "nobody"],
        &["publish", "--adapter", "folder", "--target", "farm"],
    ] {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        let (_, lines) = shown(&user, &words);
        assert!(!lines.is_empty(), "{words:?}");
        fits(&lines);
    }
    let (_, lines) = shown(&user, &["history", "list"].map(str::to_owned));
    let comment = "COMMENT        the second delivery of the vendor".to_owned();
    assert!(lines.contains(&comment), "{lines:#?}");
}
