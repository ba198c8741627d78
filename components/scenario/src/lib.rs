//! The adapter `scenario`: its host is a file. The file defines the plug-ins and what each does,
//! step by step; the crate's `README.md` describes it.
//!
//! The whole file is checked before anything is played: a mistake is an error that names the
//! plug-in and the step, and never just leaves out a plug-in. The runtime decides what runs and
//! when.

mod attribute;
mod condition;
mod deed;
mod fault;
mod file;
mod play;
mod plugin;
mod roster;
mod scenario;
mod step;

use std::path::{Path, PathBuf};

use pyblish_sdk::{Adapter, Data, Description, Folder, Opening, Plugins, Result, Setting};

pub use file::LIMIT;
use scenario::Scenario;

/// Checks the text of a scenario; the error says what is wrong, and where.
pub fn check(text: &str) -> std::result::Result<(), String> {
    Scenario::parse(text, "scenario").map(drop)
}

/// The folder of scenarios in the sandbox.
const FOLDER: &str = "/scenario";

/// A session that plays a file.
pub struct Player {
    path: PathBuf,
    /// The description in the file when the session was opened.
    description: Option<String>,
}

impl Adapter for Player {
    fn describe() -> Description {
        Description::new("scenario", env!("CARGO_PKG_VERSION"))
            .doc("Plays a scenario file, which defines plug-ins and what each does.")
            .host("scenario")
            .setting(Setting::text(
                "file",
                "The scenario, a path inside the sandbox such as /scenario/shots.scenario.json or, \
                 below /scenario, shots.scenario.json. It is read again at each reset.",
            ))
            .folder(Folder::readable(
                FOLDER,
                "The folder with the scenario file.",
            ))
    }

    fn open(opening: Opening) -> Result<Self> {
        let file: String = opening.settings.get("file")?;
        // An absolute path replaces the folder.
        let path = Path::new(FOLDER).join(file);
        let description = Scenario::load(&path)?.description;
        Ok(Player { path, description })
    }

    fn plugins(&self) -> Result<Plugins> {
        let plugins = Scenario::load(&self.path)?.plugins.into_iter();
        Ok(plugins.fold(Plugins::new(), Plugins::any))
    }

    fn host(&self) -> Data {
        let mut host = Data::new();
        host.insert("file".into(), self.path.display().to_string().into());
        if let Some(description) = &self.description {
            host.insert("description".into(), description.as_str().into());
        }
        host
    }
}

pyblish_sdk::export!(Player);
