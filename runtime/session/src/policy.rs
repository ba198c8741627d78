//! What a studio decides about plug-ins without touching their code: which are switched off, which
//! are optional, in which order they run, and the defaults of their attributes.
//!
//! A rule names plug-ins by patterns, and may hold only for some hosts, families, projects or tasks.
//! It is applied when plug-ins are discovered, and to each plug-in that an adapter describes anew,
//! so every frontend sees the same plug-ins. The project and the task are those of the context
//! (`project`, `task`). Where collectors set them, a rule for them holds from then on: it cannot
//! change the order of a run under way.
//!
//! Of two rules for one plug-in the later one wins.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use pyblish_model::{Context, JsonText, Plugin, PolicyChange};
use pyblish_rules::wrong_value;
use wildmatch::WildMatch;

/// The rules, the weakest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy {
    /// The rules.
    pub rules: Vec<PolicyRule>,
}

/// A rule. An empty list of names is no condition. In a name, `*` stands for any characters, and `?`
/// for one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PolicyRule {
    /// The names of the plug-ins' classes.
    pub plugins: Vec<String>,
    /// Names of hosts.
    pub hosts: Vec<String>,
    /// Families that a plug-in is for.
    pub families: Vec<String>,
    /// Projects.
    pub projects: Vec<String>,
    /// Tasks.
    pub tasks: Vec<String>,
    /// Whether the plug-in takes part.
    pub active: Option<bool>,
    /// Whether users may switch it off.
    pub optional: Option<bool>,
    /// Its order.
    pub order: Option<f64>,
    /// Defaults of attributes that the plug-in declares, by their keys.
    pub attributes: BTreeMap<String, JsonText>,
    /// Why, for the report.
    pub reason: Option<String>,
    /// Where the rule is written.
    pub source: String,
}

/// What the conditions of rules are compared with.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PolicyPlace {
    pub(crate) hosts: Vec<String>,
    project: Option<String>,
    task: Option<String>,
}

impl PolicyPlace {
    pub(crate) fn of(hosts: &[String], context: &Context) -> Self {
        let text = |key: &str| {
            let value = context.data.get(key).and_then(JsonText::as_str);
            value.map(Cow::into_owned)
        };
        PolicyPlace {
            hosts: hosts.to_vec(),
            project: text("project"),
            task: text("task"),
        }
    }
}

impl Policy {
    /// Changes a plug-in as the rules say. Returns what is different then.
    pub(crate) fn apply(&self, plugin: &mut Plugin, place: &PolicyPlace) -> Vec<PolicyChange> {
        let mut changes: Vec<PolicyChange> = Vec::new();
        let mut changed = |rule: &PolicyRule, change: String| {
            changes.push(PolicyChange {
                plugin: plugin.name.clone(),
                change,
                reason: rule.reason.clone(),
                source: rule.source.clone(),
            });
        };
        let rules = || self.rules.iter().filter(|rule| rule.is_for(plugin, place));
        let active = rules()
            .filter_map(|rule| Some((rule, rule.active?)))
            .next_back();
        let optional = rules()
            .filter_map(|rule| Some((rule, rule.optional?)))
            .next_back();
        let order = rules()
            .filter_map(|rule| Some((rule, rule.order?)))
            .next_back();
        if let Some((rule, active)) = active
            && active != plugin.active
        {
            let word = if active { "on" } else { "off" };
            changed(rule, format!("switched {word}"));
        }
        if let Some((rule, optional)) = optional
            && optional != plugin.optional
        {
            let word = if optional { "optional" } else { "mandatory" };
            changed(rule, word.into());
        }
        if let Some((rule, order)) = order
            && order != plugin.order
        {
            changed(rule, format!("order {order} instead of {}", plugin.order));
        }
        let mut attributes = plugin.attributes.clone();
        for attribute in &mut attributes {
            let key = &attribute.key;
            let default = rules()
                .filter_map(|rule| Some((rule, rule.attributes.get(key)?)))
                .next_back();
            let Some((rule, default)) = default else {
                continue;
            };
            if attribute.default.as_ref() == Some(default) {
                continue;
            }
            match wrong_value(attribute, default) {
                None => {
                    changed(rule, format!("{key} is {default} unless set"));
                    attribute.default = Some(default.clone());
                }
                Some(why) => {
                    changed(rule, format!("{key} keeps its default: it {why}"));
                }
            }
        }
        plugin.attributes = attributes;
        plugin.active = active.map_or(plugin.active, |(_, active)| active);
        plugin.optional = optional.map_or(plugin.optional, |(_, optional)| optional);
        plugin.order = order.map_or(plugin.order, |(_, order)| order);
        changes
    }
}

impl PolicyRule {
    fn is_for(&self, plugin: &Plugin, place: &PolicyPlace) -> bool {
        let one = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
        matches(&self.plugins, std::slice::from_ref(&plugin.name))
            && matches(&self.hosts, &place.hosts)
            && matches(&self.families, &plugin.families)
            && matches(&self.projects, &one(&place.project))
            && matches(&self.tasks, &one(&place.task))
    }
}

/// Whether one of the values fits one of the patterns, or there is no pattern.
fn matches(patterns: &[String], values: &[impl AsRef<str>]) -> bool {
    let fits = |pattern: &String| {
        let pattern = WildMatch::new(pattern);
        values.iter().any(|value| pattern.matches(value.as_ref()))
    };
    patterns.is_empty() || patterns.iter().any(fits)
}

