use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Context, InstanceId, Plugin, PluginId};
use crate::publish;

/// A run as it is while a pair of it is at work: enough to say what comes next. Cheap to make and to clone, for hardly
/// any adapter asks.
#[derive(Debug, Clone)]
pub(super) struct Upcoming {
    pub plan: publish::Run,
    /// Those that the plan was made with.
    pub plugins: Arc<[Plugin]>,
    pub context: Arc<Context>,
    /// The plug-ins, each as active as it is now.
    pub now: Arc<[Plugin]>,
    /// What is not done again, for the run that this one continues has done it.
    pub done: Arc<Done>,
}

/// Pairs that are done, and whether they succeeded.
pub(super) type Done = HashMap<(PluginId, Option<InstanceId>), bool>;

impl Upcoming {
    /// The pairs that come next, at most so many: up to one that is done already, which may have failed, or whose
    /// instance is gone.
    pub(super) fn pairs(&self, limit: usize) -> Vec<(PluginId, Option<InstanceId>)> {
        let active = |plugin: &Plugin| is_active(&self.now, plugin);
        let pairs = self.plan.upcoming(&self.context, active);
        let pairs = pairs.map(|(plugin, instance)| (self.plugins[plugin].id.clone(), instance));
        // They come in the context's order, so each is found right behind the one before it.
        let all = &self.context.instances;
        let mut place = 0;
        let mut is_there = |id: &InstanceId| {
            let found = (place..all.len())
                .chain(0..place)
                .find(|&place| &all[place].id == id);
            place = found.unwrap_or(place);
            found.is_some()
        };
        let is_to_do = |pair: &(PluginId, Option<InstanceId>)| {
            !self.done.contains_key(pair) && pair.1.as_ref().is_none_or(&mut is_there)
        };
        pairs.take_while(is_to_do).take(limit).collect()
    }
}

/// Whether a plug-in takes part now.
pub(super) fn is_active(now: &[Plugin], plugin: &Plugin) -> bool {
    let mut known = now.iter().filter(|known| known.id == plugin.id);
    known.next().is_some_and(|known| known.active)
}
