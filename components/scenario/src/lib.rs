//! The adapter `scenario`: a host that is a file. The file says which plug-ins there are and what each
//! does, step by step; `README.md` beside this crate describes it.
//!
//! A file is checked whole before anything of it is played: a mistake in it is an error that names the
//! plug-in and the step, never a plug-in that is missing. Nothing here decides what runs or when; that is
//! the runtime's.

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

/// Whether this is the text of a scenario that can be played; else what is wrong with it, and where.
pub fn check(text: &str) -> std::result::Result<(), String> {
    Scenario::parse(text, "scenario").map(drop)
}

/// Where scenarios lie in the sandbox.
const FOLDER: &str = "/scenario";

/// A session that plays a file.
pub struct Player {
    path: PathBuf,
    /// What the file said of itself as the session began.
    description: Option<String>,
}

impl Adapter for Player {
    fn describe() -> Description {
        Description::new("scenario", env!("CARGO_PKG_VERSION"))
            .doc("Plays a scenario file: which plug-ins there are and what each does.")
            .host("scenario")
            .setting(Setting::text(
                "file",
                "The scenario, a path inside the sandbox such as /scenario/shots.scenario.json or, \
                 below /scenario, shots.scenario.json. It is read anew at each reset.",
            ))
            .folder(Folder::readable(
                FOLDER,
                "The folder that holds the scenario file.",
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
