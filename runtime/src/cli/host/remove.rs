use clap::Args;
use serde_json::json;

use super::{Choice, EXIT_CODES, done};
use crate::bridge::install::InstallError;
use crate::cli::{Error, stdout};

#[derive(Debug, Args)]
#[command(after_help = format!("\
What somebody else put into pyblish-endpoint's folder stays, and is named.

{EXIT_CODES}"))]
pub struct Remove {
    #[command(flatten)]
    choice: Choice,

    /// Print a JSON array, of one object a folder: host, folder, changes (what, path)
    #[arg(long)]
    json: bool,
}

impl Remove {
    pub fn run(self) -> Result<(), Error> {
        let host = self.choice.host;
        let plans = match self.choice.plans() {
            // Who wants it gone has what they want.
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
            if !self.json {
                let lines: String = done.iter().map(|done| done::line(done) + "\n").collect();
                stdout::put(&lines)?;
            }
        }
        if self.json {
            stdout::put(&format!("{}\n", serde_json::Value::from(all)))?;
        }
        // What was done is told in any case.
        if let Some(error) = failed {
            return Err(error.into());
        }
        if nothing && !self.json {
            eprintln!(
                "there is nothing of pyblish-endpoint in {}'s folders",
                host.label
            );
        }
        Ok(())
    }
}
