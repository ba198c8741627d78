//! How long the names in an answer are. They are repeated in every message and event about what
//! they name.

use super::bindings::service::{Description, GrantRequest};
use super::bindings::types::{
    ActionCondition, Attribute, AttributeKind, Change, DataOwner, Instance, Plugin, StopTest,
};

pub(super) trait LongestName {
    /// Bytes of the longest name in it.
    fn longest(&self) -> usize;
}

impl LongestName for Description {
    fn longest(&self) -> usize {
        let own = [&self.name, &self.version].into_iter().chain(&self.hosts);
        let settings = self.settings.iter().map(|setting| &setting.name);
        let grants = self.grants.iter().map(|grant| match grant {
            GrantRequest::Folder(folder) => &folder.path,
            GrantRequest::Host(host) => &host.name,
            GrantRequest::Address(name) | GrantRequest::Environment(name) => name,
        });
        let all = own.chain(settings).chain(grants);
        all.map(String::len).max().unwrap_or(0)
    }
}

impl LongestName for Change {
    fn longest(&self) -> usize {
        let value = |owner: &DataOwner, key: &str| match owner {
            DataOwner::Context => key.len(),
            DataOwner::Instance(id) => key.len().max(id.len()),
        };
        match self {
            Change::InstanceAdded(instance) => instance.longest(),
            Change::InstanceRemoved(id) => id.len(),
            Change::MembersSet(set) => set.instance.len(),
            Change::SelectionSet(set) => {
                let families = set.selection.families.iter().map(String::len);
                families.max().unwrap_or(0).max(set.instance.len())
            }
            Change::DataSet(set) => value(&set.owner, &set.key),
            Change::DataRemoved(removed) => value(&removed.owner, &removed.key),
            Change::PluginActivated(activated) => activated.plugin.len(),
            Change::PluginsChanged(plugins) => {
                plugins.iter().map(LongestName::longest).max().unwrap_or(0)
            }
            Change::TargetsSet(targets) => targets.iter().map(String::len).max().unwrap_or(0),
            Change::StopTestSet(StopTest::Pyblish) => 0,
            Change::StopTestSet(StopTest::Host(stops)) => {
                let plugins = stops.iter().map(|stop| stop.plugin.len());
                plugins.max().unwrap_or(0)
            }
        }
    }
}

impl LongestName for Instance {
    fn longest(&self) -> usize {
        let keys = self.data.iter().map(|datum| datum.key.len());
        keys.max()
            .unwrap_or(0)
            .max(self.id.len())
            .max(self.name.len())
    }
}

impl LongestName for Plugin {
    fn longest(&self) -> usize {
        let own = [&self.id, &self.name, &self.base].into_iter();
        let optional = [&self.label, &self.category, &self.requires, &self.file];
        let lists = [&self.families, &self.hosts, &self.targets];
        let actions = self.actions.iter().flat_map(|action| {
            let word = match &action.condition {
                ActionCondition::Unknown(word) => Some(word),
                _ => None,
            };
            let own = [&action.id, &action.label].into_iter();
            own.chain(&action.icon).chain(word)
        });
        let all = own
            .chain(optional.into_iter().flatten())
            .chain(lists.into_iter().flatten())
            .chain(actions);
        all.map(String::len).max().unwrap_or(0)
    }
}

impl LongestName for Attribute {
    fn longest(&self) -> usize {
        let choices = match &self.kind {
            AttributeKind::Choice(choices) | AttributeKind::Choices(choices) => choices.as_slice(),
            _ => &[],
        };
        let labels = choices.iter().filter_map(|choice| choice.label.as_ref());
        let all = [Some(&self.key), self.label.as_ref(), self.group.as_ref()];
        let all = all.into_iter().flatten().chain(labels);
        all.map(String::len).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::bindings::types::{
        DataRemoved, DataSet, Datum, MatchAlgorithm, MembersSet, PluginActivated, Scope, Selection,
        SelectionSet, Value,
    };
    use super::*;

    #[test]
    fn each_name_counts() {
        let instance = |id: &str, name: &str, key: &str| {
            Change::InstanceAdded(Instance {
                id: id.into(),
                name: name.into(),
                data: vec![Datum {
                    key: key.into(),
                    value: Value::Text("a value is no name".into()),
                }],
                members: vec!["neither is a member".into()],
                selection: None,
            })
        };
        let set = |instance: &str, key: &str| {
            Change::DataSet(DataSet {
                owner: DataOwner::Instance(instance.into()),
                key: key.into(),
                value: Value::Text("a value".into()),
            })
        };
        let selected = |instance: &str, family: &str| {
            Change::SelectionSet(SelectionSet {
                instance: instance.into(),
                selection: Selection {
                    families: vec![family.into()],
                    skipped: false,
                },
            })
        };
        for long in [
            instance("long", "a", "b"),
            instance("a", "long", "b"),
            instance("a", "b", "long"),
            Change::InstanceRemoved("long".into()),
            Change::MembersSet(MembersSet {
                instance: "long".into(),
                members: vec!["a member".into()],
            }),
            Change::PluginActivated(PluginActivated {
                plugin: "long".into(),
                active: true,
            }),
            selected("long", "a"),
            selected("a", "long"),
            set("long", "a"),
            set("a", "long"),
            Change::DataRemoved(DataRemoved {
                owner: DataOwner::Context,
                key: "long".into(),
            }),
        ] {
            assert_eq!(long.longest(), 4);
        }
    }

    #[test]
    fn each_name_of_a_plugin_counts() {
        let plugin = || Plugin {
            id: String::new(),
            name: String::new(),
            label: None,
            doc: Some("a text is no name".into()),
            version: Vec::new(),
            order: 0.0,
            families: Vec::new(),
            hosts: Vec::new(),
            targets: Vec::new(),
            matching: MatchAlgorithm::Exact,
            optional: false,
            active: true,
            processes: Scope::empty(),
            repairs: Scope::empty(),
            actions: Vec::new(),
            base: String::new(),
            file: None,
            category: None,
            requires: None,
        };
        let long = || "long".to_owned();
        let changes: [fn(&mut Plugin, String); 9] = [
            |it, long| it.id = long,
            |it, long| it.name = long,
            |it, long| it.label = Some(long),
            |it, long| it.families = vec![long],
            |it, long| it.hosts = vec![long],
            |it, long| it.targets = vec![long],
            |it, long| it.base = long,
            |it, long| it.file = Some(long),
            |it, long| it.category = Some(long),
        ];
        for change in changes {
            let mut changed = plugin();
            change(&mut changed, long());
            assert_eq!(changed.longest(), 4);
        }
    }
}
