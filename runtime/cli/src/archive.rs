//! The folder with the histories of all sessions: one file for each, with a card beside it.

mod sweep;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use directories::ProjectDirs;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::session_card::SessionCard;
use crate::stderr::Error;
use pyblish_adapter::{Description, FolderGrant, resolve_settings};
use pyblish_history::{History, HistoryError, Retention, Store, Writer};
use pyblish_model::{Data, JsonText, PairResult, PluginSet, RunId, RunInfo};
use pyblish_platform::private;
use pyblish_platform::trusted::{self, Trust};
use pyblish_session::{HistoryStore, SessionRequest};

/// The largest size of a session's card, in bytes.
const LARGEST_CARD: u64 = 1 << 20;

/// How many sessions with the same adapter, settings and folders can run at once.
const MOST_AT_ONCE: usize = 100;

/// How many characters of the adapter's name go into the name of a session.
const LONGEST_NAME: usize = 40;

#[derive(Debug, Clone, Args)]
pub struct ArchiveOptions {
    /// Keep the history in this folder, instead of the user's data folder
    #[arg(long, value_name = "DIR")]
    history_dir: Option<PathBuf>,
}

impl ArchiveOptions {
    /// The flags with which another command keeps histories in the same place.
    pub fn again(&self) -> Vec<String> {
        let folder = self.history_dir.iter();
        let folder = folder.map(|folder| format!("--history-dir={}", folder.display()));
        folder.collect()
    }

    pub fn archive(self) -> Result<Archive, Error> {
        let named = self.history_dir.map(|folder| Archive { folder });
        let archive = named.or_else(Archive::of_user);
        Ok(archive.ok_or(
            "this user has no home folder to keep the history in; set HOME, or name a folder with --history-dir",
        )?)
    }
}

/// All histories in one folder.
#[derive(Debug, Clone)]
pub struct Archive {
    folder: PathBuf,
}

impl Archive {
    /// The folder of this user; none without a home folder.
    pub fn of_user() -> Option<Self> {
        let user = ProjectDirs::from("", "", "pyblish-endpoint")?;
        let folder = user.data_dir().join("history");
        Some(Archive { folder })
    }

    /// Says which folder was searched, for users who find nothing in it.
    pub fn looked_in(&self) -> String {
        format!("the history folder is {}", self.folder().display())
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Creates the folder if it does not exist. On a full or read-only disk this can fail; the
    /// sessions then keep their histories in memory until the folder can be created.
    pub fn make(&self) -> Result<(), Error> {
        use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        let folder = self.folder.display();
        match private::folder(&self.folder) {
            Err(error)
                if matches!(
                    error.kind(),
                    QuotaExceeded | ReadOnlyFilesystem | StorageFull
                ) =>
            {
                tracing::error!("the history cannot be kept in {folder} yet: {error}");
                Ok(())
            }
            Err(error) => Err(format!(
                "the history cannot be kept in {folder}: {error}; name another folder with \
                 --history-dir"
            )
            .into()),
            Ok(()) => Ok(()),
        }
    }

    /// Opens the history of this session for reading. Creates and changes nothing.
    pub fn read(&self, id: &str) -> Result<Former, HistoryError> {
        let path = self.path(id);
        Ok(Former {
            is_in_use: pyblish_history::is_in_use(&path),
            store: Store::open(&path)?,
        })
    }

    /// The id of the history of this session; none if it has none yet.
    pub fn log(&self, id: &str) -> Result<Option<u64>, HistoryError> {
        Store::open(&self.path(id))?.log()
    }

    /// The sessions that have a history, by name. Databases of other programs are left out.
    pub fn sessions(&self) -> Result<Vec<String>, Error> {
        let names = self.names()?;
        let ids = names.iter().filter_map(|name| {
            let id = name.to_str()?.strip_suffix(".sqlite")?;
            // A card that cannot be read is reported when it is read.
            let is_ours = is_named_like_ours(id)
                || pyblish_history::is_history(&self.path(id)).unwrap_or(true);
            (is_ours && !id.is_empty()).then(|| id.to_owned())
        });
        let mut ids: Vec<String> = ids.collect();
        ids.sort();
        Ok(ids)
    }

    /// The names of the files in the folder; none if the folder does not exist.
    fn names(&self) -> Result<BTreeSet<OsString>, Error> {
        let folder = self.folder.display();
        let unreadable = |error| format!("the folder {folder} cannot be read: {error}");
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
            Err(error) => return Err(unreadable(error).into()),
        };
        let names = entries.map(|entry| Ok(entry.map_err(unreadable)?.file_name()));
        names.collect()
    }