/// The policy of a session, and what it has changed since plug-ins were discovered.
#[derive(Debug, Default)]
pub(crate) struct AppliedPolicy {
    policy: Arc<Policy>,
    place: PolicyPlace,
    changes: Vec<PolicyChange>,
}

impl AppliedPolicy {
    pub(crate) fn new(policy: Arc<Policy>) -> Self {
        AppliedPolicy {
            policy,
            ..AppliedPolicy::default()
        }
    }

    /// Changes plug-ins that were discovered now.
    pub(crate) fn discovered(
        &mut self,
        plugins: &mut [Plugin],
        hosts: &[String],
        context: &Context,
    ) {
        self.changes.clear();
        self.place = PolicyPlace::of(hosts, context);
        self.described(plugins);
    }

    /// Changes plug-ins that the adapter has described anew.
    pub(crate) fn described(&mut self, plugins: &mut [Plugin]) {
        for plugin in plugins {
            for change in self.policy.apply(plugin, &self.place) {
                if !self.changes.contains(&change) {
                    self.changes.push(change);
                }
            }
        }
    }

    /// The plug-ins that are different because the context names another project or task now.
    pub(crate) fn moved(&mut self, context: &Context, plugins: &[Plugin]) -> Vec<Plugin> {
        if self.policy.rules.is_empty() {
            return Vec::new();
        }
        let place = PolicyPlace::of(&self.place.hosts, context);
        if place == self.place {
            return Vec::new();
        }
        self.place = place;
        let mut now = plugins.to_vec();
        self.described(&mut now);
        let both = now.into_iter().zip(plugins);
        both.filter(|(now, before)| now != *before)
            .map(|(now, _)| now)
            .collect()
    }

    /// What it has changed.
    pub(crate) fn changes(&self) -> &[PolicyChange] {
        &self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyblish_model::{Attribute, AttributeType};

    fn plugin(name: &str) -> Plugin {
        Plugin {
            families: vec!["model".into()],
            ..crate::fixtures::plugin(name)
        }
    }

    fn rule(plugins: &str) -> PolicyRule {
        PolicyRule {
            plugins: vec![plugins.into()],
            source: "site".into(),
            ..PolicyRule::default()
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_rule_changes_what_it_names() {
        let policy = Policy {
            rules: vec![
                PolicyRule {
                    active: Some(false),
                    optional: Some(true),
                    order: Some(1.25),
                    reason: Some("late show".into()),
                    ..rule("Validate*")
                },
                PolicyRule {
                    active: Some(true),
                    ..rule("ValidateCase")
                },
            ],
        };
        let place = PolicyPlace::default();
        let mut changed = plugin("ValidateName");
        let told = policy.apply(&mut changed, &place);
        let words: Vec<_> = told.iter().map(|told| told.change.as_str()).collect();
        assert_eq!(
            words,
            ["switched off", "optional", "order 1.25 instead of 1"]
        );
        assert_eq!(told[0].reason.as_deref(), Some("late show"));
        assert_eq!(
            (changed.active, changed.optional, changed.order),
            (false, true, 1.25)
        );
        // Applied again, it changes nothing.
        assert_eq!(policy.apply(&mut changed, &place), []);
        // The later rule wins.
        let mut case = plugin("ValidateCase");
        policy.apply(&mut case, &place);
        assert!(case.active);
        let mut other = plugin("Extract");
        assert_eq!(policy.apply(&mut other, &place), []);
    }

    #[test]
    fn a_rule_changes_defaults() {
        let rule = PolicyRule {
            attributes: [("tolerance", 5), ("other", 1)]
                .map(|(key, value)| (key.to_owned(), JsonText::of_value(&value)))
                .into(),
            ..rule("Validate*")
        };
        let too_large = PolicyRule {
            attributes: [("tolerance".to_owned(), JsonText::of_value(&11))].into(),
            ..rule.clone()
        };
        let declared = Plugin {
            attributes: vec![Attribute {
                key: "tolerance".into(),
                kind: AttributeType::Number,
                maximum: Some(10.0),
                ..Attribute::default()
            }],
            ..plugin("ValidateFrames")
        };
        let place = PolicyPlace::default();
        let applied = |rule: &PolicyRule| {
            let mut plugin = declared.clone();
            let rules = vec![rule.clone()];
            let told = Policy { rules }.apply(&mut plugin, &place);
            (plugin.attributes[0].default.clone(), told)
        };
        let (default, told) = applied(&rule);
        assert_eq!(default, Some(JsonText::of_value(&5)));
        assert_eq!(told[0].change, "tolerance is 5 unless set");
        let (default, told) = applied(&too_large);
        assert_eq!(default, None);
        assert_eq!(
            told[0].change,
            "tolerance keeps its default: it must be at most 10, and not 11"
        );
    }

    #[test]
    fn each_condition_must_hold() {
        let place = PolicyPlace {
            hosts: names(&["blender"]),
            project: Some("bunny".into()),
            task: None,
        };
        let holds = |change: fn(&mut PolicyRule)| {
            let mut rule = rule("*");
            change(&mut rule);
            rule.is_for(&plugin("Validate"), &place)
        };
        assert!(holds(|_| {}));
        assert!(holds(|rule| rule.hosts = names(&["maya", "blend*"])));
        assert!(!holds(|rule| rule.hosts = names(&["maya"])));
        assert!(holds(|rule| rule.families = names(&["model"])));
        assert!(!holds(|rule| rule.families = names(&["rig"])));
        assert!(holds(|rule| rule.projects = names(&["bun?y"])));
        assert!(!holds(|rule| rule.projects = names(&["bun"])));
        assert!(!holds(|rule| rule.tasks = names(&["anim"])));
    }
}
