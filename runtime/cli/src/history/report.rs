use std::path::PathBuf;

use clap::Args;

use super::one_run::OneRun;
use crate::document::Format;
use crate::stderr::Error;
use crate::stdout;
use pyblish_platform::output;

#[derive(Debug, Args)]
pub struct WriteReport {
    #[command(flatten)]
    run: OneRun,

    /// The format; by default the one of the extension of --output, or json
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Write the report to this file, instead of stdout
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
            None => Ok(stdout::put_document(&text)?),
            Some(path) => output::write(path, text.as_bytes()).map_err(|error| {
                let path = path.display();
                format!(
                    "the report {path} cannot be written: {error}; name another file with --output"
                )
                .into()
            }),
        }
    }
}
