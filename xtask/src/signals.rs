//! Ctrl-C and its like end the server, and xtask waits for it.
//!
//! Policy: the server must see each signal exactly once, for a second one asks it to drop what it is
//! finishing. On Unix it therefore gets a process group of its own, which the terminal does not signal,
//! and xtask passes on what it gets itself, so that `kill`, `timeout` and Ctrl-C all do the same. On
//! Windows the console tells every program on it, so xtask only has to survive.

use std::process::{Child, Command};

use anyhow::{Context, Result};

/// What xtask has caught and passes on; made before the server starts, so that nothing is missed.
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
        // Nobody reads the flag: a signal that has a handler does not end the program.
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

    /// Passes on to the child what comes from now on, and what came since `catch`.
    #[cfg(unix)]
    pub fn pass_to(self, child: &Child) {
        use rustix::process::{Pid, Signal, kill_process};
        let (mut caught, child) = (self.caught, Pid::from_child(child));
        std::thread::spawn(move || {
            for signal in caught.forever() {
                if let Some(signal) = Signal::from_named_raw(signal) {
                    // It fails only when the child is gone, and then there is nothing to end.
                    let _ = kill_process(child, signal);
                }
            }
        });
    }

    #[cfg(not(unix))]
    pub fn pass_to(self, _child: &Child) {}
}
