use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::choice::{Choice, EXIT_CODES, program};
use super::done;
use crate::stderr::Error;
use crate::{stderr, stdout};
use pyblish_hosts::install::{
    FileChange, InstallPlan, PYBLISH_RELEASE, SupportedHost, Wheel, WheelError,
};
use pyblish_platform::temporary::TemporaryFolder;

#[derive(Debug, Args)]
#[command(after_help = format!("\
It overwrites only files that `host install` wrote and nobody changed since. A file that the \
host's other tools share (Maya's userSetup.py, Nuke's menu.py) gets a few lines between two marks.

Examples:
  pyblish-endpoint host install blender
  pyblish-endpoint host install blender --version 4.2
  pyblish-endpoint host install nuke --into /studio/nuke
  pyblish-endpoint host install maya --with-pyblish --quiet
  pyblish-endpoint host install maya --with-pyblish=/studio/wheels

{EXIT_CODES}"))]
pub struct Install {
    #[command(flatten)]
    choice: Choice,

    /// Put pyblish-base beside the bridge, too, from this wheel, or from the newest in this folder.
    /// Without a value, from the newest in the folder `wheels` beside this program, or else from
    /// what the pip of a Python of this machine fetches
    #[arg(long, value_name = "FILE|FOLDER", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    with_pyblish: Option<PathBuf>,

    /// Print nothing but errors
    #[arg(long, conflicts_with = "json")]
    quiet: bool,

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
        // A file of configuration can say `false`.
        let named = self.with_pyblish.as_deref();
        let named = named.filter(|named| named.as_os_str() != "false");
        let wheel = named.map(wheel).transpose()?;
        let mut all = Vec::new();
        for plan in &plans {
            let mut done = plan.install()?;
            if let Some(wheel) = &wheel {
                done.extend(plan.put_pyblish(wheel)?);
            }
            if self.quiet {
                continue;
            }
            if self.json {
                let changes: Vec<_> = done.iter().map(done::json).collect();
                all.push(json!({"host": plan.host.name, "folder": plan.place, "changes": changes}));
            } else {
                stdout::put(&said(plan, &done))?;
            }
        }
        if self.json {
            stdout::put_json(&format!("{}\n", serde_json::Value::from(all)))?;
        } else if !self.quiet {
            stderr::say(&next(&self.choice.host, &plans));
        }
        Ok(())
    }
}

/// The wheel that is meant: a file, a folder, or `true` for what is found.
fn wheel(named: &Path) -> Result<Wheel, Error> {
    if named.as_os_str() != "true" {
        let path = match named.is_dir() {
            true => Wheel::find(&[named.to_owned()])
                .ok_or_else(|| WheelError::None(named.to_owned()))?,
            false => named.to_owned(),
        };
        return Ok(Wheel::read(&path)?);
    }
    let program = program()?;
    // Of a link on PATH, what counts is the folder of the program itself.
    let program = program.canonicalize().unwrap_or(program);
    let beside = program.parent().unwrap_or(Path::new("."));
    if let Some(path) = Wheel::find(&[beside.join("wheels"), beside.to_owned()]) {
        return Ok(Wheel::read(&path)?);
    }
    stderr::say(&format!(
        "fetching pyblish-base {PYBLISH_RELEASE} with pip, because no wheel of it is in {}",
        beside.join("wheels").display()
    ));
    let folder = TemporaryFolder::create()
        .map_err(|error| format!("there is no place for what pip fetches: {error}"))?;
    Ok(Wheel::read(&Wheel::fetch(&folder.path())?)?)
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
            "{label} needs pyblish-base. If its Python does not have it yet, run this again with \
             --with-pyblish, or install it with:\n  {pips}\n"
        );
    }
    text
}
