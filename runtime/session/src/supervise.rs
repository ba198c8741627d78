//! What becomes of a session whose actor panics, which is a bug in this program: everybody who
//! waits is answered, the run under way is lost, and readers see that the session is down, and why.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::SystemTime;

use crate::shared::Shared;
use crate::snapshot::{Activity, AdapterFailure, Snapshot};
use pyblish_history::Writer;
use pyblish_model::{Event, RunState, seconds};

/// Does the work of an actor. Returns whether it panicked.
pub(crate) fn supervise(shared: &Shared, writer: &Writer, work: impl FnOnce()) -> bool {
    // Everything that the actor owned is dropped with it, so everybody who waits for an answer gets
    // an error.
    let Err(panic) = catch_unwind(AssertUnwindSafe(work)) else {
        return false;
    };
    let reason = format!(
        "the session crashed ({}), which is a bug in this program; close it and open it again",
        panic_message(panic.as_ref())
    );
    tracing::error!("{reason}");
    shared.lifecycle.end_run();
    let recorder = writer.recorder();
    recorder.event(Event::HostLost {
        reason: reason.clone(),
        restart: None,
        searching: false,
        limit: None,
    });
    // Snapshots that are on their way to readers go first: readers must never see an older revision
    // again.
    let (done, wait) = mpsc::channel();
    recorder.then(move || {
        // The receiver is this thread, two lines below.
        let _ = done.send(());
    });
    // An error means that the writer has ended: then nothing is on its way.
    let _ = wait.recv();
    let mut last = shared.visible.borrow().clone();
    if let Some(run) = last.run.clone().filter(|run| !run.state.ended()) {
        let mut ended = run.as_ref().clone();
        ended.state = RunState::Lost(reason.clone());
        ended.ended = Some(seconds(SystemTime::now()));
        let ended = Arc::new(ended);
        recorder.run(ended.clone(), None);
        recorder.event(Event::RunEnded(ended.clone()));
        last.run = Some(ended);
    }
    set_down(&mut last, reason);
    let visible = shared.visible.clone();
    recorder.then(move || {
        visible.send_replace(last);
    });
    true
}

fn set_down(last: &mut Snapshot, reason: String) {
    last.revision += 1;
    last.adapter_failure = Some(Arc::new(AdapterFailure {
        message: reason.clone(),
        at: SystemTime::now(),
        stopped: false,
        failures: 1,
        restart: None,
        searching: false,
    }));
    last.activity = Activity::Down { reason };
}

/// The message of a panic.
fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("for an unknown reason")
}

#[cfg(test)]
mod tests {
    use pyblish_promise::{promise, promise_eq};

    use super::*;
    use crate::mirror::Mirror;
    use pyblish_adapter::AdapterLimits;
    use pyblish_history::History;
    use pyblish_model::{RunId, RunInfo};

    fn run() -> RunInfo {
        let text = r#"{"id": "r7", "state": "running", "until": "publish", "targets": [], "comment": "",
            "started": 1.0, "ended": null, "progress": 0.5, "stage": null, "succeeded": 1, "failed": 0}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn crashed_actor_loses_its_run() {
        let (history, writer) = History::forgetful().unwrap();
        let shared = Shared::new(Mirror::new(&AdapterLimits::default(), 10).snapshot());
        shared.lifecycle.begin_run(RunId(7)).unwrap();
        shared
            .visible
            .send_modify(|now| now.run = Some(Arc::new(run())));
        let (answer, waiting) = tokio::sync::oneshot::channel::<()>();
        let crashed = supervise(&shared, &writer, move || {
            let _answer = answer;
            panic!("out of luck");
        });
        assert!(crashed);
        promise!("DATA-17", waiting.blocking_recv().is_err());
        drop(writer);
        let now = shared.visible.borrow().clone();
        let Activity::Down { reason } = now.activity else {
            panic!("it is {:?}", now.activity);
        };
        promise!("DATA-17", reason.contains("out of luck"), "{reason}");
        assert!(now.revision > 10 && now.adapter_failure.is_some());
        promise!(
            "DATA-17",
            matches!(now.run.unwrap().state, RunState::Lost(_))
        );
        let recorded = history.run(RunId(7)).unwrap().unwrap();
        promise!("DATA-17", matches!(recorded.state, RunState::Lost(_)));
        // One read returns the events of one chunk only.
        let mut names = Vec::new();
        while let Ok(part) = history.events_after(names.len() as u64)
            && part.last().is_some()
        {
            names.extend(part.iter().map(|event| event.name.to_owned()));
        }
        promise_eq!("DATA-17", names, ["hostLost", "runEnded"]);
        shared.lifecycle.close().unwrap();
    }
}
