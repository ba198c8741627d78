use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::installed::catalog;
use crate::stderr::Error;
use crate::stdout;
use crate::table::Table;
use pyblish_adapter::{AdapterLimits, CatalogEntry, Description, Engine, read_manifest};

#[derive(Debug, Args)]
pub struct ListAdapters {
    /// Print a JSON array
    #[arg(long)]
    json: bool,

    /// Look for adapters here first
    #[arg(long, value_name = "DIR")]
    adapters_dir: Option<PathBuf>,
}

impl ListAdapters {
    pub fn run(self) -> Result<ExitCode, Error> {
        let engine = Engine::of_program(&AdapterLimits::to_inspect())?;
        let catalog = catalog(self.adapters_dir)?;
        let found = catalog.list().into_iter().chain(catalog.versions());
        let rows = found.map(|found| {
            let allowed = found.digest().map(drop);
            let listed = allowed.and_then(|()| read_manifest(&engine, &found.path));
            (found, listed.map_err(|error| error.to_string()))
        });
        let rows: Vec<Row> = rows.collect();
        match self.json {
            true => stdout::put_json(&format!("{}\n", rows.iter().map(json).collect::<Value>()))?,
            false => stdout::put(&table(&rows))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// An adapter and its manifest, if the file has one; or the reason why it cannot be used.
type Row = (CatalogEntry, Result<Option<Description>, String>);

/// The hosts whose bridge it asks for.
fn bridges(manifest: &Description) -> Vec<&str> {
    manifest
        .bridges()
        .map(|bridge| bridge.host.as_str())
        .collect()
}

fn json((found, listed): &Row) -> Value {
    let manifest = listed.as_ref().ok().and_then(Option::as_ref);
    json!({
        "name": found.name,
        "file": found.path.display().to_string(),
        "version": manifest.map(|it| &it.version),
        "doc": manifest.map(|it| &it.doc),
        "hosts": manifest.map(|it| &it.hosts),
        "hostVersions": manifest.map(|it| &it.host_versions),
        "bridges": manifest.map(bridges),
        "source": found.pinned.as_ref().map(|it| &it.origin.source),
        "digest": found.pinned.as_ref().map(|it| format!("sha256:{}", it.digest)),
        "key": found.pinned.as_ref().and_then(|it| it.origin.key.as_ref()),
        "lock": found.pinned.as_ref().and_then(|it| it.origin.lock.as_ref()),
        "problem": listed.as_ref().err(),
    })
}

fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "No adapter is installed. Build them with `cargo xtask build`, or name a folder with --adapters-dir\n"
            .into();
    }
    let mut table = Table::new(&["ADAPTER", "VERSION", "HOSTS", "BRIDGE", "WHAT IT IS FOR"]);
    for (found, listed) in rows {
        let unknown = |doc: &str| {
            let none = || "?".to_owned();
            (none(), none(), none(), doc.to_owned())
        };
        let (version, hosts, bridge, doc) = match listed {
            Ok(Some(it)) => (
                it.version.clone(),
                it.hosts_with_versions().join(", "),
                bridges(it).join(", "),
                it.doc.clone(),
            ),
            Ok(None) => unknown("not known, because the file is not sealed"),
            Err(problem) => unknown(problem),
        };
        table.push([found.name.clone(), version, hosts, bridge, doc]);
    }
    table.text()
}
