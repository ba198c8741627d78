//! The metrics of `serve`: who may read them, and the size of the histories.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::stderr::Error;
use pyblish_platform::trusted::{self, Trust};
use pyblish_server::{HistoryBytes, Secret};

/// The largest size of a token file, in bytes.
const LARGEST_TOKEN: u64 = 1024;

#[derive(Debug, Args)]
#[command(next_help_heading = "Metrics")]
pub struct MetricsOptions {
    /// Count, and answer /metrics in the format of OpenMetrics to whoever has the token in this file
    /// (32 characters or more, such as of `openssl rand -hex 32`), or the server's own token. The
    /// token of the file opens nothing else
    #[arg(long, value_name = "FILE")]
    metrics_token_file: Option<PathBuf>,
}

impl MetricsOptions {
    /// The token of scrapers, if there are metrics.
    pub fn token(&self) -> Result<Option<Secret>, Error> {
        let Some(path) = &self.metrics_token_file else {
            return Ok(None);
        };
        let text = trusted::read_text(path, Trust::Any, LARGEST_TOKEN)
            .map_err(|error| format!("the token for the metrics cannot be read: {error}"))?;
        let token = Secret::of(text.trim()).ok_or_else(|| {
            format!(
                "the token for the metrics in {} is too short to be safe: write 32 characters or more, \
                 such as of `openssl rand -hex 32`",
                path.display()
            )
        })?;
        Ok(Some(token))
    }
}

/// How many bytes the files in this folder of histories have.
pub fn bytes_in(folder: PathBuf) -> HistoryBytes {
    Arc::new(move || {
        // A file that vanishes meanwhile has none.
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let sizes = entries.filter_map(|entry| entry.metadata().ok());
        sizes.filter(fs::Metadata::is_file).map(|it| it.len()).sum()
    })
}