    /// The card of this session. Without a card, only its name is known.
    pub fn card(&self, id: &str) -> SessionCard {
        let text = trusted::read_text(&self.card_path(id), Trust::Any, LARGEST_CARD);
        let text = text.unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn keep(&self, id: &str, card: &SessionCard) {
        let written = serde_json::to_string(card)
            .map_err(std::io::Error::from)
            .and_then(|text| private::write(&self.card_path(id), text));
        if let Err(error) = written {
            tracing::warn!(
                "the history of {id} will not show its adapter, settings and folders: {error}"
            );
        }
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.sqlite"))
    }

    fn card_path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

/// Where the sessions of this process keep their histories.
pub struct Kept {
    pub archive: Archive,
    pub retention: Retention,
}

impl HistoryStore for Kept {
    fn name(&self, request: &SessionRequest, adapter: &Description) -> String {
        // Invalid settings will stop the session from opening, so any name is fine until then.
        let settings = resolve_settings(adapter, &request.grants.settings).unwrap_or_default();
        name(&adapter.name, &settings, &request.grants.folders)
    }

    /// The history of the same adapter with the same settings and folders; or another one while
    /// that is in use.
    fn own(
        &self,
        name: &str,
        request: &SessionRequest,
        adapter: &Description,
    ) -> Result<(String, (History, Writer)), HistoryError> {
        let names = (1..=MOST_AT_ONCE).map(|number| match number {
            1 => name.to_owned(),
            _ => format!("{name}-{number}"),
        });
        let archive = &self.archive;
        for id in names {
            match History::own(&archive.path(&id), self.retention) {
                Err(HistoryError::InUse(_)) => {}
                Err(error) => return Err(error),
                Ok(history) => {
                    archive.keep(&id, &SessionCard::of(adapter, &request.grants.folders));
                    return Ok((id, history));
                }
            }
        }
        Err(HistoryError::InUse(archive.path(name)))
    }
}

/// The history of a session, as it is on disk.
pub struct Former {
    store: Store,
    /// Whether a process is using it. If none is, a run without an end was interrupted.
    is_in_use: bool,
}

impl Former {
    /// The events, if no process has the history open.
    pub fn into_closed(self) -> Option<Store> {
        (!self.is_in_use).then_some(self.store)
    }

    /// The runs, the latest first.
    pub fn runs(&self) -> Result<Vec<RunInfo>, HistoryError> {
        let runs = self.store.runs()?.into_iter();
        runs.map(|run| self.as_it_ended(run)).collect()
    }

    pub fn run(&self, run: RunId) -> Result<Option<RunInfo>, HistoryError> {
        let run = self.store.run(run)?;
        run.map(|run| self.as_it_ended(run)).transpose()
    }

    fn as_it_ended(&self, run: RunInfo) -> Result<RunInfo, HistoryError> {
        match run.state.ended() || self.is_in_use {
            true => Ok(run),
            false => self.store.interrupted(run),
        }
    }

    /// What had been discovered when the run began.
    pub fn discovered(&self, run: RunId) -> Result<PluginSet, HistoryError> {
        Ok(self.store.discovered(run)?.unwrap_or_default())
    }

    /// The results of a run, in order.
    pub fn results(&self, run: RunId) -> Result<Vec<PairResult>, HistoryError> {
        self.store.results(run)
    }
}

/// Whether this can be the name of a session: an adapter, eight digits, and a number if there are
/// several.
fn is_named_like_ours(id: &str) -> bool {
    let is_digest = |text: &str| text.len() == 8 && text.bytes().all(|it| it.is_ascii_hexdigit());
    let Some((rest, last)) = id.rsplit_once('-') else {
        return false;
    };
    let before = rest.rsplit_once('-').map(|(_, before)| before);
    is_digest(last) || last.parse::<u32>().is_ok() && before.is_some_and(is_digest)
}

/// The same adapter, settings and folders always give the same name; others give another.
fn name(adapter: &str, settings: &Data, folders: &[FolderGrant]) -> String {
    let mut settings: Vec<(&String, &JsonText)> = settings.iter().collect();
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

/// The full path of the folder, however it was written. A missing folder will stop the session from
/// opening.
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
        let folders = [folder("src=/a:ro"), folder("src/project=/b")];
        let first = name("folder", &settings("x"), &folders);
        assert!(first.starts_with("folder-") && first.len() == 15, "{first}");
        let turned = [folder("src/project/=/b"), folder("./src=/a:ro")];
        assert_eq!(name("folder", &settings("x"), &turned), first);
        let writable = [folder("src=/a"), folder("src/project=/b")];
        assert_ne!(name("folder", &settings("x"), &writable), first);
        assert_ne!(name("folder", &settings("y"), &folders), first);
        let strange = name("../a b", &settings("x"), &[]);
        assert!(strange.starts_with("---a-b-"), "{strange}");
    }

    #[test]
    fn blank_history_is_swept_with_its_card_and_nothing_of_others() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().to_path_buf();
        let archive = Archive { folder };
        let make = |id: &str| {
            let made = History::own(&archive.path(id), Retention::default()).unwrap();
            archive.keep(id, &SessionCard::default());
            made
        };
        let happened = |(_, writer): (History, Writer)| {
            writer.recorder().event(pyblish_model::Event::Reset {});
        };
        drop(make("empty"));
        drop(make("other"));
        happened(make("kept"));
        let open = make("open");
        fs::write(archive.path("strange"), "something else").unwrap();
        // It has the name of a card, but is not one.
        let note = archive.card_path("other");
        fs::write(&note, r#"{"adapter": "mine"}"#).unwrap();
        assert_eq!(
            archive.sessions().unwrap(),
            ["empty", "kept", "open", "other"]
        );
        archive.sweep(Retention::default()).unwrap();
        assert_eq!(archive.sessions().unwrap(), ["kept", "open"]);
        assert!(!archive.card_path("empty").exists());
        assert!(archive.path("strange").exists() && note.exists());
        drop(open);
        archive.sweep(Retention::default()).unwrap();
        assert_eq!(archive.sessions().unwrap(), ["kept"]);
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
            host_versions: Default::default(),
            settings: Vec::new(),
            grants: Vec::new(),
        };
        let kept = Kept {
            archive: archive.clone(),
            retention: Retention::default(),
        };
        let request = SessionRequest::default();
        let name = kept.name(&request, &adapter);
        assert!(is_named_like_ours(&name) && is_named_like_ours(&format!("{name}-2")));
        let open = || kept.own(&name, &request, &adapter);
        let (first, history) = open().unwrap();
        let (second, other) = open().unwrap();
        assert_eq!(second, format!("{first}-2"));
        drop((history, other));
        assert_eq!(open().unwrap().0, first);
        assert_eq!(archive.sessions().unwrap(), [first.clone(), second]);
        assert_eq!(archive.card(&first).hosts, ["disk"]);
        assert_eq!(archive.card("nothing"), SessionCard::default());
    }
}
