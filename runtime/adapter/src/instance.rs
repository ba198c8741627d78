use std::sync::Arc;

use tokio::sync::mpsc;
use wasmtime::Store;
use wasmtime::component::{Resource, ResourceAny};

use super::answer_budget::{AnswerBudget, BadAnswer};
use super::batch::{Batch, BatchHandle, CallHandle, Finished, Refused};
use super::bindings::{self, service, types};
use super::call_types::{Discovery, PairIds};
use super::convert;
use super::host_channel::HostChannel;
use super::limits::Limit;
use super::longest_name::LongestName;
use super::meter::{self, ForceStop, Meter};
use super::sandbox::State;
use super::trap::{is_no_memory, met, reason};
use super::{AdapterError, AdapterLimits};
use pyblish_model::{
    BrokenPlugin, Change, Failure, InstanceId, JsonText, LeftOutPlugin, Outcome, PluginId,
};

/// A running adapter. There is one call at a time. A call that traps or breaks the contract is the
/// last.
pub struct Adapter {
    name: String,
    /// None once it has ended: a store that trapped is dropped.
    live: Option<Live>,
    /// Why its host is gone, once it has said so; then it is gone too.
    lost: Option<String>,
    limits: AdapterLimits,
    force: ForceStop,
    /// The latest call. Its answer is in use until the next call begins.
    latest: (&'static str, Meter),
}

struct Live {
    store: Store<State>,
    exports: bindings::Adapter,
    /// The adapter's session, once it is open.
    session: Option<ResourceAny>,
}

/// One call of an export, through the live store, which does not outlive an error. The body gets the
/// store, the exports and the session.
macro_rules! call {
    ($self:ident, $name:literal, |$store:ident, $service:ident| $called:expr) => {
        call!($self, $name, Meter::new, |$store, $service| $called)
    };
    ($self:ident, $name:literal, $meter:path, |$store:ident, $service:ident| $called:expr) => {
        match &mut $self.live {
            None => Err($self.stopped()),
            Some(live) => {
                $self.latest = ($name, $meter(&$self.limits, &$self.force));
                let lap = $self.latest.1.lap();
                live.store.data_mut().begin($name, lap);
                let $store = &mut live.store;
                let $service = live.exports.pyblish_endpoint_service();
                let called = $self.latest.1.call(async { $called.await }).await;
                let state = live.store.data_mut();
                state.end();
                if let Some(reason) = state.lost.take() {
                    $self.lost = Some(reason);
                }
                called.map_err(|broken| $self.ended($name, broken))
            }
        }
    };
}

/// One call of a method of the open session. The body gets the methods, the store, the session and
/// the handle of the call.
macro_rules! call_session {
    ($self:ident, $name:literal, |$methods:ident, $store:ident, $session:ident, $call:ident| $called:expr) => {
        call_session!(
            $self,
            $name,
            Meter::new,
            |$methods, $store, $session, $call| $called
        )
    };
    ($self:ident, $name:literal, $meter:path, |$methods:ident, $store:ident, $session:ident, $call:ident| $called:expr) => {
        match $self.live.as_ref().and_then(|live| live.session) {
            None => Err($self.stopped()),
            Some($session) => call!($self, $name, $meter, |store, service| {
                let $methods = service.session();
                async move {
                    let handle = store.data_mut().table.push(CallHandle)?;
                    let $call = Resource::new_borrow(handle.rep());
                    let $store = &mut *store;
                    let called = $called.await?;
                    store.data_mut().table.delete(handle)?;
                    Ok(called)
                }
            }),
        }
    };
}

mod opening;

impl Adapter {
    /// Why its host is gone, if it is.
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// The process of the host that it has connected to, if it has.
    pub fn host_pid(&self) -> Option<u32> {
        self.live.as_ref()?.store.data().host_pid
    }

    /// The connection to that host, on which it says what happens to its scene.
    pub fn host_channel(&self) -> Option<Arc<HostChannel>> {
        self.live.as_ref()?.store.data().host_channel.clone()
    }

    /// Begins with an empty context; the outcome's changes are what it starts with.
    pub async fn reset(&mut self) -> Result<Outcome, AdapterError> {
        let outcome = call_session!(self, "reset", |methods, store, session, call| methods
            .call_reset(store, session, call))?;
        self.outcome("reset", outcome)
    }

