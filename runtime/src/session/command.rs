use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::oneshot;

use super::handle::{Expected, Named};
use super::mirror::Mirror;
use super::{RunRequest, SessionError};
use crate::history::{History, Recorder};
use crate::model::{Change, Mode, PairResult, RunId, RunInfo};

pub(super) type Reply<T> = oneshot::Sender<Result<T, SessionError>>;

/// What a session can be told to do.
pub(super) enum Command {
    Reset(Reply<()>),
    /// Starts another adapter in the place of this one, whatever it does.
    Restart(Reply<()>),
    Forget(Reply<()>),
    Run {
        plugin: Named,
        instance: Option<Named>,
        mode: Mode,
        reply: Reply<Arc<PairResult>>,
    },
    StartRun {
        request: RunRequest,
        reply: Reply<Arc<RunInfo>>,
    },
    Apply {
        changes: Vec<Change>,
        expected: Option<Expected>,
        reply: Reply<()>,
    },
    Note {
        result: PairResult,
        reply: Reply<()>,
    },
    /// Has the host's callbacks for an event called.
    Tell {
        event: String,
        arguments: Value,
        reply: Reply<()>,
    },
}

/// Answers at once what cannot be done during a run, and gives back what can wait for a moment between two
/// pairs, if there is room for it where it waits.
pub(super) fn refuse(
    command: Command,
    run: RunId,
    room: Result<(), SessionError>,
    known: impl Fn(&str) -> Option<Arc<RunInfo>>,
    recorder: &Recorder,
) -> Option<Command> {
    fn tell<T: Send + 'static>(
        recorder: &Recorder,
        reply: Reply<T>,
        result: Result<T, SessionError>,
    ) -> Option<Command> {
        recorder.then(move || {
            let _ = reply.send(result);
        });
        None
    }
    let running = SessionError::Running(run);
    match command {
        Command::Reset(reply) | Command::Forget(reply) => tell(recorder, reply, Err(running)),
        Command::Run { reply, .. } => tell(recorder, reply, Err(running)),
        Command::StartRun { request, reply } => {
            let started = request.idempotency_key.as_deref().and_then(known);
            tell(recorder, reply, started.ok_or(running))
        }
        Command::Apply { reply, .. } if room.is_err() => tell(recorder, reply, room),
        Command::Note { reply, .. } | Command::Tell { reply, .. } if room.is_err() => {
            tell(recorder, reply, room)
        }
        waiting @ (Command::Apply { .. }
        | Command::Note { .. }
        | Command::Tell { .. }
        | Command::Restart(_)) => Some(waiting),
    }
}

/// The run that was started with this key, by this process or a former one.
pub(super) fn known_run(
    keys: &HashMap<String, RunId>,
    mirror: &Mirror,
    history: &History,
    key: &str,
) -> Option<Arc<RunInfo>> {
    let latest = mirror.now().run.as_ref();
    if let Some(run) = latest.filter(|run| keys.get(key) == Some(&run.id)) {
        return Some(run.clone());
    }
    match history.run_by_key(key) {
        Ok(run) => run.map(Arc::new),
        Err(error) => {
            tracing::warn!("whether a run was started with this key is not known: {error}");
            None
        }
    }
}
