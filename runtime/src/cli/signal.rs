//! Being asked to end, by the user or by the system. What only Unix has is here, with the other side written.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears each time that the program is asked to end; while it is there, nothing else happens then.
pub struct Signals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    // Elsewhere a service manager ends the process, not a signal.
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> Result<Self, super::Error> {
        let deaf = |error: io::Error| format!("Ctrl-C cannot be heard here: {error}");
        Ok(Signals {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt()).map_err(deaf)?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate()).map_err(deaf)?,
            #[cfg(windows)]
            interrupt: tokio::signal::windows::ctrl_c().map_err(deaf)?,
        })
    }

    /// Comes the next time.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(windows)]
        self.interrupt.recv().await;
    }
}
