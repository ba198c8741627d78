//! How far instances are, stage by stage: by the latest result of each plug-in that is for them.

use std::collections::HashMap;

use crate::snapshot::Snapshot;
use crate::states::StageState;
use crate::tally::Tally;
use pyblish_model::{Instance, JsonText, Plugin};
use pyblish_rules::{Stage, families_match, session_targets, targets_match};

/// Finds the stages of the instances of a snapshot. Many instances have the same families, so the
/// plug-ins of each set of families are found once.
pub struct InstanceStages<'a> {
    /// Those that take part in a publish, in their order.
    plugins: Vec<&'a Plugin>,
    tally: &'a Tally,
    /// The positions in `plugins` of those for instances of these families.
    by_families: HashMap<String, Vec<usize>>,
}

impl<'a> InstanceStages<'a> {
    /// Of the instances of this snapshot, with the tally of its results.
    pub fn of(snapshot: &'a Snapshot, tally: &'a Tally) -> Self {
        let targets = session_targets(&[], &snapshot.targets);
        let plugins = snapshot.plugins.iter();
        let takes_part = |plugin: &&Plugin| plugin.active && targets_match(plugin, &targets);
        InstanceStages {
            plugins: plugins.filter(takes_part).collect(),
            tally,
            by_families: HashMap::new(),
        }
    }

    /// The stages that have plug-ins for the instance. It is collected, because it is there.
    pub fn find(&mut self, instance: &Instance) -> Vec<(Stage, StageState)> {
        let key = families_key(instance);
        let plugins = &self.plugins;
        let places = self.by_families.entry(key).or_insert_with(|| {
            let is_for = |plugin: &Plugin| {
                // No plug-in is for families that cannot be read.
                (plugin.processes.instance || plugin.processes.context)
                    && families_match(plugin, instance).unwrap_or(false)
            };
            let places = plugins.iter().enumerate();
            let places = places.filter(|(_, plugin)| is_for(plugin));
            places.map(|(place, _)| place).collect()
        });
        let mut stages = vec![(Stage::Collect, StageState::Done)];
        for place in places.iter() {
            let plugin = self.plugins[*place];
            let on = plugin.processes.instance.then_some(&instance.id);
            let mut state = self.tally.pair(&plugin.id, on);
            let stage = Stage::of(plugin.order);
            if stage == Stage::Collect && state == StageState::Pending {
                // A collector may have run before there was the instance.
                state = StageState::Done;
            }
            match stages.last_mut() {
                Some((last, worst)) if *last == stage => *worst = together(*worst, state),
                _ => stages.push((stage, state)),
            }
        }
        stages
    }
}

/// The worse of the two.
fn together(one: StageState, other: StageState) -> StageState {
    match (one, other) {
        (StageState::Failed, _) | (_, StageState::Failed) => StageState::Failed,
        (StageState::Pending, _) | (_, StageState::Pending) => StageState::Pending,
        (StageState::Done, StageState::Done) => StageState::Done,
    }
}

/// A text that is the same for instances whose families are read alike.
fn families_key(instance: &Instance) -> String {
    let text = |key: &str| instance.data.get(key).map(JsonText::text);
    let told = instance.selection.as_deref().map(|it| &it.families);
    format!("{told:?} {:?} {:?}", text("family"), text("families"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::fixtures;
    use crate::mirror::Mirror;
    use pyblish_adapter::AdapterLimits;
    use pyblish_model::{Data, Failure, InstanceId, Mode, PairResult, PluginId, Scope};

    fn plugin(name: &str, order: f64, families: &[&str], on_instances: bool) -> Plugin {
        Plugin {
            order,
            families: families.iter().map(|&name| name.into()).collect(),
            targets: vec!["default".into()],
            processes: Scope {
                context: !on_instances,
                instance: on_instances,
            },
            ..fixtures::plugin(name)
        }
    }

    fn result(plugin: &str, instance: Option<&str>, mode: Mode, success: bool) -> PairResult {
        PairResult {
            plugin_id: Some(PluginId(plugin.into())),
            plugin: plugin.into(),
            instance_id: instance.map(|id| InstanceId(id.into())),
            instance: instance.map(Into::into),
            mode,
            failure: (!success).then(|| Failure::new("Error", "no")),
            records: Vec::new(),
            started: 0.0,
            duration: 0.0,
        }
    }

    #[test]
    fn stages_follow_the_results() {
        let mut snapshot = Mirror::new(&AdapterLimits::default(), 10).snapshot();
        let mut off = plugin("Off", 1.0, &["*"], true);
        off.active = false;
        snapshot.plugins = Arc::from([
            plugin("Collect", 0.0, &["*"], false),
            plugin("Name", 1.0, &["shot"], true),
            off,
            plugin("Size", 1.1, &["*"], true),
            plugin("Other", 2.0, &["asset"], true),
            plugin("Deliver", 3.0, &["*"], false),
        ]);
        let data: Data = serde_json::from_value(json!({"family": "shot"})).unwrap();
        let instance = Instance {
            id: InstanceId("a".into()),
            name: "a".into(),
            data,
            members: Vec::new(),
            selection: None,
        };
        let mut tally = Tally::default();
        let stages = |tally: &Tally| {
            let found = InstanceStages::of(&snapshot, tally).find(&instance);
            let found = found.into_iter();
            found
                .map(|(stage, state)| format!("{} {}", stage.name(), state.name()))
                .collect::<Vec<_>>()
        };
        // After each result: the states of validation and of integration. There is no plug-in that
        // extracts it.
        for (result, validate, integrate) in [
            (
                result("Collect", None, Mode::Process, true),
                "pending",
                "pending",
            ),
            (
                result("Name", Some("a"), Mode::Process, false),
                "failed",
                "pending",
            ),
            (
                result("Size", Some("a"), Mode::Process, true),
                "failed",
                "pending",
            ),
            (
                result("Name", Some("a"), Mode::Repair, true),
                "pending",
                "pending",
            ),
            (
                result("Name", Some("a"), Mode::Process, true),
                "done",
                "pending",
            ),
            (result("Deliver", None, Mode::Process, true), "done", "done"),
        ] {
            tally.count(&result);
            let expected = [
                "collect done".to_owned(),
                format!("validate {validate}"),
                format!("integrate {integrate}"),
            ];
            assert_eq!(stages(&tally), expected, "{result:?}");
        }
    }
}
