use clap::Args;
use serde_json::json;

use super::super::archive::{Archive, ArchiveOptions};
use super::super::card::Card;
use super::super::table::Table;
use super::super::{Error, stdout, text};
use super::{ended, looked_in};
use crate::model::RunInfo;
use crate::report::text::{count, duration};

#[derive(Debug, Args)]
pub struct List {
    /// Print a JSON array: an object for each session, with its runs
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    archive: ArchiveOptions,
}

/// A session and its runs.
struct Listed {
    session: String,
    card: Card,
    /// Latest first.
    runs: Vec<RunInfo>,
}

impl List {
    pub fn run(self) -> Result<(), Error> {
        let archive = self.archive.archive()?;
        let listed = listed(&archive)?;
        let text = match self.json {
            true => format!("{}\n", json(&listed)),
            false => table(&archive, &listed),
        };
        Ok(stdout::put(&text)?)
    }
}

fn listed(archive: &Archive) -> Result<Vec<Listed>, Error> {
    let mut listed = Vec::new();
    for session in archive.sessions()? {
        match archive.read(&session).and_then(|store| store.runs()) {
            Ok(runs) => listed.push(Listed {
                card: archive.card(&session),
                session,
                runs,
            }),
            // The others can be read all the same.
            Err(error) => eprintln!("pyblish-endpoint: {error}"),
        }
    }
    Ok(listed)
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

fn table(archive: &Archive, listed: &[Listed]) -> String {
    let runs = listed
        .iter()
        .flat_map(|of| of.runs.iter().map(move |run| (of, run)));
    let mut runs: Vec<_> = runs.collect();
    if runs.is_empty() {
        eprintln!("there is no run yet; {}", looked_in(archive));
        return String::new();
    }
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
