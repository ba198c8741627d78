use std::str::FromStr;

use crate::archive::Archive;
use crate::stderr::Error;
use crate::text::there_are;
use pyblish_model::{RunId, RunInfo};

/// A run, as the user writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    Latest,
    Run(RunId),
    Of { session: String, run: RunId },
}

/// The run that was found.
pub struct Chosen {
    pub session: String,
    pub run: RunInfo,
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form =
            "name a run as `history list` prints it, such as folder-1a2b3c4d/r3, or r3, or latest";
        let number = |text: &str| {
            let run = text.parse::<RunId>();
            run.map_err(|_| format!("{text:?} is not a run; {form}"))
        };
        match text.rsplit_once('/') {
            _ if text == "latest" => Ok(Choice::Latest),
            None => number(text).map(Choice::Run),
            // A name with a path in it would lead out of the folder.
            Some((session, _)) if session.is_empty() || session.contains(['/', '\\', '.']) => {
                Err(format!("{session:?} is not a session; {form}"))
            }
            Some((session, run)) => Ok(Choice::Of {
                session: session.to_owned(),
                run: number(run)?,
            }),
        }
    }
}

impl Choice {
    pub fn find(&self, archive: &Archive) -> Result<Chosen, Error> {
        let sessions = archive.sessions()?;
        match self {
            Choice::Latest => latest(archive, sessions),
            Choice::Run(run) => only(archive, sessions, *run),
            Choice::Of { session, run } => {
                if !sessions.contains(session) {
                    let known = there_are(sessions.iter().map(String::as_str));
                    let looked = archive.looked_in();
                    return Err(
                        format!("there is no session {session:?}; {known}; {looked}").into(),
                    );
                }
                let store = archive.read(session)?;
                let Some(run) = store.run(*run)? else {
                    return Err(format!(
                        "{session} has no run {run}; `pyblish-endpoint history list` lists its \
                         runs; old ones have expired"
                    )
                    .into());
                };
                Ok(Chosen {
                    session: session.clone(),
                    run,
                })
            }
        }
    }
}

fn latest(archive: &Archive, sessions: Vec<String>) -> Result<Chosen, Error> {
    let mut latest: Option<Chosen> = None;
    for session in sessions {
        let runs = archive.read(&session).and_then(|former| former.runs());
        // A history that cannot be read may hold a later run, so this run may not be the latest.
        for run in runs? {
            let later = |than: &Chosen| run.started > than.run.started;
            if latest.as_ref().is_none_or(later) {
                latest = Some(Chosen {
                    session: session.clone(),
                    run,
                });
            }
        }
    }
    latest.ok_or_else(|| format!("there is no run yet; {}", archive.looked_in()).into())
}

fn only(archive: &Archive, sessions: Vec<String>, id: RunId) -> Result<Chosen, Error> {
    let mut found = Vec::new();
    for session in sessions {
        if let Some(run) = archive.read(&session)?.run(id)? {
            found.push(Chosen { session, run });
        }
    }
    match found.len() {
        0 => Err(format!(
            "no session has a run {id}; `pyblish-endpoint history list` lists all runs; {}",
            archive.looked_in()
        )
        .into()),
        1 => Ok(found.remove(0)),
        _ => {
            let names: Vec<_> = found
                .iter()
                .map(|chosen| format!("{}/{id}", chosen.session))
                .collect();
            Err(format!(
                "several sessions have a run {id}; name one of {}",
                names.join(", ")
            )
            .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_named_in_three_ways() {
        assert_eq!("latest".parse(), Ok(Choice::Latest));
        assert_eq!("r3".parse(), Ok(Choice::Run(RunId(3))));
        let of = Choice::Of {
            session: "folder-1a2b".into(),
            run: RunId(3),
        };
        assert_eq!("folder-1a2b/r3".parse(), Ok(of));
        for text in ["3", "", "folder-1a2b/", "/r3", "../x/r3", "a/b/r3"] {
            let message = text.parse::<Choice>().unwrap_err();
            assert!(message.contains("history list"), "{text}: {message}");
        }
    }
}
