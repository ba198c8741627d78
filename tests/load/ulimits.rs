//! Small limits of the system: few files, few threads, little memory. A command works, or says what
//! it needs and ends. It never panics, and never hangs.
#![cfg(target_os = "linux")]

use pyblish_promise::promise_by;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use pyblish_endpoint_tests::{Scenario, adapter, endpoint};
use serde_json::json;

/// After this time a command counts as hanging; it is far longer than one ever takes.
const HANGS: Duration = Duration::from_secs(120);

/// The id of a user that does not exist, because some limits do not apply to root.
const NOBODY: &str = "61777";

/// How `inspect` begins to say why an adapter does not load.
const LOADS_NOT: &str = "Loads     no: ";

/// How a command ended.
#[derive(Debug)]
struct Ended {
    /// None if a signal ended it.
    code: Option<i32>,
    /// Whether it served.
    served: bool,
    /// Why an adapter does not load, if `inspect` says so.
    problem: Option<String>,
    said: String,
}

/// A copy of the program and its adapters that every user may run. A target folder is often below
/// the builder's home folder, which other users cannot enter.
fn install(place: &Path) {
    let built = endpoint();
    let built = Path::new(built.get_program());
    let folder = place.join("bin");
    fs::create_dir_all(folder.join("adapters")).unwrap();
    for name in ["scenario", "folder"] {
        let to = folder.join("adapters").join(name).with_extension("wasm");
        fs::copy(adapter(name), to).unwrap();
    }
    let program = folder.join(built.file_name().unwrap());
    fs::copy(built, program).unwrap();
}

/// Runs a command after this line of the shell. A server is asked to end once it serves.
#[track_caller]
fn ended(place: &Path, limit: &str, words: &[String], as_nobody: bool) -> Ended {
    let program = place.join("bin/pyblish-endpoint");
    let mut command = match as_nobody {
        true => {
            let mut command = Command::new("setpriv");
            command.args([
                "--reuid",
                NOBODY,
                "--regid",
                NOBODY,
                "--clear-groups",
                "bash",
            ]);
            command
        }
        false => Command::new("bash"),
    };
    command.args(["-c", &format!("{limit} && exec \"$0\" \"$@\"")]);
    command.arg(program).args(words);
    for (name, folder) in [
        ("HOME", "home"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_RUNTIME_DIR", "run"),
    ] {
        command.env(name, place.join(folder));
    }
    command.env_remove("PYBLISH_ENDPOINT_ADAPTERS");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("bash starts");
    let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let pid = child.id().to_string();
    let serves = words[0] == "serve";
    let out = thread::spawn(move || {
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let first = lines.next();
        if serves && first.is_some() {
            let _ = Command::new("kill").args(["-INT", &pid]).status();
        }
        first.into_iter().chain(lines).collect::<Vec<_>>()
    });
    let err = thread::spawn(move || {
        let mut said = Vec::new();
        BufReader::new(stderr).read_to_end(&mut said).map(|_| said)
    });
    let code = waited(&mut child, limit, words);
    let shown = out.join().unwrap();
    Ended {
        code,
        served: !shown.is_empty(),
        problem: shown.into_iter().find(|line| line.starts_with(LOADS_NOT)),
        said: String::from_utf8_lossy(&err.join().unwrap().unwrap()).into_owned(),
    }
}

#[track_caller]
fn waited(child: &mut Child, limit: &str, words: &[String]) -> Option<i32> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it is ours") {
            return status.code();
        }
        if begin.elapsed() > HANGS {
            let _ = child.kill();
            panic!("{limit}: {words:?} hangs");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Each command under each of these limits: some must end for lack of it, and the largest limit
/// must be enough.
#[track_caller]
fn try_all(limit: &str, amounts: &[u64], advice: &[&str], as_nobody: bool) {
    let place = tempfile::tempdir().unwrap();
    // The user of the command makes and owns the files in it.
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let scenario =
        Scenario::of(json!([{"name": "One", "order": 0, "context": [{"set": {"done": true}}]}]));
    fs::set_permissions(scenario.folder(), fs::Permissions::from_mode(0o755)).unwrap();
    let on_scenario = |words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned());
        words.chain(scenario.arguments()).collect::<Vec<_>>()
    };
    let plain = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let commands: [Vec<String>; 5] = [
        on_scenario(&["publish"]),
        on_scenario(&["serve", "--listen", "127.0.0.1:0"]),
        plain(&["adapters", "inspect", "scenario"]),
        plain(&["list"]),
        plain(&["doctor", "--about", "cache", "--about", "folders"]),
    ];
    install(place.path());
    // Compiles the adapters without a limit.
    let first = ended(place.path(), "true", &commands[0], as_nobody);
    assert_eq!(first.code, Some(0), "{first:?}");
    for words in &commands {
        let mut refused = 0;
        for amount in amounts {
            let limit = format!("ulimit {limit} {amount}");
            let ended = ended(place.path(), &limit, words, as_nobody);
            let said = &ended.said;
            let what = format!("{limit}: {}: {ended:?}", words[0]);
            assert!(!said.contains("panicked"), "{what}");
            assert!(matches!(ended.code, Some(0 | 1 | 70)), "{what}");
            if ended.code != Some(0) {
                refused += 1;
                // `inspect` shows on stdout what it could read, and why the adapter does not load.
                let reason = ended.problem.as_ref().unwrap_or(said);
                let marks = ["pyblish-endpoint: ", LOADS_NOT];
                assert!(marks.iter().any(|mark| reason.contains(mark)), "{what}");
                assert!(
                    advice.iter().any(|advice| reason.contains(advice)),
                    "{what}"
                );
            } else if words[0] == "serve" {
                assert!(ended.served, "{what}");
            }
        }
        assert!(refused < amounts.len(), "{limit}: {words:?} never works");
    }
}

#[test]
fn file_shortage_is_explained() {
    promise_by!(
        "LOAD-26",
        try_all("-n", &[8, 12, 16, 24, 40, 64], &["ulimit -n"], false)
    );
}

#[test]
fn thread_shortage_is_explained() {
    // Root has no limit of threads.
    let root = rustix::process::geteuid().is_root();
    promise_by!(
        "LOAD-26",
        try_all("-u", &[1, 4, 8, 12, 24, 64], &["ulimit -u"], root)
    );
}

#[test]
fn memory_shortage_is_explained() {
    // The program's allocator reserves a gigabyte ahead where it can, so a little more than that
    // leaves as little as a small limit does.
    let amounts = [
        100_000, 200_000, 328_000, 466_000, 600_000, 720_000, 1_000_000, 1_116_000, 1_250_000,
        1_650_000, 4_000_000, 64_000_000,
    ];
    promise_by!(
        "LOAD-26",
        try_all("-v", &amounts, &["ulimit -v", "memory"], false)
    );
}
