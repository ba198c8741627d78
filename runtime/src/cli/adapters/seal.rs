use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::super::{Error, block_on};
use crate::adapter::{Component, Engine};

#[derive(Debug, Args)]
pub struct Seal {
    /// The adapter's file, as it was built. It is run for this once, with nothing granted
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,

    /// Write the sealed adapter here, rather than in place
    #[arg(long, value_name = "FILE.wasm")]
    output: Option<PathBuf>,
}

impl Seal {
    pub fn run(self) -> Result<ExitCode, Error> {
        let engine = Engine::new()?;
        let file = self.file.clone();
        let sealed = block_on(async { Ok(Component::sealed(&engine, file).await?) })?;
        let output = self.output.unwrap_or(self.file);
        // Beside its place and then renamed: a runtime that starts now finds the old one or the new one.
        let part = output.with_extension(format!("{}.part", std::process::id()));
        let placed = std::fs::write(&part, sealed).and_then(|()| std::fs::rename(&part, &output));
        placed.map_err(|error| format!("{} cannot be written: {error}", output.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
