use std::path::PathBuf;

use clap::Args;

use super::super::document::Format;
use super::super::{Error, stdout};
use super::OneRun;

#[derive(Debug, Args)]
pub struct WriteReport {
    #[command(flatten)]
    run: OneRun,

    /// What to write it as; without it, what the extension of --output says, or else json
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Write it to this file, not to stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl WriteReport {
    pub fn run(self) -> Result<(), Error> {
        let report = self.run.find()?;
        let named = self.output.as_deref().and_then(Format::of);
        let format = self.format.or(named).unwrap_or(Format::Json);
        let text = format.render(&report)?;
        match &self.output {
            None => Ok(stdout::put(&text)?),
            Some(path) => std::fs::write(path, text).map_err(|error| {
                let path = path.display();
                format!(
                    "the report {path} cannot be written: {error}; name another file with --output"
                )
                .into()
            }),
        }
    }
}
