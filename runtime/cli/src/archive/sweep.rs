//! What each start removes from the folder: sessions that have expired, and the leftovers of killed
//! processes.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;

use super::super::session_card::SessionCard;
use super::{Archive, LARGEST_CARD, is_named_like_ours};
use crate::stderr::Error;
use pyblish_history::Retention;
use pyblish_platform::atomic;
use pyblish_platform::trusted::{self, Trust};

impl Archive {
    /// Removes the sessions that nobody has open and in which nothing ever happened, or nothing
    /// within the retention period. Also removes the leftovers of killed processes. What cannot be
    /// removed stays, and the next start tries again.
    pub fn sweep(&self, retention: Retention) -> Result<(), Error> {
        for id in self.untidy()? {
            if let Err(error) =
                pyblish_history::tidy(&self.path(&id), |has| self.tidy_card(&id, has))
            {
                tracing::debug!("the history folder is not cleaned up: {error}");
            }
        }
        for id in self.sessions()? {
            match pyblish_history::sweep(&self.path(&id), retention, || self.remove_card(&id)) {
                Ok(true) => tracing::debug!("the history of {id} has expired and is removed"),
                Ok(false) => {}
                Err(error) => tracing::debug!("a history is not checked for its age: {error}"),
            }
        }
        Ok(())
    }

    /// The sessions of which a killed process may have left something: an incomplete file, or a
    /// lock or card without a history.
    fn untidy(&self) -> Result<BTreeSet<String>, Error> {
        let names = self.names()?;
        let untidy = names.iter().filter_map(|name| {
            let (id, ending) = name.to_str()?.split_once('.')?;
            let is_left = match ending {
                "lock" | "json" => !names.contains(OsStr::new(&format!("{id}.sqlite"))),
                _ => {
                    ending == "sqlite.rest"
                        || ["json", "sqlite", "sqlite.rest"]
                            .iter()
                            .any(|whole| atomic::is_part_of(OsStr::new(ending), whole))
                }
            };
            (is_left && is_named_like_ours(id)).then(|| id.to_owned())
        });
        Ok(untidy.collect())
    }

    fn tidy_card(&self, id: &str, has_history: bool) {
        let path = self.card_path(id);
        if let Err(error) = atomic::sweep(&path) {
            tracing::debug!("not cleaned up: {}: {error}", path.display());
        }
        if !has_history {
            self.remove_card(id);
        }
    }

    /// Removes the card of a removed session, if the file really is a card.
    fn remove_card(&self, id: &str) {
        let path = self.card_path(id);
        let is_file = path.symlink_metadata().is_ok_and(|it| it.is_file());
        let text = trusted::read_text(&path, Trust::Any, LARGEST_CARD);
        if is_file
            && SessionCard::is_one(&text.unwrap_or_default())
            && let Err(error) = fs::remove_file(&path)
        {
            tracing::debug!("{} stays: {error}", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use pyblish_history::History;
    use pyblish_promise::{promise, promise_eq};

    use super::*;

    #[test]
    fn what_a_killed_process_left_goes() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().to_path_buf();
        let archive = Archive { folder };
        let at = |name: &str| place.path().join(name);
        let make = |id: &str| {
            let made = History::own(&archive.path(id), Retention::default()).unwrap();
            archive.keep(id, &SessionCard::default());
            made.1.recorder().event(pyblish_model::Event::Reset {});
            made
        };
        let halves = |id: &str| {
            [
                "json.AbC123",
                "sqlite.AbC123",
                "sqliteAbC123",
                "sqlite.rest.AbC123",
            ]
            .map(|half| at(&format!("{id}.{half}.part")))
        };
        let leave = |id: &str| {
            for path in halves(id) {
                fs::write(path, "half").unwrap();
            }
        };
        // Killed while writing; before creating the history; after removing one.
        drop(make("a-00000001"));
        leave("a-00000001");
        drop(make("a-00000002"));
        leave("a-00000002");
        fs::remove_file(at("a-00000002.sqlite")).unwrap();
        let open = make("a-00000003-2");
        leave("a-00000003-2");
        // Files of other programs, or of unknown origin.
        leave("notes");
        let kept = [
            ("a-00000001.json.notes.part", "x"),
            ("a-00000004.json", r#"{"adapter": "mine"}"#),
            ("a-00000005.lock", "pid 17"),
            ("a-00000006.lock", ""),
            ("a-00000006.json.AbC123.part", "x"),
        ];
        for (name, text) in kept {
            fs::write(at(name), text).unwrap();
        }
        fs::create_dir(at("a-00000001.json.folder.part")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(at("a-00000001.json"), at("a-00000001.json.linked.part"))
            .unwrap();
        archive.sweep(Retention::default()).unwrap();
        for id in ["a-00000001", "a-00000002"] {
            promise!(
                "DATA-18",
                halves(id).iter().all(|path| !path.exists()),
                "{id}"
            );
        }
        for id in ["a-00000003-2", "notes"] {
            assert!(halves(id).iter().all(|path| path.exists()), "{id}");
        }
        for (name, text) in kept {
            promise_eq!(
                "DATA-18",
                fs::read_to_string(at(name)).unwrap(),
                text,
                "{name}"
            );
        }
        assert!(!at("a-00000004.lock").exists());
        assert!(at("a-00000001.json.folder.part").is_dir());
        #[cfg(unix)]
        assert!(at("a-00000001.json.linked.part").is_symlink());
        assert!(at("a-00000001.sqlite").exists() && at("a-00000001.json").exists());
        assert!(!at("a-00000002.json").exists() && !at("a-00000002.lock").exists());
        drop(open);
        archive.sweep(Retention::default()).unwrap();
        assert!(halves("a-00000003-2").iter().all(|path| !path.exists()));
        assert_eq!(archive.sessions().unwrap(), ["a-00000001", "a-00000003-2"]);
    }
}
