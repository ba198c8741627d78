//! Pyblish QML as a frontend: the unmodified `pyblish-qml` runs as a child process, and this crate
//! takes the place of its host.
//!
//! QML sends a request, blocks until it has the answer, and trusts the answer's shape: it crashes
//! on another shape, and hangs without an answer. So every request is answered, in the shape that
//! QML's own host uses (pyblish-qml 1.11.5, `ipc/service.py`, `ipc/formatting.py`). Errors are
//! shown where QML shows errors: as a plug-in that failed, and as the reason why a publish stops.
//! After a failed call, nothing else is done until the next reset.
//!
//! How the parts work together: `child` runs the process and its pipes, `message` parses what it
//! asks, and `host` answers. `endpoint` is the session on the server. QML asks for the whole
//! context with each pair, so `host` answers from a `mirror` of the session, which `feed` keeps
//! current from the session's events. `hand_over` has the farm do it. `shape` has QML's JSON.
//!
//! It uses the client and the rules, and knows nothing of how a server holds sessions.

mod child;
mod endpoint;
mod feed;
mod hand_over;
mod host;
mod message;
mod mirror;
mod notice;
mod python;
mod shape;
mod window;

use child::ProcessEnd;
pub use child::QmlProcess;
pub use endpoint::FoundServer;
pub use host::QmlHost;
pub use python::Python;
pub use window::{AutoStart, WindowOptions};

use serde_json::json;

/// Shows QML's window, and answers its requests until it ends.
///
/// # Errors
/// The child crashed, or the endpoint ended and did not come back. The text is for the user.
pub fn serve(mut child: QmlProcess, mut host: QmlHost, look: &WindowOptions) -> Result<(), String> {
    child
        .tell("show", json!([look.settings()]))
        .map_err(|error| {
            format!("pyblish-qml does not accept input: {error}; its last output is above")
        })?;
    while let Some(asked) = child.hear() {
        let payload = match asked {
            Ok(request) => host.answer(&request),
            Err(reason) => host.not_understood(&reason),
        };
        if child.answer(&payload).is_err() {
            // It has ended; the reason is reported below.
            break;
        }
        if host.is_closing() {
            break;
        }
    }
    let ended = child.end(host.is_closing());
    if let Some(reason) = host.lost() {
        return Err(format!(
            "{reason}. `pyblish-endpoint history` shows what was published before"
        ));
    }
    match ended {
        ProcessEnd::Closed | ProcessEnd::Stopped => Ok(()),
        ProcessEnd::Died(how) => Err(format!(
            "pyblish-qml ended ({how}), although nobody closed its window; its last output is above"
        )),
    }
}
