//! The one run that a command is about.

use std::sync::Arc;

use clap::Args;

use super::choice::{Choice, Chosen};
use crate::archive::ArchiveOptions;
use crate::stderr::Error;
use pyblish_report::Report;

/// The one run that a command is about.
#[derive(Debug, Args)]
pub(super) struct OneRun {
    /// The run: SESSION/rN as `history list` prints it, rN, or latest
    #[arg(value_name = "RUN")]
    run: Choice,

    #[command(flatten)]
    archive: ArchiveOptions,
}

impl OneRun {
    pub(super) fn find(self) -> Result<Report, Error> {
        let archive = self.archive.archive()?;
        let Chosen { session, run } = self.run.find(&archive)?;
        let card = archive.card(&session);
        let history = archive.read(&session)?;
        let results = history.results(run.id)?;
        Ok(Report {
            host: card.host(),
            adapter: card.adapter,
            session,
            discovered: history.discovered(run.id)?,
            run,
            results: results.into_iter().map(Arc::new).collect(),
        })
    }
}
