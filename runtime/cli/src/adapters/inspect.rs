use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use super::installed::catalog;
use super::needs::asks;
use crate::manager_options::limit;
use crate::screen::Screen;
use crate::stderr::Error;
use crate::{log, stdout, text};
use pyblish_adapter::{AdapterLimits, Cache, Component, Engine, Inspection, Setting};

#[derive(Debug, Args)]
pub struct Inspect {
    /// The adapter: its name, or its .wasm file
    #[arg(value_name = "NAME|FILE.wasm")]
    adapter: String,

    /// Let it use more of something, such as compile-time=300; may be repeated
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    limits: Vec<(String, String)>,

    /// Print a JSON object
    #[arg(long)]
    json: bool,

    /// Look for adapters here first
    #[arg(long, value_name = "DIR")]
    adapters_dir: Option<PathBuf>,
}

impl Inspect {
    pub fn run(self) -> Result<ExitCode, Error> {
        let found = catalog(self.adapters_dir)?.find(&self.adapter)?;
        let path = found.path;
        // Shows that the adapter is being compiled, if it is.
        log::to(&Screen::default(), LevelFilter::INFO);
        let mut limits = AdapterLimits::to_inspect();
        for (name, value) in &self.limits {
            limits.set(name, value)?;
        }
        let engine = Engine::of_program(&limits)?;
        let inspected = Component::inspect(&engine, Cache::of_user().as_ref(), path.clone())?;
        let file = path.display().to_string();
        match self.json {
            true => stdout::put_json(&format!("{}\n", document(&file, &inspected)))?,
            false => stdout::put(&words(&file, &inspected))?,
        }
        Ok(match inspected.problem {
            None => ExitCode::SUCCESS,
            Some(_) => ExitCode::FAILURE,
        })
    }
}

fn document(file: &str, inspected: &Inspection) -> serde_json::Value {
    json!({
        "file": file,
        "size": inspected.size,
        "sha256": inspected.digest,
        "manifest": inspected.manifest,
        "imports": inspected.imports,
        "loads": inspected.problem.is_none(),
        "problem": inspected.problem.as_ref().map(ToString::to_string),
    })
}

fn words(file: &str, inspected: &Inspection) -> String {
    let mut lines = Vec::new();
    let mut line = |name: &str, values: &[String]| {
        let first = values.first().map_or("nothing", String::as_str);
        lines.push(format!("{name:<9} {}", text::one_line(first)));
        for value in values.iter().skip(1) {
            lines.push(format!("{:<9} {}", "", text::one_line(value)));
        }
    };
    match &inspected.manifest {
        Some(manifest) => {
            let name = format!("{} {}", manifest.name, manifest.version);
            line("Adapter", &[name, manifest.doc.clone()]);
            line("Hosts", &manifest.hosts_with_versions());
            let settings: Vec<String> = manifest.settings.iter().map(setting).collect();
            line("Settings", &settings);
            line("Asks for", &asks(manifest));
        }
        None => line(
            "Adapter",
            &["its file does not say; seal it with `pyblish-endpoint adapters seal`".into()],
        ),
    }
    line("Imports", &inspected.imports);
    line("File", &[format!("{file}, {} bytes", inspected.size)]);
    line("SHA-256", std::slice::from_ref(&inspected.digest));
    let loads = match &inspected.problem {
        None => "yes".into(),
        Some(problem) => format!("no: {problem}"),
    };
    line("Loads", &[loads]);
    lines.join("\n") + "\n"
}

fn setting(setting: &Setting) -> String {
    let default = match &setting.default {
        Some(default) => format!("{default} by default"),
        None => "must be given".into(),
    };
    format!("--set {}=…  {} ({default})", setting.name, setting.doc)
}
