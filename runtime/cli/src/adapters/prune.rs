use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::pinned::store;
use crate::stderr::Error;
use crate::{stderr, stdout};

#[derive(Debug, Args)]
pub(super) struct Prune {
    /// Only show what would be removed
    #[arg(long)]
    dry_run: bool,

    /// Also remove what only locks name that are not there any more. Without this, it is kept: they
    /// may be on a share that is not mounted now
    #[arg(long, conflicts_with = "dry_run")]
    forget_missing: bool,

    /// Print a JSON object: removed, bytes, missing
    #[arg(long)]
    json: bool,
}

impl Prune {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let store = store()?;
        if self.forget_missing {
            store.forget_missing()?;
        }
        let pruned = store.prune(self.dry_run)?;
        for lock in &pruned.missing {
            stderr::say(&format!(
                "the lock {} is not there; what it named is kept (--forget-missing removes it)",
                lock.display()
            ));
        }
        if self.json {
            let removed = pruned.removed.iter().map(|it| {
                let (name, version) = (&it.name, it.version.to_string());
                json!({"name": name, "version": version, "digest": it.digest.to_string()})
            });
            let removed: Vec<_> = removed.collect();
            let (bytes, missing) = (pruned.bytes, &pruned.missing);
            let shown = json!({"removed": removed, "bytes": bytes, "missing": missing});
            stdout::put_json(&format!("{shown}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let what = if self.dry_run {
            "would remove"
        } else {
            "removed"
        };
        let mut lines = String::new();
        for it in &pruned.removed {
            lines += &format!("{what} {} {} ({})\n", it.name, it.version, it.digest);
        }
        if pruned.removed.is_empty() {
            lines = "every adapter in the store is named by a lock\n".into();
        }
        stdout::put(&lines)?;
        Ok(ExitCode::SUCCESS)
    }
}
