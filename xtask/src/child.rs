//! Children whose output is only shown if they fail.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

use crate::step;

/// Runs it, and returns what it says on stdout.
pub fn quietly(command: &mut Command) -> Result<String> {
    let output = output(command)?;
    succeeded(command, &output)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs it with this text on stdin.
pub fn fed(command: &mut Command, text: &str) -> Result<()> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| step::cannot_start(command))?;
    let mut stdin = child.stdin.take().context("stdin is piped")?;
    // If it does not read it all, it says why.
    let _ = stdin.write_all(text.as_bytes());
    drop(stdin);
    let output = child.wait_with_output()?;
    succeeded(command, &output)
}

/// Runs it to its end, whatever that is.
pub fn output(command: &mut Command) -> Result<Output> {
    command
        .stdin(Stdio::null())
        .output()
        .with_context(|| step::cannot_start(command))
}

fn succeeded(command: &Command, output: &Output) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    bail!(
        "{command:?} failed ({})\n{}{}",
        output.status,
        said(&output.stdout),
        said(&output.stderr)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_a_child_says_is_in_its_error() {
        let mut command = Command::new("sh");
        let error = quietly(command.args(["-c", "echo said; echo why >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("exit status: 3") && text.contains("said"),
            "{text}"
        );
        assert!(text.contains("why"), "{text}");
        assert_eq!(quietly(Command::new("echo").arg("it")).unwrap(), "it\n");
        fed(Command::new("grep").arg("-q").arg("b"), "a\nb\n").unwrap();
        fed(Command::new("grep").arg("-q").arg("c"), "a\nb\n").unwrap_err();
    }
}
