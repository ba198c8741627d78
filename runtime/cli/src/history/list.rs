use clap::Args;
use serde_json::json;

use crate::archive::{Archive, ArchiveOptions};
use crate::session_card::SessionCard;
use crate::stderr::Error;
use crate::table::Table;
use crate::{stderr, stdout, text};
use pyblish_model::{RunInfo, RunState};
use pyblish_report::text::{count, duration};

#[derive(Debug, Args)]
pub struct ListHistories {
    /// Print a JSON array with one object per session, with its runs
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    archive: ArchiveOptions,
}

/// A session and its runs.
struct Listed {
    session: String,
    card: SessionCard,
    /// The latest first.
    runs: Vec<RunInfo>,
}

impl ListHistories {
    pub fn run(self) -> Result<(), Error> {
        let archive = self.archive.archive()?;
        let (listed, unread) = listed(&archive)?;
        let has_runs = listed.iter().any(|of| !of.runs.is_empty());
        if !has_runs && unread == 0 && !self.json {
            stderr::say(&format!("there is no run yet; {}", archive.looked_in()));
        }
        match self.json {
            true => stdout::put_json(&format!("{}\n", json(&listed)))?,
            false if has_runs => stdout::put(&table(&listed))?,
            false => {}
        }
        match unread {
            0 => Ok(()),
            some => {
                let (which, folder) = (count(some, "session"), archive.folder().display());
                Err(format!("{which} in {folder} could not be read; the reasons are above").into())
            }
        }
    }
}

/// The sessions that can be read, and the number of those that cannot.
fn listed(archive: &Archive) -> Result<(Vec<Listed>, usize), Error> {
    let (mut listed, mut unread) = (Vec::new(), 0);
    for session in archive.sessions()? {
        match archive.read(&session).and_then(|store| store.runs()) {
            Ok(runs) => listed.push(Listed {
                card: archive.card(&session),
                session,
                runs,
            }),
            // Go on with the others.
            Err(error) => {
                unread += 1;
                stderr::complain(&error);
            }
        }
    }
    Ok((listed, unread))
}

fn json(listed: &[Listed]) -> serde_json::Value {
    let sessions = listed.iter().map(
        |Listed {
             session,
             card,
             runs,
         }| {
            json!({
                "session": session,
                "adapter": card.adapter,
                "adapterVersion": card.adapter_version,
                "hosts": card.hosts,
                "folders": card.folders,
                "runs": runs,
            })
        },
    );
    sessions.collect()
}

fn table(listed: &[Listed]) -> String {
    let runs = listed
        .iter()
        .flat_map(|of| of.runs.iter().map(move |run| (of, run)));
    let mut runs: Vec<_> = runs.collect();
    runs.sort_by(|(_, a), (_, b)| b.started.total_cmp(&a.started));
    let headings = [
        "RUN",
        "STARTED (UTC)",
        "TOOK",
        "ENDED",
        "OF",
        "PAIRS",
        "FAILED",
        "FOLDERS",
        "COMMENT",
    ];
    let mut table = Table::new(&headings);
    for (Listed { session, card, .. }, run) in runs {
        let took = run
            .ended
            .map(|ended| duration((ended - run.started) * 1000.0));
        table.push([
            format!("{session}/{}", run.id),
            text::moment(run.started),
            took.unwrap_or_else(|| "-".into()),
            ended(&run.state),
            run.until.clone(),
            (run.succeeded + run.failed).to_string(),
            run.failed.to_string(),
            card.folders.join(" "),
            run.comment.clone(),
        ]);
    }
    let idle = listed.iter().filter(|of| of.runs.is_empty()).count();
    match idle {
        0 => table.text(),
        _ => format!(
            "{}and {} without a run\n",
            table.text(),
            count(idle, "session")
        ),
    }
}

/// How a run ended, in a few words.
fn ended(state: &RunState) -> String {
    match state {
        RunState::Running => "running".into(),
        RunState::Succeeded => "succeeded".into(),
        RunState::Failed => "failed".into(),
        RunState::Stopped(reason) => format!("stopped: {reason}"),
        RunState::Cancelled => "cancelled".into(),
        RunState::Lost(_) => "host lost".into(),
        RunState::Interrupted => "interrupted".into(),
    }
}
