use clap::Args;
use serde_json::json;

use super::choice::{Choice, EXIT_CODES};
use super::done;
use crate::stderr::Error;
use crate::{stderr, stdout};
use pyblish_hosts::install::InstallError;

#[derive(Debug, Args)]
#[command(after_help = format!("\
Files of others in pyblish-endpoint's folder stay, and are listed.

{EXIT_CODES}"))]
pub struct Remove {
    #[command(flatten)]
    choice: Choice,

    /// Print nothing but errors
    #[arg(long, conflicts_with = "json")]
    quiet: bool,

    /// Print a JSON array with one object per folder: host, folder, changes (what, path)
    #[arg(long)]
    json: bool,
}

impl Remove {
    pub fn run(self) -> Result<(), Error> {
        let host = self.choice.host;
        let plans = match self.choice.plans() {
            // It is already gone, as the user wants.
            Err(error) if matches!(error.downcast_ref(), Some(InstallError::NoPlace { .. })) => {
                Vec::new()
            }
            plans => plans?,
        };
        let (mut all, mut nothing) = (Vec::new(), true);
        let mut failed = None;
        for plan in &plans {
            let done = match plan.remove() {
                Ok(done) => done,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            };
            nothing &= done.is_empty();
            let changes: Vec<_> = done.iter().map(done::json).collect();
            all.push(json!({"host": host.name, "folder": plan.place, "changes": changes}));
            if !self.json && !self.quiet {
                let lines: String = done.iter().map(|done| done::line(done) + "\n").collect();
                stdout::put(&lines)?;
            }
        }
        if self.json {
            stdout::put_json(&format!("{}\n", serde_json::Value::from(all)))?;
        }
        // Always report what was done.
        if let Some(error) = failed {
            return Err(error.into());
        }
        if nothing && !self.json && !self.quiet {
            stderr::say(&format!(
                "{}'s folders contain nothing of pyblish-endpoint",
                host.label
            ));
        }
        Ok(())
    }
}
