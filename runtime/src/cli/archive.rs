//! The folder that holds the history of each session, one file for each, with a card beside it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use directories::ProjectDirs;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Error;
use super::card::Card;
use crate::adapter::{Description, FolderGrant, settle};
use crate::history::{History, HistoryError, Retention, Store, Writer};
use crate::model::Data;
use crate::session::SessionRequest;
use crate::user::private;

/// How many sessions with the same adapter, settings and folders run at once, at most.
const MOST_AT_ONCE: usize = 100;

/// How long a name of an adapter may be in the name of a session.
const LONGEST_NAME: usize = 40;

#[derive(Debug, Clone, Args)]
pub struct ArchiveOptions {
    /// Keep the history in this folder, not in the user's data folder
    #[arg(long, value_name = "DIR")]
    history_dir: Option<PathBuf>,
}

impl ArchiveOptions {
    pub fn archive(self) -> Result<Archive, Error> {
        let of_user = || {
            let user = ProjectDirs::from("", "", "pyblish-endpoint");
            user.map(|user| user.data_dir().join("history"))
        };
        let folder = self.history_dir.or_else(of_user);
        let folder = folder
            .ok_or("there is no home folder to keep the history in; name one with --history-dir")?;
        Ok(Archive { folder })
    }
}

/// All histories in one folder.
#[derive(Debug, Clone)]
pub struct Archive {
    folder: PathBuf,
}

impl Archive {
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder, where it is not there yet.
    pub fn make(&self) -> Result<(), Error> {
        private::folder(&self.folder).map_err(|error| {
            let folder = self.folder.display();
            format!("the history cannot be kept in {folder}: {error}; name another folder with --history-dir").into()
        })
    }

