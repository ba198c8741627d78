//! Ctrl-C and similar signals end the server, and xtask waits for it.
//!
//! Policy: the server must get each signal exactly once, because a second one ends it at once. So
//! on Unix it has its own process group, which the terminal does not signal, and xtask passes on
//! its own signals. Then `kill`, `timeout` and Ctrl-C all have the same effect. On Windows the
//! console signals all its programs, so xtask only has to survive.

use std::process::{Child, Command};

use anyhow::{Context, Result};

/// The signals that xtask catches and passes on; created before the server starts, so that none is
/// missed.
pub struct Signals {
    #[cfg(unix)]
    caught: signal_hook::iterator::Signals,
}

impl Signals {
    /// From here on, these signals no longer end xtask.
    pub fn catch() -> Result<Self> {
        Self::register().context("cannot catch Ctrl-C")
    }

    #[cfg(unix)]
    fn register() -> std::io::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
        let caught = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT])?;
        Ok(Self { caught })
    }

    #[cfg(not(unix))]
    fn register() -> std::io::Result<Self> {
        use std::sync::{Arc, atomic::AtomicBool};
        // Nobody reads the flag, but a signal with a handler does not end the program.
        let ignored = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGINT, ignored)?;
        Ok(Self {})
    }

    /// Keeps the terminal's own signals from a child that is about to start.
    pub fn shield(command: &mut Command) {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        #[cfg(not(unix))]
        let _ = command;
    }

    /// Passes on to the child all signals since `catch`, and all later ones.
    #[cfg(unix)]
    pub fn pass_to(self, child: &Child) {
        use rustix::process::{Pid, Signal, kill_process};
        let (mut caught, child) = (self.caught, Pid::from_child(child));
        std::thread::spawn(move || {
            for signal in caught.forever() {
                if let Some(signal) = Signal::from_named_raw(signal) {
                    // It only fails if the child has ended, and then there is nothing to do.
                    let _ = kill_process(child, signal);
                }
            }
        });
    }

    #[cfg(not(unix))]
    pub fn pass_to(self, _child: &Child) {}

    /// Waits for a signal.
    #[cfg(unix)]
    pub fn wait(mut self) {
        self.caught.forever().next();
    }

    #[cfg(not(unix))]
    pub fn wait(self) {
        loop {
            std::thread::park();
        }
    }
}
