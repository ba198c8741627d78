//! A run that collects again what was collected already.

use std::collections::HashSet;
use std::time::SystemTime;

use crate::snapshot::Snapshot;
use pyblish_model::{Level, Plugin, Record, seconds};
use pyblish_rules::{RunOptions, Stage};

/// The warning that a run with these options collects on top of what is in the context, if it does:
/// a collector that it sees has run since the last reset. As in Pyblish it runs again, and most
/// collectors then add each instance a second time.
pub(crate) fn warning(now: &Snapshot, options: &RunOptions) -> Option<Record> {
    if now.context.instances.is_empty() {
        return None;
    }
    let is_collector = |plugin: &&Plugin| {
        plugin.active && Stage::of(plugin.order) == Stage::Collect && options.sees_plugin(plugin)
    };
    let again = now.results.tally(|tally| {
        let ran: HashSet<_> = tally.plugins().map(|(id, _)| id).collect();
        let mut collectors = now.plugins.iter().filter(is_collector);
        let again = collectors.find(|plugin| ran.contains(&plugin.id));
        again.map(|plugin| plugin.name.clone())
    })?;
    Some(Record {
        level: Level::WARNING,
        message: format!(
            "{again} has run since the last reset, and collects again on top of what is there: \
             reset the session first, or leave the collectors out of the run"
        ),
        logger: "pyblish-endpoint".into(),
        location: None,
        traceback: None,
        created: seconds(SystemTime::now()),
    })
}
