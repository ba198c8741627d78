use clap::Args;
use serde_json::json;

use super::choice::{Choice, EXIT_CODES};
use super::done;
use crate::stderr::Error;
use crate::{stderr, stdout};
use pyblish_hosts::install::{FileChange, InstallPlan, SupportedHost};

#[derive(Debug, Args)]
#[command(after_help = format!("\
It overwrites only files that `host install` wrote and nobody changed since. A file that the \
host's other tools share (Maya's userSetup.py, Nuke's menu.py) gets a few lines between two marks.

Examples:
  pyblish-endpoint host install blender
  pyblish-endpoint host install blender --version 4.2
  pyblish-endpoint host install nuke --into /studio/nuke

{EXIT_CODES}"))]
pub struct Install {
    #[command(flatten)]
    choice: Choice,

    /// Print a JSON array with one object per folder: host, folder, changes (what, path)
    #[arg(long)]
    json: bool,
}

impl Install {
    pub fn run(self) -> Result<(), Error> {
        let plans = self.choice.plans()?;
        // Check all folders first: an obstacle in the last one must be reported before the first is
        // changed.
        for plan in &plans {
            plan.check()?;
        }
        let mut all = Vec::new();
        for plan in &plans {
            let done = plan.install()?;
            if self.json {
                let changes: Vec<_> = done.iter().map(done::json).collect();
                all.push(json!({"host": plan.host.name, "folder": plan.place, "changes": changes}));
            } else {
                stdout::put(&said(plan, &done))?;
            }
        }
        if self.json {
            stdout::put_json(&format!("{}\n", serde_json::Value::from(all)))?;
        } else {
            stderr::say(&next(&self.choice.host, &plans));
        }
        Ok(())
    }
}

fn said(plan: &InstallPlan, done: &[FileChange]) -> String {
    if done.is_empty() {
        let place = plan.place.display();
        return format!("{} in {place} is set up already\n", plan.host.label);
    }
    done.iter().map(|done| done::line(done) + "\n").collect()
}

/// What the user has to do now.
fn next(host: &SupportedHost, plans: &[InstallPlan]) -> String {
    let label = host.label;
    let first = match host.name {
        // Krita writes its settings when it ends, without our key if it has not read it.
        "krita" => {
            "If Krita is running, close it, and run this command again; then start Krita".to_owned()
        }
        _ => format!("Restart {label}"),
    };
    let mut text = format!("{first}, and choose {}.\n", host.menu);
    let without = plans
        .iter()
        .filter(|plan| !plan.folder.join("pyblish").is_dir());
    let pips: Vec<_> = without.map(|plan| host.pip(&plan.folder)).collect();
    if !pips.is_empty() {
        let pips = pips.join("\n  ");
        text += &format!(
            "{label} needs pyblish-base. If its Python does not have it yet, install it with:\n  {pips}\n"
        );
    }
    text
}
