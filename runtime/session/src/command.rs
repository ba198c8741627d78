//! What a session can be told to do.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::error::SessionError;
use crate::reference::{InstanceRef, PluginRef};
use crate::resource::Precondition;
use crate::run_request::RunRequest;
use pyblish_history::Recorder;
use pyblish_model::{Change, JsonText, Mode, PairResult, RunInfo};

/// Where the answer to a command goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, SessionError>>;

/// One command, with the place where its answer goes. The methods of `Session` document what each
/// does.
pub(crate) enum Command {
    Reset(Reply<()>),
    Restart(Reply<()>),
    Forget(Reply<()>),
    RunPair {
        plugin: PluginRef,
        instance: Option<InstanceRef>,
        mode: Mode,
        /// Whether a plug-in that does not implement this is an error, and not a success that does
        /// nothing, as it is in Pyblish.
        must_be_able: bool,
        reply: Reply<Arc<PairResult>>,
    },
    StartRun {
        request: RunRequest,
        reply: Reply<Arc<RunInfo>>,
    },
    Apply {
        changes: Vec<Change>,
        precondition: Option<Precondition>,
        /// Whether a user chose this, so that it is made again after a reset.
        remember: bool,
        reply: Reply<()>,
    },
    AddResult {
        result: PairResult,
        reply: Reply<()>,
    },
    Select {
        instances: Vec<InstanceRef>,
        reply: Reply<()>,
    },
    Notify {
        event: String,
        arguments: JsonText,
        reply: Reply<()>,
    },
}

/// Answers a command, once everything that was recorded before is on disk. An answer that nobody
/// waits for any more is dropped: what was done is in the snapshot.
pub(crate) fn answer<T: Send + 'static>(
    recorder: &Recorder,
    reply: Reply<T>,
    result: Result<T, SessionError>,
) {
    recorder.then(move || {
        let _ = reply.send(result);
    });
}
