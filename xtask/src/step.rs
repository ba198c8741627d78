//! One step: a line that says what happens, a child that does it, and its exit code if it fails.
//!
//! Policy: a child inherits stdin, stdout and stderr, because its own progress and messages are the
//! best ones. xtask only adds the name of the step.

use std::fmt;
use std::io::Write;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result};

/// Prints a message on stderr. Unlike `eprintln!`, it does not panic if stderr is closed.
pub fn say(line: &str) {
    if cfg!(test) {
        return; // In tests, such lines would look like steps of the test run itself.
    }
    let _ = writeln!(std::io::stderr(), "xtask: {line}");
}

/// A child failed; its messages are already on the user's screen.
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

    /// The child's exit code; after a signal, the code that a shell would use.
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

/// Prints the name of the step, runs it, and fails if the child fails.
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
    // Windows has codes that do not fit, such as 0xC0000005: they must stay failures.
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
