//! One plug-in on one instance, or on the context: begins it, and keeps its result.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use crate::journal::Journal;
use crate::monitor::Monitor;
use pyblish_model::{
    Failure, Instance, InstanceId, Mode, Pair, PairResult, Plugin, PluginId, RunId, seconds,
};
use pyblish_rules::Stage;

/// A pair that is being processed.
#[derive(Debug)]
pub(crate) struct StartedPair {
    pair: Arc<Pair>,
    mode: Mode,
    stage: Stage,
    /// Seconds since 1970-01-01 UTC.
    started: f64,
    clock: Instant,
}

impl StartedPair {
    /// Begins a pair, and records that. `instance` is none for the context, `run` for a pair that
    /// belongs to no run.
    pub(crate) fn begin(
        plugin: &Plugin,
        instance: Option<&Instance>,
        mode: Mode,
        run: Option<RunId>,
        started: SystemTime,
        journal: &Journal,
        monitor: &Monitor,
    ) -> Self {
        let pair = Arc::new(Pair {
            plugin: plugin.id.clone(),
            plugin_name: plugin.name.clone(),
            instance: instance.map(|instance| instance.id.clone()),
            instance_name: instance.map(|instance| instance.name.clone()),
            run,
        });
        monitor.begin_pair(pair.clone());
        let started = seconds(started);
        journal.pair_started(pair.clone(), started);
        StartedPair {
            pair,
            mode,
            stage: Stage::of(plugin.order),
            started,
            clock: Instant::now(),
        }
    }

    pub(crate) fn plugin(&self) -> &PluginId {
        &self.pair.plugin
    }

    pub(crate) fn instance(&self) -> Option<&InstanceId> {
        self.pair.instance.as_ref()
    }

    /// Keeps the result of the pair. `duration` is how long it took, in milliseconds, where the
    /// adapter knows it.
    pub(crate) fn finish(
        self,
        failure: Option<Failure>,
        duration: Option<f64>,
        journal: &mut Journal,
        monitor: &Monitor,
    ) -> Arc<PairResult> {
        let measured = || self.clock.elapsed().as_secs_f64() * 1000.0;
        let result = Arc::new(PairResult {
            plugin_id: Some(self.pair.plugin.clone()),
            plugin: self.pair.plugin_name.clone(),
            instance_id: self.pair.instance.clone(),
            instance: self.pair.instance_name.clone(),
            mode: self.mode,
            failure,
            records: monitor.end(),
            started: self.started,
            duration: duration.unwrap_or_else(measured),
        });
        journal.add_result(result.clone(), self.pair.run, Some(self.stage));
        result
    }
}
