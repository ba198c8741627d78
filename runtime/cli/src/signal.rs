//! Requests to end, by the user or by the system, on Unix and elsewhere.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Receives each request to end the program. While it exists, such a request has no other effect.
pub struct Signals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    // On other systems a service manager ends the process without a signal.
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> Result<Self, crate::stderr::Error> {
        let deaf = |error: io::Error| format!("Ctrl-C cannot be caught: {error}");
        Ok(Signals {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt()).map_err(deaf)?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate()).map_err(deaf)?,
            #[cfg(windows)]
            interrupt: tokio::signal::windows::ctrl_c().map_err(deaf)?,
        })
    }

    /// Completes at the next request.
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