    /// Finds the plug-ins; the inner error is the adapter's own.
    pub async fn discover(&mut self) -> Result<Result<Discovery, Failure>, AdapterError> {
        let found = call_session!(self, "discover", |methods, store, session, call| methods
            .call_discover(store, session, call))?;
        let found = match found {
            Ok(found) => found,
            Err(failure) => return Ok(Err(convert::failure(failure))),
        };
        let most = self.limits.count(Limit::Plugins);
        let lists = [
            found.plugins.len(),
            found.broken.len(),
            found.left_out.len(),
            found.hosts.len(),
            found.targets.len(),
        ];
        let number = lists.into_iter().max().unwrap_or(0);
        if number > most {
            return Err(self.ended("discover", meter::CallEnd::Limit(Limit::Plugins)));
        }
        let mut room = AnswerBudget::of(&self.limits);
        let mut plugins = self.in_parts("discover", found.plugins, |plugins| {
            let plugins = plugins.into_iter();
            plugins
                .map(|plugin| convert::plugin(plugin, &mut room))
                .collect()
        })?;
        if let Some(live) = &self.live {
            live.store.data().declared.describe(&mut plugins);
        }
        let broken = found.broken.into_iter().map(|broken| BrokenPlugin {
            file: broken.file,
            failure: convert::failure(broken.failure),
        });
        let left_out = found.left_out.into_iter().map(|left_out| LeftOutPlugin {
            name: left_out.name,
            file: left_out.file,
            reason: left_out.reason,
        });
        Ok(Ok(Discovery {
            plugins,
            broken: broken.collect(),
            left_out: left_out.collect(),
            hosts: found.hosts,
            targets: found.targets,
            stop_test: convert::stop_test(found.stop_test),
        }))
    }

    /// Runs plug-ins: these pairs, in their order. The outcomes go to `finished`; whoever takes them
    /// says with each whether to begin the next pair. Pairs may be left when it ends.
    pub async fn process(
        &mut self,
        pairs: &[PairIds],
        finished: mpsc::UnboundedSender<Finished>,
    ) -> Result<(), AdapterError> {
        let pairs: Vec<types::Pair> = pairs
            .iter()
            .map(|(plugin, instance)| convert::pair(plugin, instance.as_ref()))
            .collect();
        let batch = Batch {
            left: pairs.len(),
            is_new: true,
            finished,
        };
        if let Some(live) = &mut self.live {
            live.store.data_mut().batch = Some(batch);
        }
        call_session!(self, "process", |methods, store, session, call| async {
            let handle = store.data_mut().table.push(BatchHandle)?;
            let batch = Resource::new_borrow(handle.rep());
            methods
                .call_process(&mut *store, session, call, batch, &pairs)
                .await?;
            store.data_mut().table.delete(handle)?;
            Ok::<(), wasmtime::Error>(())
        })?;
        let batch = self.live.as_mut();
        let batch = batch.and_then(|live| live.store.data_mut().batch.take());
        if batch.is_some_and(|batch| batch.is_new) {
            let reason = "no outcome of any pair that it was given".into();
            return Err(self.broken("process", BadAnswer::Contract(reason)));
        }
        Ok(())
    }

    /// Runs a plug-in's repair on an instance, or on the context.
    pub async fn repair(
        &mut self,
        plugin: &PluginId,
        instance: Option<&InstanceId>,
    ) -> Result<Outcome, AdapterError> {
        let pair = convert::pair(plugin, instance);
        let outcome = call_session!(self, "repair", |methods, store, session, call| methods
            .call_repair(store, session, call, &pair))?;
        self.outcome("repair", outcome)
    }

    /// Runs one of a plug-in's actions. The instance is the one that the user means, if any.
    pub async fn act(
        &mut self,
        plugin: &PluginId,
        action: &str,
        instance: Option<&InstanceId>,
    ) -> Result<Outcome, AdapterError> {
        let action = service::ActionCall {
            plugin: plugin.0.to_string(),
            action: action.to_owned(),
            instance: instance.map(|id| id.0.to_string()),
        };
        let outcome = call_session!(self, "act", |methods, store, session, call| methods
            .call_act(store, session, call, &action))?;
        self.outcome("act", outcome)
    }

    /// Takes over what a frontend changed; the outcome's changes are what really changed.
    pub async fn apply(&mut self, changes: &[Change]) -> Result<Outcome, AdapterError> {
        let changes: Vec<types::Change> = convert::changes_out(changes);
        let outcome = call_session!(self, "apply", |methods, store, session, call| methods
            .call_apply(store, session, call, &changes))?;
        self.outcome("apply", outcome)
    }

    /// Tells it of one of Pyblish's events, with its arguments as a JSON object.
    pub async fn notify(
        &mut self,
        event: &str,
        arguments: &JsonText,
    ) -> Result<Outcome, AdapterError> {
        let event = service::Event {
            name: event.to_owned(),
            arguments: arguments.to_string(),
        };
        let outcome = call_session!(self, "notify", |methods, store, session, call| methods
            .call_notify(store, session, call, &event))?;
        self.outcome("notify", outcome)
    }

    /// Ends its session, and it.
    pub async fn close(mut self) -> Result<(), AdapterError> {
        call_session!(
            self,
            "close",
            Meter::to_close,
            |methods, store, session, call| methods.call_close(store, session, call)
        )
    }

    fn stopped(&self) -> AdapterError {
        AdapterError::Stopped {
            adapter: self.name.clone(),
        }
    }

    /// Whether working on the latest answer may go on: that time counts as a part of the call.
    /// After an error the adapter is gone.
    pub fn may_go_on(&mut self) -> Result<(), AdapterError> {
        let (call, meter) = &mut self.latest;
        let (call, checked) = (*call, meter.check());
        checked.map_err(|broken| self.ended(call, broken))
    }

