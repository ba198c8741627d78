use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tracing_subscriber::filter::LevelFilter;

use crate::event_loop::block_on;
use crate::log;
use crate::screen::Screen;
use crate::stderr::Error;
use pyblish_adapter::{AdapterLimits, Cache, Component, Engine, HostVersions, VersionRange};
use pyblish_platform::atomic::{self, Readers};

#[derive(Debug, Args)]
pub struct Seal {
    /// The adapter's file, as it was built. Sealing runs it once, with nothing granted
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,

    /// Say which versions of a host it is for: maya=">=2022, <2026", or blender=4.1 for all that
    /// begin with that; without it, all; may be repeated
    #[arg(long, value_name = "HOST=VERSIONS", value_parser = host_versions)]
    host_versions: Vec<(String, VersionRange)>,

    /// Write the sealed adapter to this file, instead of changing the original
    #[arg(long, value_name = "FILE.wasm")]
    output: Option<PathBuf>,
}

impl Seal {
    pub fn run(self) -> Result<ExitCode, Error> {
        log::to(&Screen::default(), LevelFilter::INFO);
        let engine = Engine::of_program(&AdapterLimits::default())?;
        let file = self.file.clone();
        let versions = HostVersions::of(self.host_versions);
        let cache = Cache::of_user();
        let sealed = Component::sealed(&engine, cache.as_ref(), file, versions);
        let sealed = block_on(async { Ok(sealed.await?) })?;
        let output = self.output.unwrap_or(self.file);
        // The file is replaced in one step: a runtime that starts now finds the old one or the new
        // one.
        let placed = atomic::write(&output, &sealed, Readers::Usual);
        placed.map_err(|error| format!("{} cannot be written: {error}", output.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn host_versions(text: &str) -> Result<(String, VersionRange), String> {
    let pair = text.split_once('=').filter(|(host, _)| !host.is_empty());
    let (host, versions) = pair.ok_or("it has no `=`; write it as maya=\">=2022, <2026\"")?;
    Ok((host.into(), versions.parse()?))
}
