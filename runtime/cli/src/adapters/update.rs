use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::network::NetworkOptions;
use super::shop::{ShopOptions, document};
use crate::event_loop::block_on;
use crate::stderr::Error;
use crate::{stdout, text};
use pyblish_distribution::{Lock, Reference, Update as Found, UpdateRules, fetch_update};

#[derive(Debug, Args)]
pub(super) struct Update {
    /// The adapters to update; all of the lock if none is named
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Take it from here from now on, instead of from where the lock says
    #[arg(long, value_name = "REFERENCE", requires = "names")]
    from: Option<Reference>,

    /// Let it ask for more than before
    #[arg(long)]
    accept_grants: bool,

    /// Go back to an older version, where the source has one
    #[arg(long)]
    allow_older: bool,

    /// Only show what would change
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    shop: ShopOptions,

    #[command(flatten)]
    network: NetworkOptions,

    /// Print a JSON array: name, changes, grown, and entry, which is the new one
    #[arg(long)]
    json: bool,
}

impl Update {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        if self.from.is_some() && self.names.len() > 1 {
            return Err("--from is for one adapter; name only that one".into());
        }
        block_on(self.update())
    }

    async fn update(self) -> Result<ExitCode, Error> {
        let shop = self.shop.open(self.network)?;
        let mut lock = Lock::read(&shop.lock)?;
        let all = || lock.adapters().map(|it| it.name.clone()).collect();
        let names: Vec<String> = match self.names.is_empty() {
            true => all(),
            false => self.names,
        };
        let installer = shop.installer();
        let mut found: Vec<Found> = Vec::new();
        for name in &names {
            found.push(fetch_update(&installer, &lock, name, self.from.as_ref()).await?);
        }
        match self.json {
            true => {
                let all: Value = found.iter().map(as_json).collect();
                stdout::put_json(&format!("{all}\n"))?;
            }
            false => stdout::put(&found.iter().map(as_text).collect::<String>())?,
        }
        if self.dry_run {
            return Ok(ExitCode::SUCCESS);
        }
        // All may change, or none is.
        let rules = UpdateRules {
            accept_grants: self.accept_grants,
            allow_older: self.allow_older,
        };
        for update in &found {
            update.check(&lock, rules)?;
        }
        for Found { candidate, .. } in &found {
            shop.keep(candidate)?;
            lock.put(candidate.entry.clone());
        }
        lock.save()?;
        shop.store.remember(&lock)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn as_text(
    Found {
        candidate,
        difference,
    }: &Found,
) -> String {
    let name = &candidate.entry.name;
    let version = &candidate.entry.version;
    if difference.lines.is_empty() {
        return format!("{name} {version} is up to date\n");
    }
    let lines = difference.lines.iter();
    let lines = lines.map(|line| format!("  {}\n", text::one_line(line)));
    format!("{name}\n{}", lines.collect::<String>())
}

fn as_json(
    Found {
        candidate,
        difference,
    }: &Found,
) -> Value {
    json!({
        "name": candidate.entry.name,
        "changes": difference.lines,
        "grown": difference.grown,
        "entry": document(&candidate.entry, None),
    })
}
