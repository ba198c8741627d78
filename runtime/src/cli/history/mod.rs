//! Former publishes, read from the files in the history's folder. Who reads never stands in the way of who
//! writes.

mod choice;
mod list;
mod report;
mod show;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};

use self::choice::{Choice, Chosen};
use super::Error;
use super::archive::{Archive, ArchiveOptions};
use crate::model::RunState;
use crate::report::Report;

#[derive(Debug, Args)]
#[command(after_help = "\
A session is named by its adapter, its settings and its folders, and a run by its number in a session: \
folder-1a2b3c4d/r3. Where only one session has a run of this number, r3 is enough; latest is the latest of all.

Exit codes: 0 it is printed, 1 it could not be found or read (the reason is on stderr), 2 the command line is wrong.")]
pub struct History {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the sessions and their runs, the latest first
    List(list::List),
    /// Show one run: how it ended, and what came of each plug-in
    Show(show::Show),
    /// Write the report of one run
    Report(report::WriteReport),
}

impl History {
    pub fn run(self) -> Result<ExitCode, Error> {
        match self.command {
            Command::List(list) => list.run()?,
            Command::Show(show) => show.run()?,
            Command::Report(report) => report.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The one run that a command is about.
#[derive(Debug, Args)]
struct OneRun {
    /// The run: SESSION/rN as `history list` prints it, rN, or latest
    #[arg(value_name = "RUN")]
    run: Choice,

    #[command(flatten)]
    archive: ArchiveOptions,
}

impl OneRun {
    fn find(self) -> Result<Report, Error> {
        let archive = self.archive.archive()?;
        let Chosen { session, run } = self.run.find(&archive)?;
        let card = archive.card(&session);
        let history = archive.read(&session)?;
        let results = history.results(run.id)?;
        Ok(Report {
            host: card.host(),
            adapter: card.adapter,
            session,
            plugins: history.plugins(run.id)?.into(),
            run,
            results: results.into_iter().map(Arc::new).collect(),
        })
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

/// The folder that was looked through, for whoever found nothing.
fn looked_in(archive: &Archive) -> String {
    format!(
        "the history is looked for in {}",
        archive.folder().display()
    )
}
