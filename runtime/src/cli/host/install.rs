use clap::Args;
use serde_json::json;

use super::{Choice, EXIT_CODES, done};
use crate::bridge::install::{Done, Host, Plan};
use crate::cli::{Error, stdout, text};

#[derive(Debug, Args)]
#[command(after_help = format!("\
Nothing is overwritten that was not written by `host install`, or was changed since. A file that the host's other \
tools share (Maya's userSetup.py, Nuke's menu.py) gets a few lines between two marks.

Examples:
  pyblish-endpoint host install blender
  pyblish-endpoint host install blender --version 4.2
  pyblish-endpoint host install nuke --into /studio/nuke

{EXIT_CODES}"))]
pub struct Install {
    #[command(flatten)]
    choice: Choice,

    /// Print a JSON array, of one object a folder: host, folder, changes (what, path)
    #[arg(long)]
    json: bool,
}

impl Install {
    pub fn run(self) -> Result<(), Error> {
        let plans = self.choice.plans()?;
        // One that is in the way of the last shall be told before the first is touched.
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
            stdout::put(&format!("{}\n", serde_json::Value::from(all)))?;
        } else {
            eprint!("{}", text::plain(&next(&self.choice.host, &plans)));
        }
        Ok(())
    }
}

fn said(plan: &Plan, done: &[Done]) -> String {
    if done.is_empty() {
        let place = plan.place.display();
        return format!("{} in {place} is set up already\n", plan.host.label);
    }
    done.iter().map(|done| done::line(done) + "\n").collect()
}

/// What the user has to do now.
fn next(host: &Host, plans: &[Plan]) -> String {
    let label = host.label;
    let first = match host.name {
        // It writes its settings when it ends, without our key if it has not read it.
        "krita" => "If Krita is running, end it, and run this once more; then start it".to_owned(),
        _ => format!("Start {label} anew"),
    };
    let mut text = format!("{first}, and choose {}.\n", host.menu);
    let without = plans
        .iter()
        .filter(|plan| !plan.folder.join("pyblish").is_dir());
    let pips: Vec<_> = without.map(|plan| host.pip(&plan.folder)).collect();
    if !pips.is_empty() {
        let pips = pips.join("\n  ");
        text += &format!(
            "{label} needs pyblish-base. Where its Python has none yet, this brings it:\n  {pips}\n"
        );
    }
    text
}
