use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::super::table::Table;
use super::super::{Error, stdout};
use crate::adapter::{Cache, Catalog, Component, Engine, Found, Inspected};

#[derive(Debug, Args)]
pub struct List {
    /// Print a JSON array
    #[arg(long)]
    json: bool,

    /// Look for adapters here first
    #[arg(long, value_name = "DIR")]
    adapters_dir: Option<PathBuf>,
}

impl List {
    pub fn run(self) -> Result<ExitCode, Error> {
        let (engine, cache) = (Engine::new()?, Cache::of_user());
        let found = Catalog::of_process(self.adapters_dir).list();
        let rows: Vec<(Found, Result<Inspected, String>)> = found
            .into_iter()
            .map(|found| {
                let inspected = Component::inspect(&engine, cache.as_ref(), found.path.clone());
                (found, inspected.map_err(|error| error.to_string()))
            })
            .collect();
        let text = match self.json {
            true => format!("{}\n", rows.iter().map(json).collect::<Value>()),
            false => table(&rows),
        };
        stdout::put(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Why it cannot be used, if it cannot.
fn problem(inspected: &Result<Inspected, String>) -> Option<String> {
    match inspected {
        Ok(inspected) => inspected.problem.as_ref().map(ToString::to_string),
        Err(reason) => Some(reason.clone()),
    }
}

fn json((found, inspected): &(Found, Result<Inspected, String>)) -> Value {
    let manifest = inspected.as_ref().ok().and_then(|it| it.manifest.as_ref());
    json!({
        "name": found.name,
        "file": found.path.display().to_string(),
        "version": manifest.map(|it| &it.version),
        "doc": manifest.map(|it| &it.doc),
        "hosts": manifest.map(|it| &it.hosts),
        "problem": problem(inspected),
    })
}

fn table(rows: &[(Found, Result<Inspected, String>)]) -> String {
    if rows.is_empty() {
        return "No adapter is installed. Build them with `cargo xtask build`, or name a folder with --adapters-dir\n"
            .into();
    }
    let mut table = Table::new(&["ADAPTER", "VERSION", "HOSTS", "WHAT IT IS FOR"]);
    for (found, inspected) in rows {
        let manifest = inspected.as_ref().ok().and_then(|it| it.manifest.as_ref());
        let (version, hosts, doc) = match manifest {
            Some(it) => (it.version.clone(), it.hosts.join(", "), it.doc.clone()),
            None => ("?".into(), "?".into(), "its file does not say".into()),
        };
        let doc = problem(inspected).unwrap_or(doc);
        table.push([found.name.clone(), version, hosts, doc]);
    }
    table.text()
}
