//! A virtual screen for a host with a window.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Xvfb, which ends when this is dropped.
pub struct Screen {
    xvfb: Child,
    /// Its number: `:7` is 7.
    pub number: u32,
}

impl Screen {
    pub fn start() -> Result<Screen> {
        // It finds a free number by itself, and prints it. Without `-noreset` it resets when its last
        // window closes.
        let mut xvfb = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24"])
            .args(["+extension", "GLX", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("there is no Xvfb on PATH (`cargo xtask test --hosts` installs Debian's)")?;
        let mut line = String::new();
        if let Some(stdout) = xvfb.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let number = line.trim().parse();
        let screen = Screen {
            xvfb,
            number: *number.as_ref().unwrap_or(&0),
        };
        number.with_context(|| format!("Xvfb printed {line:?} in place of a number"))?;
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.xvfb.kill();
        let _ = self.xvfb.wait();
    }
}
