//! The publish itself: the runs that `publish --remote` has the server do.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::session::{READ, RemoteServer, RemoteSession};
use crate::named_instances::named_instances;
use crate::publish::live::Live;
use crate::publish::stop::{GRACE, StopSignal};
use crate::publish::work::{PublishRequest, behind_collectors, expect_plugins};
use crate::remote_error::RemoteError;
use crate::stderr::Error;
use pyblish_history::StoredEvent;
use pyblish_model::{
    Context, InstanceId, PairResult, PluginId, PluginSet, RunId, RunInfo, seconds,
};
use pyblish_report::Report;
use pyblish_rules::{Stage, Until};

/// How often in a row the stream of events is opened again without any event.
const TRIES: usize = 10;

/// What a publish came to: its report, and what there is in the session now.
pub struct RemoteDone {
    pub report: Report,
    pub context: Context,
}

/// A run that ended, with its results.
struct Ended {
    run: RunInfo,
    results: Vec<Arc<PairResult>>,
}

/// A publish in progress.
pub(super) struct RemoteWork {
    session: RemoteSession,
    stop: StopSignal,
    live: Live,
    discovered: PluginSet,
}

impl RemoteWork {
    pub(super) fn new(session: RemoteSession, stop: StopSignal, live: Live) -> Self {
        RemoteWork {
            session,
            stop,
            live,
            discovered: PluginSet::default(),
        }
    }

    /// Publishes.
    pub(super) fn publish(mut self, request: &PublishRequest) -> Result<RemoteDone, Error> {
        self.discovered = self.session.discovered()?;
        expect_plugins(&self.discovered, &self.session.adapter, &request.targets)?;
        let choices = &request.choices;
        self.session
            .choose(choices.at_first(&self.discovered.plugins)?)?;
        let done = match request.instances.is_empty() && !choices.has_instances() {
            true => self.run(request, request.until, None)?,
            false => self.publish_some(request)?,
        };
        self.live.end(&done.run);
        self.stop.watch_over(None);
        // Plug-ins may have changed others.
        let discovered = self.session.discovered()?;
        let context = self.session.context()?;
        let report = Report {
            session: self.session.id,
            adapter: self.session.adapter,
            host: self.session.host,
            run: done.run,
            discovered,
            results: done.results,
        };
        Ok(RemoteDone { report, context })
    }

    /// Collects, and publishes the instances with these names.
    fn publish_some(&mut self, request: &PublishRequest) -> Result<Ended, Error> {
        let collect = Until::UpTo(Stage::Collect);
        let collected = self.run(request, collect, None)?;
        if collected.results.iter().any(|result| !result.success()) || self.stop.is_wanted() {
            return Ok(collected);
        }
        let context = self.session.context()?;
        self.session
            .choose(request.choices.once_collected(&context)?)?;
        let chosen = match request.instances.as_slice() {
            [] => None,
            names => Some(named_instances(&context, names)?),
        };
        if request.until == collect {
            return Ok(collected);
        }
        let plugins = behind_collectors(&self.discovered.plugins);
        self.run_of(request, request.until, chosen, Some(plugins))
    }

    /// Does one run to its end. With instances, it processes only these and does not collect.
    fn run(
        &mut self,
        request: &PublishRequest,
        until: Until,
        instances: Option<HashSet<InstanceId>>,
    ) -> Result<Ended, Error> {
        let is_some = instances.is_some();
        let plugins = is_some.then(|| behind_collectors(&self.discovered.plugins));
        self.run_of(request, until, instances, plugins)
    }

    fn run_of(
        &mut self,
        request: &PublishRequest,
        until: Until,
        instances: Option<HashSet<InstanceId>>,
        plugins: Option<HashSet<PluginId>>,
    ) -> Result<Ended, Error> {
        #[derive(Deserialize)]
        struct Started {
            id: RunId,
        }
        let until = request.demands.limit(until, self.discovered.broken.len());
        let mut body = Map::new();
        match until {
            Until::All => {}
            Until::UpTo(stage) => drop(body.insert("until".into(), stage.name().into())),
            Until::One(stage) => drop(body.insert("only".into(), stage.name().into())),
        }
        body.insert("targets".into(), json!(request.targets));
        body.insert("comment".into(), json!(request.comment));
        if let Some(instances) = instances {
            body.insert("instanceIds".into(), json!(instances));
        }
        if let Some(plugins) = plugins {
            body.insert("pluginIds".into(), json!(plugins));
        }
        let before = self.session.sequence()?;
        let started = self
            .session
            .send("POST", "/runs", Some(&Value::Object(body)), READ)?;
        let Started { id } = serde_json::from_value(started)
            .map_err(|error| self.session.strange("/runs".into(), error))?;
        self.watch_over(id);
        Ok(self.follow(id, before)?)
    }

    /// From now on, a stop cancels this run.
    fn watch_over(&self, run: RunId) {
        let server = self.session.server.clone();
        let path = format!(
            "{}/runs/{run}/cancel?grace={}",
            self.session.path,
            GRACE.as_millis()
        );
        self.stop.watch_over(Some(Arc::new(move || {
            let (server, path) = (server.clone(), path.clone());
            // The client blocks, and whoever hears of the signal must not.
            std::thread::spawn(move || {
                let asked = server
                    .client()
                    .and_then(|mut client| Ok(client.send("POST", &path, None, READ)?));
                match asked {
                    Ok(answer) if answer.status < 300 => {}
                    Ok(answer) => {
                        tracing::warn!("the run {run} is not cancelled: {}", answer.status);
                    }
                    Err(error) => tracing::warn!("the run {run} cannot be cancelled: {error}"),
                }
            });
        })));
        if self.stop.is_wanted() {
            // The signal came before there was a run to cancel.
            self.stop.cancel();
        }
    }

    /// Shows the events after this one, until the run ends.
    fn follow(&mut self, run: RunId, mut last: u64) -> Result<Ended, RemoteError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct OfRun {
            run_id: Option<RunId>,
            result: PairResult,
        }
        let mut results = Vec::new();
        let mut tries = 0;
        let lost = |server: &RemoteServer, reason: String| RemoteError::Lost {
            address: server.address.clone(),
            run,
            reason,
        };
        let server = self.session.server.clone();
        loop {
            let path = format!("{}/events?after={last}", self.session.path);
            let opened = self.session.client.listen(&path);
            let mut events = opened.map_err(|error| lost(&server, error.to_string()))?;
            let reason = loop {
                let event = match events.wait() {
                    Ok(event) => event,
                    Err(error) => break error.to_string(),
                };
                (last, tries) = (event.number, 0);
                self.live.show(StoredEvent {
                    sequence: event.number,
                    // The stream does not say when it happened; it has just happened.
                    at: seconds(std::time::SystemTime::now()),
                    run: None,
                    name: &event.name,
                    body: &event.data,
                });
                let strange = |error| self.session.strange(event.name.clone(), error);
                match event.name.as_str() {
                    "result" => {
                        let of: OfRun = serde_json::from_str(&event.data).map_err(strange)?;
                        if of.run_id == Some(run) {
                            results.push(Arc::new(of.result));
                        }
                    }
                    "runEnded" => {
                        let ended: RunInfo = serde_json::from_str(&event.data).map_err(strange)?;
                        if ended.id == run {
                            self.live.flush();
                            return Ok(Ended {
                                run: ended,
                                results,
                            });
                        }
                    }
                    _ => {}
                }
                if !events.has_more() {
                    self.live.flush();
                }
            };
            // The stream may have broken off while the server goes on.
            tries += 1;
            if tries > TRIES {
                return Err(lost(&server, reason));
            }
        }
    }
}
