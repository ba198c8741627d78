//! Runs the server on the sample inbox and tells the user how to publish from it.
//!
//! Policy: the first line of the server's stdout is JSON with its address. xtask waits for that
//! line, instead of guessing an address or polling a port. All other output of the server is passed
//! on. When xtask ends in any way, the server ends, too.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::compile;
use crate::sample::Sample;
use crate::signals::Signals;
use crate::step;
use crate::workspace::{Workspace, brief};

/// The first line of the server; other fields are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Greeting {
    /// For example `http://127.0.0.1:6001`.
    address: String,
    /// The file with its token; none with `--no-auth`.
    token_file: Option<PathBuf>,
    /// An address of its page, for one browser.
    page: Option<String>,
}

/// Builds, serves until the server ends, and fails if it does.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    compile::all(workspace)?;
    let sample = Sample::prepare(workspace)?;
    step::say(&format!("the sample inbox is {}", brief(&sample.inbox)));

    let mut command = Command::new(workspace.runtime());
    command
        .args(["serve", "--json", "--adapter", "folder"])
        .arg("--dir")
        .arg(granted(&sample.inbox, "/inbox"))
        .arg("--dir")
        .arg(granted(&sample.publish, "/publish"))
        .args(arguments);
    start(command, &sample, &mut io::stdout().lock())
}

/// A folder in the format of `--dir`.
fn granted(folder: &Path, guest: &str) -> std::ffi::OsString {
    let mut argument = folder.as_os_str().to_owned();
    argument.push("=");
    argument.push(guest);
    argument
}

fn start(mut command: Command, sample: &Sample, to: &mut impl Write) -> Result<()> {
    step::say("starting the server");
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    Signals::shield(&mut command);
    let signals = Signals::catch()?;
    let mut child = command
        .spawn()
        .with_context(|| step::cannot_start(&command))?;
    signals.pass_to(&child);

    let told = follow(&mut child, sample, to);
    if told.is_err() {
        // Without its address, the server is of no use.
        let _ = child.kill();
    }
    let status = child.wait().context("cannot wait for the server")?;
    told?;
    if status.success() {
        return Ok(());
    }
    Err(step::Failed::new("the server", status).into())
}

/// Reads the output of the server: first its address, then the rest, which is passed on.
fn follow(child: &mut Child, sample: &Sample, to: &mut impl Write) -> Result<()> {
    let Some(stdout) = child.stdout.take() else {
        return Ok(()); // Unreachable: it is a pipe.
    };
    let mut stdout = BufReader::new(stdout);
    let mut line = String::new();
    stdout
        .read_line(&mut line)
        .context("cannot read what the server prints")?;
    if line.is_empty() {
        return Ok(()); // It has ended; stderr shows why, and its exit code is passed on.
    }
    let greeting: Greeting = serde_json::from_str(&line).with_context(|| {
        let line = line.trim_end();
        format!("the server's first line should be JSON with an \"address\", but is {line:?}")
    })?;
    let text = instructions(&greeting, sample);
    pass_through(&text, &mut stdout, to);
    Ok(())
}

/// Passes on the output. The reader of our stdout may go away (`cargo xtask serve | head`), but the
/// server continues. So its pipe must still be read, or the server would hang when it is full.
fn pass_through(text: &str, from: &mut BufReader<ChildStdout>, to: &mut impl Write) {
    let written = to.write_all(text.as_bytes()).and_then(|()| to.flush());
    if written.and_then(|()| io::copy(from, to)).is_err() {
        let _ = io::copy(from, &mut io::sink());
    }
}

/// The next steps for a new user.
fn instructions(greeting: &Greeting, sample: &Sample) -> String {
    let address = &greeting.address;
    let state = format!("{address}/pyblish/v1/state");
    // Other users can see the arguments of a command, but not the data in a pipe.
    let curl = match &greeting.token_file {
        Some(file) => {
            let file = file.display();
            format!("sed 's/^/Authorization: Bearer /' '{file}' | curl -H @- -X PUT")
        }
        None => "curl -X PUT".into(),
    };
    let page = match &greeting.page {
        Some(page) => format!("Publish in a browser, at {page}\nor"),
        None => "Publish".into(),
    };
    let (inbox, publish) = (brief(&sample.inbox), brief(&sample.publish));
    format!(
        "
The server listens at {address}; its inbox is {inbox}.
{page} the image sequence `hero` from another terminal:

  {curl} -d plugin=CollectFiles {state}
  {curl} -d plugin=ExtractFiles -d instance=hero {state}
  {curl} -d plugin=IntegrateVersion -d instance=hero {state}

The published files will be in {publish}, a new version each time.
Ctrl-C ends the server.

"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sample {
        Sample {
            inbox: "target/sample/inbox".into(),
            publish: "target/sample/publish".into(),
        }
    }

    #[test]
    fn the_instructions_can_be_pasted() {
        let greeting = Greeting {
            address: "http://127.0.0.1:6001".into(),
            token_file: Some("/run/user/1000/pyblish-endpoint/1.token".into()),
            page: Some("http://127.0.0.1:6001/?code=1".into()),
        };
        let text = instructions(&greeting, &sample());
        let curls: Vec<_> = text.lines().filter(|line| line.contains("curl")).collect();
        assert_eq!(curls.len(), 3);
        let token = "sed 's/^/Authorization: Bearer /' '/run/user/1000/pyblish-endpoint/1.token' | curl -H @- ";
        assert!(
            curls.iter().all(|it| it.trim().starts_with(token)),
            "{text}"
        );
        assert!(
            text.contains("at http://127.0.0.1:6001/?code=1\n"),
            "{text}"
        );
        assert!(
            curls
                .iter()
                .all(|it| it.ends_with(" http://127.0.0.1:6001/pyblish/v1/state"))
        );
    }

    /// The output while such a server runs, and how it ends.
    #[cfg(unix)]
    fn serve(script: &str) -> (String, Result<()>) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let mut printed = Vec::new();
        let end = start(command, &sample(), &mut printed);
        (String::from_utf8(printed).unwrap(), end)
    }

    #[cfg(unix)]
    #[test]
    fn a_server_that_ends_at_once_gives_its_exit_code() {
        let (printed, end) = serve("exit 7");
        assert_eq!(printed, "");
        assert_eq!(
            step::exit_code(&end.unwrap_err()),
            std::process::ExitCode::from(7)
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_the_server_prints_later_is_passed_through() {
        let (printed, end) =
            serve(r#"echo '{"address": "http://127.0.0.1:1", "more": 1}'; echo later"#);
        end.unwrap();
        assert!(
            printed.contains("listens at http://127.0.0.1:1;"),
            "{printed}"
        );
        assert!(printed.ends_with("\nlater\n"), "{printed}");
    }

    #[cfg(unix)]
    #[test]
    fn a_server_that_says_no_address_is_ended() {
        let (printed, end) = serve("echo hello; exec sleep 60");
        assert_eq!(printed, "");
        let error = format!("{:#}", end.unwrap_err());
        assert!(error.contains("\"hello\""), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_server_goes_on_when_nobody_reads_what_it_prints() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        // More than the buffer of a pipe.
        let mut command = Command::new("sh");
        let script = r#"echo '{"address": ""}'; head -c 300000 /dev/zero"#;
        command.args(["-c", script]);
        start(command, &sample(), &mut Closed).unwrap();
    }
}
