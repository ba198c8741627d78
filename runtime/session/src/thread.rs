//! The thread of a session. Each session has its own, so that no adapter, whatever it does, takes
//! time from another session or from the server.

use std::thread;

use tokio::sync::{mpsc, oneshot};

use crate::actor::Actor;
use crate::command::Command;
use crate::error::SessionError;
use crate::launch::Launch;
use crate::shared::Shared;
use crate::supervise::supervise;
use pyblish_history::{History, Writer};

/// Starts the session's thread. Returns when the adapter is open and its plug-ins are known.
/// `until_ended` is dropped when nothing is left of the session.
///
/// # Errors
/// The adapter cannot be opened; then nothing is left of the session.
pub(crate) async fn spawn(
    launch: Launch,
    shared: Shared,
    (history, writer): (History, Writer),
    queue: mpsc::Receiver<Command>,
    until_ended: impl Send + 'static,
) -> Result<(), SessionError> {
    let (ready, opened) = oneshot::channel();
    let (gone, left) = oneshot::channel::<()>();
    let name = format!("session {}", launch.description.name);
    let run = move || {
        // They are dropped last, also after a panic.
        let _gone = gone;
        let _until_ended = until_ended;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => {
                let reason = format!("the session's thread has no event loop: {error}");
                // Nobody needs the answer if whoever started the session is gone.
                let _ = ready.send(Err(SessionError::Down(reason)));
                return;
            }
        };
        let actor = {
            let (shared, recorder) = (shared.clone(), writer.recorder());
            async move {
                let actor = Actor::new(launch, shared, history, recorder, queue);
                Box::pin(actor.run(ready)).await;
            }
        };
        let crashed = supervise(&shared, &writer, || runtime.block_on(actor));
        // Waits until everything that was recorded is on disk.
        drop(writer);
        if crashed {
            // The session is listed as down until somebody closes it.
            runtime.block_on(shared.lifecycle.until_closing());
        }
        // Does not wait for a host call that never returns, such as opening a pipe that nobody
        // writes to.
        runtime.shutdown_background();
    };
    thread::Builder::new()
        .name(name)
        .spawn(run)
        .map_err(|error| SessionError::Down(format!("the session has no thread: {error}")))?;
    let opened = opened.await.unwrap_or(Err(SessionError::Closed));
    if opened.is_err() {
        // Its slot and its history are free again when this returns. Nothing is ever sent: the
        // other end is dropped.
        let _ = left.await;
    }
    opened
}