    /// Forgets the sessions in which nothing ever happened, or nothing since the retention began, and that
    /// nobody has open. What cannot be removed stays, and is looked at again at the next start.
    pub fn sweep(&self, retention: Retention) -> Result<(), Error> {
        for id in self.sessions()? {
            let path = self.path(&id);
            let age = fs::metadata(&path).and_then(|metadata| metadata.modified());
            let old = age.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > retention.age));
            // What is no history is not ours to remove.
            let Ok(store) = Store::own(&path) else {
                continue;
            };
            if old || store.latest().is_ok_and(|latest| latest == 0) {
                drop(store);
                tracing::debug!("the history of {id} is forgotten");
                for extension in ["sqlite", "sqlite-wal", "sqlite-shm", "lock", "json"] {
                    // Most of them are not there.
                    let _ = fs::remove_file(path.with_extension(extension));
                }
            }
        }
        Ok(())
    }

    /// The history of a session for this process: the one that the same adapter had with the same settings
    /// and folders, or, while that is in use, another one.
    pub fn own(
        &self,
        request: &SessionRequest,
        adapter: &Description,
        retention: Retention,
    ) -> Result<(String, (History, Writer)), HistoryError> {
        // Settings that cannot be settled open no session; until then any name will do.
        let settings = settle(adapter, &request.settings).unwrap_or_default();
        let name = name(&adapter.name, &settings, &request.folders);
        let names = (1..=MOST_AT_ONCE).map(|number| match number {
            1 => name.clone(),
            _ => format!("{name}-{number}"),
        });
        for id in names {
            match History::own(&self.path(&id), retention) {
                Err(HistoryError::InUse(_)) => {}
                Err(error) => return Err(error),
                Ok(history) => {
                    self.keep(&id, &Card::of(adapter, &request.folders));
                    return Ok((id, history));
                }
            }
        }
        Err(HistoryError::InUse(self.path(&name)))
    }

    /// The history of this session, to read it.
    pub fn read(&self, id: &str) -> Result<Store, HistoryError> {
        let store = Store::open(&self.path(id))?;
        if store.runs()?.iter().all(|run| run.state.ended()) {
            return Ok(store);
        }
        // A run that has not ended has been interrupted, unless there is a process that is at work on it.
        match Store::own(&self.path(id)) {
            Err(HistoryError::InUse(_)) => Ok(store),
            owned => owned,
        }
    }

    /// The sessions that have a history, by name.
    pub fn sessions(&self) -> Result<Vec<String>, Error> {
        let folder = self.folder.display();
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(format!("the folder {folder} cannot be read: {error}").into()),
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let histories = paths.filter(|path| path.extension().is_some_and(|it| it == "sqlite"));
        let mut ids: Vec<_> = histories
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        ids.sort();
        Ok(ids)
    }

    /// What this session is. Without a card not much is known of it.
    pub fn card(&self, id: &str) -> Card {
        let text = fs::read_to_string(self.card_path(id)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn keep(&self, id: &str, card: &Card) {
        let written = serde_json::to_string(card)
            .map_err(std::io::Error::from)
            .and_then(|text| private::write(&self.card_path(id), &text));
        if let Err(error) = written {
            tracing::warn!("the history of {id} will not say what it is about: {error}");
        }
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.sqlite"))
    }

    fn card_path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

/// The same for the same adapter, settings and folders; another for others.
fn name(adapter: &str, settings: &Data, folders: &[FolderGrant]) -> String {
    let mut settings: Vec<(&String, &Value)> = settings.iter().collect();
    settings.sort_by_key(|(name, _)| *name);
    let mut folders: Vec<_> = folders.iter().collect();
    folders.sort_by_key(|folder| &folder.guest);
    let folders: Vec<Value> = folders
        .into_iter()
        .map(|folder| json!([folder.guest, place(&folder.host), folder.writable]))
        .collect();
    let digest = Sha256::digest(json!([settings, folders]).to_string());
    let digits: String = digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let adapter: String = adapter.chars().take(LONGEST_NAME).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    format!("{}-{digits}", adapter.replace(|c| !plain(c), "-"))
}

/// The folder, however it was named. One that is not there opens no session.
fn place(folder: &Path) -> String {
    let place = folder.canonicalize();
    let place = place.unwrap_or_else(|_| folder.to_path_buf());
    place.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(text: &str) -> FolderGrant {
        text.parse().unwrap()
    }

    #[test]
    fn a_session_is_named_by_what_it_is_with() {
        let settings = |value: &str| Data::from_iter([("a".to_owned(), value.into())]);
        let folders = [folder("src=/a:ro"), folder("src/cli=/b")];
        let first = name("folder", &settings("x"), &folders);
        assert!(first.starts_with("folder-") && first.len() == 15, "{first}");
        let turned = [folder("src/cli/=/b"), folder("./src=/a:ro")];
        assert_eq!(name("folder", &settings("x"), &turned), first);
        let writable = [folder("src=/a"), folder("src/cli=/b")];
        assert_ne!(name("folder", &settings("x"), &writable), first);
        assert_ne!(name("folder", &settings("y"), &folders), first);
        let strange = name("../a b", &settings("x"), &[]);
        assert!(strange.starts_with("---a-b-"), "{strange}");
    }

    #[test]
    fn what_is_empty_or_old_is_forgotten_unless_it_is_open() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().to_path_buf();
        let archive = Archive { folder };
        let make = |id: &str| History::own(&archive.path(id), Retention::default()).unwrap();
        let happened = |(_, writer): (History, Writer)| {
            writer.recorder().event(crate::model::Event::Reset {});
        };
        drop(make("empty"));
        happened(make("kept"));
        happened(make("old"));
        let open = make("open");
        fs::write(archive.path("strange"), "something else").unwrap();
        let aged = fs::File::options().write(true).open(archive.path("old"));
        let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(90 * 86_400);
        aged.unwrap().set_modified(long_ago).unwrap();
        archive.sweep(Retention::default()).unwrap();
        assert_eq!(archive.sessions().unwrap(), ["kept", "open", "strange"]);
        drop(open);
        archive.sweep(Retention::default()).unwrap();
        assert_eq!(archive.sessions().unwrap(), ["kept", "strange"]);
    }

    #[test]
    fn a_session_in_use_leaves_its_name() {
        let place = tempfile::tempdir().unwrap();
        let archive = Archive {
            folder: place.path().join("history"),
        };
        assert_eq!(archive.sessions().unwrap(), Vec::<String>::new());
        archive.make().unwrap();
        let adapter = Description {
            name: "folder".into(),
            version: "1.0.0".into(),
            doc: String::new(),
            hosts: vec!["disk".into()],
            settings: Vec::new(),
            grants: Vec::new(),
        };
        let open = || archive.own(&SessionRequest::default(), &adapter, Retention::default());
        let (first, history) = open().unwrap();
        let (second, other) = open().unwrap();
        assert_eq!(second, format!("{first}-2"));
        drop((history, other));
        assert_eq!(open().unwrap().0, first);
        assert_eq!(archive.sessions().unwrap(), [first.clone(), second]);
        assert_eq!(archive.card(&first).hosts, ["disk"]);
        assert_eq!(archive.card("nothing"), Card::default());
    }
}
