//! Past publishes, read from the files in the history folder. Readers never block a writer.

mod choice;
mod list;
mod one_run;
mod report;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::stderr::Error;

#[derive(Debug, Args)]
#[command(after_help = "\
A session is named by its adapter, its settings and its folders, and a run by its number in a \
session: folder-1a2b3c4d/r3. If only one session has a run of this number, r3 is enough; latest is \
the latest run of all sessions.

Nothing is written to the folder. A damaged history is not shown; the next server with this \
session moves the file aside and recovers what it can.

Exit codes: 0 printed, 1 a session or run could not be found or read (the reason is on stderr), 64 \
the command line is wrong.")]
pub struct HistoryCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the sessions and their runs, the latest first
    List(list::ListHistories),
    /// Show one run: how it ended, and the result of each plug-in
    Show(show::ShowRun),
    /// Write the report of one run
    Report(report::WriteReport),
}

impl HistoryCommand {
    pub fn run(self) -> Result<ExitCode, Error> {
        match self.command {
            Command::List(list) => list.run()?,
            Command::Show(show) => show.run()?,
            Command::Report(report) => report.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
