//! One step: a line that says what happens, a child that does it, and its exit code if it fails.
//!
//! Policy: a child inherits stdin, stdout and stderr, for its own progress and messages are better than
//! a retelling of them; xtask adds only which step it was.

use std::fmt;
use std::io::Write;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result};

/// Tells the user on stderr. A reader that went away is no reason to stop, as `eprintln!` would.
pub fn say(line: &str) {
    if cfg!(test) {
        return; // A test's steps among the lines of the run would pass for the run's own.
    }
    let _ = writeln!(std::io::stderr(), "xtask: {line}");
}

/// A child ended in failure; its messages are on the user's screen already.
#[derive(Debug)]
pub struct Failed {
    step: String,
    status: ExitStatus,
}

impl Failed {
    pub fn new(step: &str, status: ExitStatus) -> Self {
        let step = step.to_owned();
        Self { step, status }
    }

    /// The child's exit code; for one that a signal ended, what a shell would say.
    fn code(&self) -> i32 {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&self.status) {
            return 128 + signal;
        }
        self.status.code().unwrap_or(1)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, status } = self;
        write!(to, "{step} failed ({status}); see its messages above")
    }
}

impl std::error::Error for Failed {}

/// Says what `step` is, runs it, and fails if the child does.
pub fn run(step: &str, command: &mut Command) -> Result<()> {
    say(step);
    let status = command.status().with_context(|| cannot_start(command))?;
    if status.success() {
        return Ok(());
    }
    Err(Failed::new(step, status).into())
}

/// Names the program that could not be started; the reason follows as the error's cause.
pub fn cannot_start(command: &Command) -> String {
    format!("cannot start {}", command.get_program().to_string_lossy())
}

/// The exit code of the child that failed, or 1 for an error of xtask's own.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    let code = error.downcast_ref().map_or(1, Failed::code);
    // Windows has codes that do not fit, such as 0xC0000005: any of them must stay a failure.
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_exit_code_of_a_child_is_passed_on() {
        let error = run("ending", Command::new("sh").args(["-c", "exit 42"])).unwrap_err();
        assert_eq!(exit_code(&error), ExitCode::from(42));
        assert!(
            error
                .to_string()
                .starts_with("ending failed (exit status: 42)")
        );

        let error = run("dying", Command::new("sh").args(["-c", "kill -TERM $$"])).unwrap_err();
        assert_eq!(exit_code(&error), ExitCode::from(128 + 15));
    }

    #[test]
    fn a_program_that_is_missing_is_named() {
        let error = run("looking", &mut Command::new("no-such-program")).unwrap_err();
        assert!(format!("{error:#}").starts_with("cannot start no-such-program: "));
        assert_eq!(exit_code(&error), ExitCode::from(1));
    }
}