    /// An answer in the runtime's own types. It ends when the call does: at its limits, and by
    /// force.
    fn in_parts<T, U>(
        &mut self,
        call: &'static str,
        all: Vec<T>,
        mut convert: impl FnMut(Vec<T>) -> Result<Vec<U>, BadAnswer>,
    ) -> Result<Vec<U>, AdapterError>
    where
        T: LongestName,
    {
        let longest = self.limits.count(Limit::Names);
        let mut converted = Vec::with_capacity(all.len());
        let mut all = all.into_iter();
        loop {
            let part: Vec<T> = all.by_ref().take(PART).collect();
            if part.is_empty() {
                return Ok(converted);
            }
            self.may_go_on()?;
            if part.iter().any(|one| one.longest() > longest) {
                return Err(self.ended(call, meter::CallEnd::Limit(Limit::Names)));
            }
            let part = convert(part).map_err(|broken| self.broken(call, broken))?;
            converted.extend(part);
        }
    }

    fn changes(
        &mut self,
        call: &'static str,
        changes: Vec<types::Change>,
    ) -> Result<Vec<Change>, AdapterError> {
        let mut room = AnswerBudget::of(&self.limits);
        let mut changes = self.in_parts(call, changes, |part| convert::changes(part, &mut room))?;
        if let Some(live) = &self.live {
            live.store.data().declared.complete(&mut changes);
        }
        Ok(changes)
    }

    /// The outcome of a call.
    fn outcome(
        &mut self,
        call: &'static str,
        mut outcome: types::Outcome,
    ) -> Result<Outcome, AdapterError> {
        let changes = self.changes(call, std::mem::take(&mut outcome.changes))?;
        Ok(Outcome {
            changes,
            ..convert::outcome(outcome)
        })
    }

    /// The end of an adapter whose call did not finish.
    fn ended(&mut self, call: &'static str, broken: meter::CallEnd) -> AdapterError {
        match self.live.take() {
            Some(live) => self.failed(call, broken, live.store.data()),
            None => self.stopped(),
        }
    }

    /// The error for a call that did not finish. `state` says what the adapter got no more of, and
    /// what it printed last.
    fn failed(&self, call: &'static str, broken: meter::CallEnd, state: &State) -> AdapterError {
        let adapter = self.name.clone();
        let error = match broken {
            meter::CallEnd::Trapped(error) => error,
            meter::CallEnd::Forced => return AdapterError::Restarted { adapter, call },
            meter::CallEnd::Limit(limit) => return self.over(call, limit),
        };
        let error = match error.downcast::<Refused>() {
            Ok(Refused(reason)) => return self.bad_answer(call, reason),
            Err(error) => error,
        };
        // Where in the guest it happened is for the adapter's author, not for the artist.
        tracing::debug!("the adapter {} trapped in {call}: {error:?}", self.name);
        if let Some(limit) = met(&error) {
            return self.over(call, limit);
        }
        if is_no_memory(&error) {
            let reason = error.root_cause().to_string();
            return AdapterError::NoMemory {
                adapter,
                call,
                reason,
            };
        }
        let mut reason = reason(&error, state.last_error());
        let refused = state.refused();
        if let Some(limit) = refused {
            reason = format!(
                "{reason}, after it got no more: {}",
                self.limits.said(limit)
            );
        }
        AdapterError::Trapped {
            adapter,
            call,
            reason,
            refused,
        }
    }

    /// The error for a call that used more than this limit.
    fn over(&self, call: &'static str, limit: Limit) -> AdapterError {
        AdapterError::Limit {
            adapter: self.name.clone(),
            call,
            limit,
            said: self.limits.said(limit),
        }
    }

    /// What the adapter answered. If that broke the contract or a limit, the adapter ends, because
    /// the mirror of its context can no longer be trusted.
    fn taken<T>(
        &mut self,
        call: &'static str,
        read: impl FnOnce(&mut AnswerBudget) -> Result<T, BadAnswer>,
    ) -> Result<T, AdapterError> {
        let mut room = AnswerBudget::of(&self.limits);
        read(&mut room).map_err(|broken| self.broken(call, broken))
    }

    /// The end of an adapter whose answer cannot be taken.
    fn broken(&mut self, call: &'static str, broken: BadAnswer) -> AdapterError {
        self.live = None;
        self.bad_answer(call, broken)
    }

    /// The error for an answer that cannot be taken.
    fn bad_answer(&self, call: &'static str, broken: BadAnswer) -> AdapterError {
        let adapter = self.name.clone();
        match broken {
            BadAnswer::Contract(reason) => AdapterError::Misbehaved {
                adapter,
                call,
                reason,
            },
            BadAnswer::Limit(limit) => self.over(call, limit),
        }
    }
}

/// How much of an answer is converted between two checks of its limits.
const PART: usize = 1024;
