//! What an adapter says while it works: the interface `work`.
//!
//! A call is under way for as long as its function runs, so the handles hold nothing: wasmtime takes
//! them back at the end of the call, and all they say is about the call under way.

use tokio::sync::oneshot;
use wasmtime::component::Resource;

use super::answer_budget::{AnswerBudget, BadAnswer};
use super::batch::{BatchHandle, CallHandle, Finished, Refused};
use super::bindings::{types, work};
use super::convert;
use super::limits::Limit;
use super::longest_name::LongestName;
use super::sandbox::State;
use pyblish_model::{Change, Outcome};

/// How far progress must go on to be told where a call has said too much.
const STEP: f64 = 0.01;

/// Bytes of a text that is told wherever the session is: how far it is, why its host is gone.
const SHORT: usize = 4096;

/// How many changes are converted between two looks at the limits of the call.
const PART: usize = 1024;

fn refused(reason: BadAnswer) -> wasmtime::Error {
    wasmtime::Error::new(Refused(reason))
}

impl types::Host for State {}

impl work::Host for State {}

impl work::HostCall for State {
    fn log(&mut self, _: Resource<CallHandle>, record: types::LogRecord) {
        self.tell_output();
        if self.may_say(size(&record)) {
            self.observer.record(convert::record(record));
        }
    }

    fn progress(&mut self, _: Resource<CallHandle>, fraction: f64, mut message: String) {
        if fraction.is_nan() {
            return;
        }
        shorten(&mut message);
        let fraction = fraction.clamp(0.0, 1.0);
        // A long call that says a lot still shows how far it is.
        let far = fraction >= self.said.fraction + STEP;
        if self.may_say(message.len()) {
            self.said.fraction = self.said.fraction.max(fraction);
            self.observer.progress(fraction, message);
        } else if far {
            self.said.fraction = fraction;
            self.observer.progress(fraction, String::new());
        }
    }

    fn cancelled(&mut self, _: Resource<CallHandle>) -> bool {
        self.observer.cancelled()
    }

    fn host_lost(&mut self, _: Resource<CallHandle>, mut reason: String) {
        shorten(&mut reason);
        self.lost = Some(reason);
    }

    fn declare(
        &mut self,
        _: Resource<CallHandle>,
        plugin: types::PluginId,
        attributes: Vec<types::Attribute>,
    ) -> wasmtime::Result<()> {
        let declared = self.declared.add(plugin, attributes, &self.limits);
        declared.map_err(refused)
    }

    fn drop(&mut self, call: Resource<CallHandle>) -> wasmtime::Result<()> {
        self.table.delete(call)?;
        Ok(())
    }
}

impl work::HostBatch for State {
    async fn finished(
        &mut self,
        _: Resource<BatchHandle>,
        outcomes: Vec<types::Outcome>,
    ) -> wasmtime::Result<bool> {
        self.tell_output();
        let count = outcomes.len();
        let left = self.batch.as_ref().map_or(0, |batch| batch.left);
        if count == 0 {
            let reason = "no outcome where it told outcomes".into();
            return Err(refused(BadAnswer::Contract(reason)));
        }
        if count > left {
            let reason = format!("{count} outcomes, but {left} pairs were left");
            return Err(refused(BadAnswer::Contract(reason)));
        }
        let mut converted = Vec::with_capacity(count);
        let mut budget = AnswerBudget::of(&self.limits);
        let longest = self.limits.count(Limit::Names);
        for outcome in outcomes {
            let outcome = outcome_of(outcome, longest, &mut budget).await;
            let mut outcome = outcome.map_err(refused)?;
            self.declared.complete(&mut outcome.changes);
            converted.push(outcome);
        }
        // Each pair may say as much, and take as long, as a call of its own.
        self.said = Default::default();
        self.lap.restart();
        let Some(batch) = &mut self.batch else {
            return Ok(false);
        };
        batch.left -= count;
        batch.is_new = false;
        let (goes_on, answer) = oneshot::channel();
        let told = batch.finished.send(Finished {
            outcomes: converted,
            goes_on,
        });
        // Where nobody takes it, the session ends.
        let goes_on = told.is_ok() && answer.await.unwrap_or(false);
        self.lap.restart();
        Ok(goes_on)
    }

    fn drop(&mut self, batch: Resource<BatchHandle>) -> wasmtime::Result<()> {
        self.table.delete(batch)?;
        Ok(())
    }
}

/// An outcome in the runtime's own types. It yields now and then, so that the call can be ended
/// meanwhile. `longest` is how many bytes a name may have.
async fn outcome_of(
    mut outcome: types::Outcome,
    longest: usize,
    budget: &mut AnswerBudget,
) -> Result<Outcome, BadAnswer> {
    let mut all = std::mem::take(&mut outcome.changes).into_iter();
    let mut changes: Vec<Change> = Vec::with_capacity(all.len());
    loop {
        let part: Vec<types::Change> = all.by_ref().take(PART).collect();
        let is_last = part.len() < PART;
        if part.iter().any(|change| change.longest() > longest) {
            return Err(BadAnswer::Limit(Limit::Names));
        }
        changes.extend(convert::changes(part, budget)?);
        if is_last {
            break;
        }
        tokio::task::yield_now().await;
    }
    Ok(Outcome {
        changes,
        ..convert::outcome(outcome)
    })
}

fn shorten(text: &mut String) {
    if text.len() > SHORT {
        text.truncate(text.floor_char_boundary(SHORT));
        text.push('…');
    }
}

/// The texts of a record, in bytes.
fn size(record: &types::LogRecord) -> usize {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let location = record.location.as_ref().map_or(0, |location| {
        location.file.len() + optional(&location.function) + optional(&location.text)
    });
    record.message.len() + record.logger.len() + optional(&record.traceback) + location
}
