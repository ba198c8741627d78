//! Pyblish QML as a frontend: the unmodified `pyblish-qml` as a child process, and its host, which is an endpoint.
//!
//! Policy: QML asks, blocks until it is answered, and takes every answer for what it expects: it does not survive one of
//! another shape, and hangs without one. So everything that it asks is answered, in the shape of its own host
//! (pyblish-qml 1.11.5, `ipc/service.py`, `ipc/formatting.py`), and what goes wrong is said where it shows such: as a
//! plug-in that failed, and as the reason why a publish stops. After a call that was not done nothing more is done
//! until the next reset. QML asks for the whole context with each pair: it is answered from a mirror of the session,
//! which the session's events keep as it is.
//!
//! It knows the client of `http/` and the rules of `publish/`, and nothing of sessions.

mod child;
mod endpoint;
mod feed;
mod host;
mod message;
mod mirror;
mod notice;
mod python;
mod shape;

pub use child::Child;
use child::Ended;
pub use endpoint::Found;
pub use host::Host;
pub use python::Python;

use serde_json::{Value, json};

/// How the window is to be.
#[derive(Debug, Clone)]
pub struct Look {
    /// What plug-ins are run for, besides those without a target of their own.
    pub targets: Vec<String>,
    /// What is published from, in the title.
    pub host: String,
    /// Publish, or validate, as soon as it is collected.
    pub then: Option<Then>,
}

/// What QML does once it has collected for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    Publish,
    Validate,
}

impl Look {
    /// As QML's `show` takes it: all of its settings, for it looks for each of these.
    fn settings(&self) -> Value {
        json!({
            "ContextLabel": self.host,
            "WindowTitle": format!("Pyblish ({})", self.host),
            "WindowSize": [430, 600],
            "WindowPosition": [100, 100],
            "HeartbeatInterval": 60,
            "HiddenSections": ["Collect"],
            "autoPublish": self.then == Some(Then::Publish),
            "autoValidate": self.then == Some(Then::Validate),
        })
    }
}

/// Has QML's window shown, and answers what it asks until it ends.
///
/// # Errors
/// The child died, or the endpoint has ended and did not come back; in words for the user.
pub fn serve(mut child: Child, mut host: Host, look: &Look) -> Result<(), String> {
    child
        .tell("show", json!([look.settings()]))
        .map_err(|error| {
            format!("pyblish-qml does not listen: {error}; its last words are above")
        })?;
    while let Some(asked) = child.hear() {
        let payload = match asked {
            Ok(request) => host.answer(&request),
            Err(reason) => host.not_understood(&reason),
        };
        if child.answer(&payload).is_err() {
            // It has ended; how, is told below.
            break;
        }
        if host.is_closing() {
            break;
        }
    }
    let ended = child.end(host.is_closing());
    if let Some(reason) = host.lost() {
        return Err(format!(
            "{reason}. What was published before is in its history: `pyblish-endpoint history`"
        ));
    }
    match ended {
        Ended::Closed | Ended::Stopped => Ok(()),
        Ended::Died(how) => Err(format!(
            "pyblish-qml ended by itself ({how}), and nobody had closed its window; its last words are above"
        )),
    }
}
