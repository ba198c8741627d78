//! Folders and scenarios for a test's servers.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Server, data};

/// An inbox and a publish root of a test's own.
pub struct Folders {
    place: TempDir,
}

impl Folders {
    /// An empty inbox.
    pub fn empty() -> Folders {
        let folders = Folders {
            place: tempfile::tempdir().expect("a folder"),
        };
        fs::create_dir(folders.inbox()).expect("an inbox");
        fs::create_dir(folders.root()).expect("a publish root");
        folders
    }

    /// The sample inbox.
    pub fn sample() -> Folders {
        let folders = Folders::empty();
        for entry in fs::read_dir(data("inbox"))
            .expect("the sample inbox")
            .flatten()
        {
            fs::copy(entry.path(), folders.inbox().join(entry.file_name())).expect("a copy");
        }
        folders
    }

    pub fn inbox(&self) -> PathBuf {
        self.place.path().join("in")
    }

    pub fn root(&self) -> PathBuf {
        self.place.path().join("out")
    }

    /// The arguments of `serve` that grant both.
    pub fn arguments(&self) -> Vec<String> {
        let grant = |path: PathBuf, guest: &str| format!("{}={guest}", path.display());
        let adapter = ["--adapter".to_owned(), "folder".to_owned()];
        let inbox = ["--dir".to_owned(), grant(self.inbox(), "/inbox")];
        let root = ["--dir".to_owned(), grant(self.root(), "/publish")];
        [adapter, inbox, root].concat()
    }

    /// The lines of `endpoint.toml` that grant both to the adapter `folder`.
    pub fn config(&self) -> String {
        let grant = |path: PathBuf, guest: &str| format!("{}={guest}", path.display());
        let grants = [
            grant(self.inbox(), "/inbox"),
            grant(self.root(), "/publish"),
        ];
        format!("[adapters.folder]\ndir = {grants:?}\n")
    }

    /// A server on both folders.
    #[track_caller]
    pub fn serve(&self) -> Server {
        Server::start(self.arguments())
    }

    /// Every file of the inbox, with its bytes, by name.
    pub fn inbox_files(&self) -> Vec<(String, Vec<u8>)> {
        files(&self.inbox())
    }
}

/// The files in a folder with their bytes, by name.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut files: Vec<_> = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a readable file"))
        })
        .collect();
    files.sort();
    files
}

/// A scenario in a folder of its own.
pub struct Scenario(TempDir);

impl Scenario {
    pub fn of(plugins: Value) -> Scenario {
        let scenario = Scenario(tempfile::tempdir().expect("a folder"));
        let text = json!({"plugins": plugins}).to_string();
        fs::write(scenario.folder().join("scenario.json"), text).expect("a scenario file");
        scenario
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The arguments that have the adapter play it.
    pub fn arguments(&self) -> Vec<String> {
        let grant = format!("{}=/scenario:ro", self.folder().display());
        let file = "file=/scenario/scenario.json";
        ["--adapter", "scenario", "--set", file, "--dir", &grant]
            .map(String::from)
            .to_vec()
    }

    #[track_caller]
    pub fn serve(&self) -> Server {
        Server::start(self.arguments())
    }

    /// The same, with this `endpoint.toml`.
    #[track_caller]
    pub fn serve_beside(&self, config: &str) -> Server {
        let more = configured(self.folder(), config);
        Server::start(self.arguments().into_iter().chain(more))
    }
}

/// `--config` with a file in this folder with this text.
pub fn configured(folder: &Path, config: &str) -> Vec<String> {
    let file = folder.join("endpoint.toml");
    fs::write(&file, config).expect("a configuration");
    vec!["--config".to_owned(), file.display().to_string()]
}
