//! A studio to look at: a PostgreSQL, a hub, and three machines that publish the sample.
//!
//! Policy: `tests/examples/studio.rs` is the studio, made of what the tests of the hub use. It ends,
//! with all that it started, when its stdin ends: so also when xtask is killed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::compile;
use crate::signals::Signals;
use crate::step;
use crate::workspace::Workspace;

/// What it prints once it is there.
#[derive(Deserialize)]
struct Greeting {
    page: String,
    command: String,
    machines: Vec<String>,
}

/// Builds, and runs the studio until Ctrl-C.
pub fn run(workspace: &Workspace) -> Result<()> {
    if cfg!(not(unix)) {
        bail!("PostgreSQL is only started on Unix");
    }
    compile::all(workspace)?;
    step::say("starting PostgreSQL, a hub and three machines, which publish the sample");
    let program = workspace.release().join("examples").join("studio");
    let mut command = Command::new(program);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::null());
    Signals::shield(&mut command);
    let signals = Signals::catch()?;
    let mut child = command
        .spawn()
        .with_context(|| step::cannot_start(&command))?;
    let stdin = child.stdin.take();
    std::thread::spawn(move || {
        signals.wait();
        drop(stdin);
    });
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        let read = BufReader::new(stdout).read_line(&mut line);
        read.context("cannot read what the studio prints")?;
    }
    if !line.is_empty() {
        let greeting: Greeting = serde_json::from_str(&line).with_context(|| {
            format!("the studio printed {line:?}, which is not the expected JSON")
        })?;
        let mut out = std::io::stdout();
        // Nobody may read it any more; the studio goes on.
        let _ = out.write_all(instructions(&greeting).as_bytes());
        let _ = out.flush();
    }
    let status = child.wait().context("cannot wait for the studio")?;
    match status.success() {
        true => Ok(()),
        false => Err(step::Failed::new("the studio (run its tests: --test hub)", status).into()),
    }
}

fn instructions(greeting: &Greeting) -> String {
    let Greeting {
        page,
        command,
        machines,
    } = greeting;
    let machines = machines.join("\n  ");
    format!(
        "
The page of the studio, for one browser, within five minutes:

  {page}

Another address of it:

  {command}

The pages of its three machines; publish there, and look at the studio:

  {machines}

Ctrl-C ends everything.

"
    )
}
