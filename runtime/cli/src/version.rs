//! What `--version` prints: the version, and what else tells two builds apart.

use std::ffi::OsString;
use std::sync::LazyLock;

use serde_json::json;

use pyblish_adapter::CONTRACT_VERSION;

/// The version alone.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit of a release; none in a build of a working copy.
const COMMIT: Option<&str> = option_env!("PYBLISH_ENDPOINT_COMMIT");

/// What rustc calls the system that the program is for.
const TARGET: &str = env!("PYBLISH_ENDPOINT_TARGET");

const WASMTIME: &str = env!("PYBLISH_ENDPOINT_WASMTIME");

/// Several lines, the first of which clap begins with the name of the program.
pub fn long() -> &'static str {
    static LONG: LazyLock<String> = LazyLock::new(|| {
        let commit = COMMIT.unwrap_or("unknown, this is no release");
        format!(
            "{VERSION}\ncommit: {commit}\ntarget: {TARGET}\nwasmtime: {WASMTIME}\n\
             contract: {CONTRACT_VERSION}"
        )
    });
    &LONG
}

/// The same for programs, as one line.
pub fn json() -> String {
    let version = json!({
        "version": VERSION,
        "commit": COMMIT,
        "target": TARGET,
        "wasmtime": WASMTIME,
        "contract": CONTRACT_VERSION,
    });
    format!("{version}\n")
}

/// Whether the command line asks for the version as JSON: `--version --json`, in any order. clap
/// ends at its `--version`, whatever else there is.
pub fn asks_for_json(words: &[OsString]) -> bool {
    let Some((_, [one, other])) = words.split_first() else {
        return false;
    };
    let is_version = |word: &OsString| word == "--version" || word == "-V";
    (is_version(one) && other == "--json") || (one == "--json" && is_version(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_for_these_two_words_alone() {
        let asks = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            asks_for_json(&words)
        };
        for line in ["it --version --json", "it --json --version", "it -V --json"] {
            assert!(asks(line), "{line}");
        }
        for line in [
            "it",
            "it --version",
            "it --json",
            "it --json --json",
            "it list --json",
            "it --version --json list",
        ] {
            assert!(!asks(line), "{line}");
        }
    }
}
