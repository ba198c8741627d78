//! The runs of a session: starts one, processes one pair of it after the other, and ends it.

use std::sync::Arc;

use crate::active_run::ActiveRun;
use crate::adapter_driver::AdapterDriver;
use crate::batch::Batch;
use crate::choices::Choices;
use crate::error::SessionError;
use crate::freshness;
use crate::inbox::Inbox;
use crate::lifecycle::Lifecycle;
use crate::lookahead::FinishedPairs;
use crate::pair_times::PairTimes;
use crate::past_runs::PastRuns;
use crate::recollection;
use crate::restore::restore;
use crate::run_facts::run_facts;
use crate::run_request::RunRequest;
use crate::single_pair::adapter_failure;
use pyblish_history::{History, Idempotency, RunStart};
use pyblish_model::{Change, DataKey, Event, JsonText, RunId, RunInfo, RunState};

/// The run under way, if any, and those before it.
pub(crate) struct Runs {
    lifecycle: Lifecycle,
    past: PastRuns,
    /// The number of the latest run.
    last: u64,
    active: Option<ActiveRun>,
    times: PairTimes,
    history: History,
}

impl Runs {
    pub(crate) fn new(history: History, lifecycle: Lifecycle) -> Self {
        Runs {
            lifecycle,
            last: history.last_run(),
            past: PastRuns::new(history.clone()),
            active: None,
            times: PairTimes::default(),
            history,
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        self.active.is_some()
    }

    /// # Errors
    /// A run is under way: [`SessionError::Running`].
    pub(crate) fn check_idle(&self) -> Result<(), SessionError> {
        match &self.active {
            Some(run) => Err(SessionError::Running(run.id)),
            None => Ok(()),
        }
    }

    /// The latest run, if it was broken off: cancelled, lost or interrupted.
    pub(crate) fn latest_broken_off(&self) -> Option<RunId> {
        self.past.latest_broken_off()
    }

    /// Starts a run, or finds the one that was started with the same key.
    pub(crate) async fn start(
        &mut self,
        request: RunRequest,
        driver: &mut AdapterDriver,
    ) -> Result<Arc<RunInfo>, SessionError> {
        if let Some(key) = &request.idempotency {
            let latest = driver.journal.now().run.as_ref();
            if let Some(run) = self.past.with_key(key, latest)? {
                return Ok(run);
            }
        }
        let started = self.start_new(request, driver).await;
        if started.is_err() && self.active.is_none() {
            self.lifecycle.end_run();
        }
        started
    }

    async fn start_new(
        &mut self,
        mut request: RunRequest,
        driver: &mut AdapterDriver,
    ) -> Result<Arc<RunInfo>, SessionError> {
        self.check_idle()?;
        driver.set_busy("publish");
        driver.check_running()?;
        freshness::ensure(&mut request, driver).await?;
        let id = RunId(self.last + 1);
        self.lifecycle.begin_run(id)?;
        let mut finished = FinishedPairs::new();
        if let Some(former) = request.continues {
            let continuation = self.past.continuation(former, driver.journal.now())?;
            finished = continuation.finished;
            request.continue_from(continuation.former, &continuation.ids);
        }
        if !request.comment.is_empty() {
            let comment = Change::DataSet {
                place: DataKey {
                    instance: None,
                    key: "comment".into(),
                },
                value: request.comment.as_str().into(),
            };
            driver.apply(&[comment]).await?;
        }
        let plugins = driver.journal.now().plugins.clone();
        self.last = id.0;
        let info = Arc::new(RunInfo {
            facts: Some(Box::new(driver.slot.facts())),
            ..request.info(id)
        });
        if let Some(key) = &request.idempotency {
            self.past.add(key.clone(), info.clone());
        }
        let start = RunStart {
            idempotency: request.idempotency,
            discovered: driver.journal.now().discovered(),
        };
        let again = match request.continues {
            // It does not process again what was processed.
            Some(_) => None,
            None => recollection::warning(driver.journal.now(), &request.options),
        };
        driver.journal.run_started(info.clone(), start);
        if let Some(record) = again {
            tracing::warn!("{id}: {}", record.message);
            driver.journal.record(Event::SessionRecord {
                call: "run",
                record,
            });
        }
        self.times.read(&self.history);
        let weights = self.times.weights(&plugins);
        let run = ActiveRun::new(id, plugins, request.options, finished);
        let mut run = run.with_weights(weights);
        run.first_result = driver.journal.now().results.len();
        self.active = Some(run);
        Ok(info)
    }

    /// Processes the next pairs of the run under way, or ends the run. Commands that come in
    /// meanwhile are refused or deferred by the inbox.
    pub(crate) async fn step(
        &mut self,
        driver: &mut AdapterDriver,
        inbox: &mut Inbox,
        choices: &mut Choices,
    ) {
        let Some(mut run) = self.active.take() else {
            return;
        };
        let ended = self.try_step(&mut run, driver, inbox, choices).await;
        if run.is_collecting() {
            restore(choices, driver, ended.is_some()).await;
        }
        match ended {
            None => {
                self.active = Some(run);
                driver.journal.publish_if_due();
            }
            Some(state) => {
                self.end(run, state, driver).await;
                driver.journal.publish();
            }
        }
    }

    /// Processes the next pairs of this run. Returns how the run ended, if it did. Where there are
    /// values to set once all is collected, the pairs end with the collectors.
    async fn try_step(
        &self,
        run: &mut ActiveRun,
        driver: &mut AdapterDriver,
        inbox: &mut Inbox,
        choices: &mut Choices,
    ) -> Option<RunState> {
        if driver.shared().monitor.is_cancelled(run.id) && !run.has_begun_pair() {
            return Some(RunState::Cancelled);
        }
        if let Err(error) = driver.check_room_for_result() {
            return Some(RunState::Stopped(error.to_string()));
        }
        let guard = driver.planning_guard();
        let was_collecting = run.is_collecting();
        if let Err(state) = run.begin_next(&mut driver.journal, &guard) {
            return Some(state);
        }
        if was_collecting && !run.is_collecting() {
            restore(choices, driver, true).await;
        }
        let collects_first = choices.are_wanted(driver.journal.now());
        let pairs = run.batch(&driver.journal, collects_first);
        let latest = driver.journal.now().run.clone();
        let started = |key: &Idempotency| self.past.with_key(key, latest.as_ref());
        let (id, shared) = (run.id, driver.shared().clone());
        let mut batch = Batch::new(run, guard, shared, inbox.waiting(), &pairs);
        let ended = tokio::select! {
            biased;
            ended = driver.process(id, &pairs, &mut batch) => ended,
            never = inbox.take_during_pair(id, started) => match never {},
        };
        batch.end();
        if let Err(error) = ended {
            let failure = Some(adapter_failure(&error, driver.shared().is_forced(id)));
            let monitor = driver.shared().monitor.clone();
            run.finish(failure, None, &mut driver.journal, &monitor);
        }
        // An adapter that went down ends the run. If the user cancelled the run and the plug-in was
        // stopped by force, that is a cancel.
        let down = driver.check_running().err()?;
        Some(if driver.shared().is_forced(id) {
            RunState::Cancelled
        } else {
            RunState::Lost(down.to_string())
        })
    }

    /// Ends the run under way, if any, like this.
    pub(crate) async fn end_active(&mut self, state: RunState, driver: &mut AdapterDriver) {
        if let Some(run) = self.active.take() {
            self.end(run, state, driver).await;
        }
    }

    async fn end(&mut self, mut run: ActiveRun, state: RunState, driver: &mut AdapterDriver) {
        run.enter(None, &mut driver.journal);
        if driver.slot.is_running() {
            let success = state == RunState::Succeeded;
            let arguments = JsonText::object([("success", success.into())]);
            let told = driver.notify(run.ended_event().name(), &arguments).await;
            if let Err(error) = told {
                tracing::warn!("at the end of {}: {error}", run.id);
            }
        }
        let continuable = state.is_broken_off() && driver.slot.is_running();
        driver
            .journal
            .set_continuable(continuable.then_some(run.id));
        // A client that hears of the end may close the session at once.
        self.lifecycle.end_run();
        if driver.journal.now().run.is_some() {
            let results = driver.journal.now().results.after(run.first_result);
            self.times.learn(&results);
            let facts = run_facts(driver, &results);
            driver.journal.run_ended(state, run.progress(), facts);
        }
        driver.set_idle();
    }
}
