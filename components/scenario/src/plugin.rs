//! One plug-in of a scenario: its description, and its steps for each kind of target.

use pyblish_sdk::{
    Action, ActionCondition, Context, MatchAlgorithm, Meta, Plugin, Result, Target, fail,
};
use serde::Deserialize;
use serde_json::Value;

use crate::attribute::{self, AttributeFields};
use crate::play::{Part, play};
use crate::roster::Roster;
use crate::step::{Scope, Step};

/// A plug-in that plays its steps.
pub(crate) struct Played {
    pub name: String,
    pub meta: Meta,
    context: Vec<Step>,
    instance: Vec<Step>,
    repair_context: Vec<Step>,
    repair_instance: Vec<Step>,
    /// The id of each action that can be run, and its steps.
    actions: Vec<(String, Vec<Step>)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Fields {
    name: String,
    r#type: Option<String>,
    order: Option<f64>,
    doc: Option<String>,
    label: Option<String>,
    category: Option<String>,
    requires: Option<String>,
    families: Option<Vec<String>>,
    hosts: Option<Vec<String>>,
    targets: Option<Vec<String>>,
    version: Option<Vec<u32>>,
    #[serde(default)]
    r#match: Match,
    #[serde(default)]
    optional: bool,
    active: Option<bool>,
    #[serde(default)]
    actions: Vec<Value>,
    #[serde(default)]
    attributes: Vec<AttributeFields>,
    context: Option<Vec<Value>>,
    instance: Option<Vec<Value>>,
    repair_context: Option<Vec<Value>>,
    repair_instance: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct ActionFields {
    id: Option<String>,
    label: Option<String>,
    icon: Option<String>,
    on: Option<String>,
    #[serde(default)]
    kind: Kind,
    steps: Option<Vec<Value>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Match {
    #[default]
    Intersection,
    Subset,
    Exact,
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Action,
    Separator,
    Category,
}

impl Played {
    /// Checks one plug-in of the file; the error says what is wrong with it.
    pub fn parse(value: Value, file: &str, roster: &Roster) -> Result<Self, String> {
        let fields = Fields::deserialize(value).map_err(|error| error.to_string())?;
        let steps = |values, list: &str, scope| steps(values, list, scope, roster);
        let mut meta = meta(&fields, file)?;
        if fields.context.is_some() {
            meta = meta.processes_context();
        }
        if fields.instance.is_some() {
            meta = meta.processes_instance();
        }
        if fields.repair_context.is_some() {
            meta = meta.repairs_context();
        }
        if fields.repair_instance.is_some() {
            meta = meta.repairs_instance();
        }
        for fields in fields.attributes {
            meta = attribute::declare(meta, fields);
        }
        let mut actions: Vec<(String, Vec<Step>)> = Vec::new();
        let mut ids: Vec<String> = Vec::new();
        for (index, value) in fields.actions.into_iter().enumerate() {
            let place = format!("action {}", index + 1);
            let wrong = |problem: String| format!("{place}: {problem}");
            let fields = ActionFields::deserialize(value).map_err(|e| wrong(e.to_string()))?;
            let (action, id) = action(&fields, index).map_err(wrong)?;
            if ids.contains(&id) {
                return Err(wrong(format!("another action has the id {id:?}")));
            }
            ids.push(id.clone());
            meta = meta.action(action);
            if fields.kind == Kind::Action {
                let steps = steps(fields.steps, &place, Scope::Context)?;
                actions.push((id, steps));
            }
        }
        Ok(Played {
            meta,
            context: steps(fields.context, "context", Scope::Context)?,
            instance: steps(fields.instance, "instance", Scope::Instance)?,
            repair_context: steps(fields.repair_context, "repairContext", Scope::Context)?,
            repair_instance: steps(fields.repair_instance, "repairInstance", Scope::Instance)?,
            actions,
            name: fields.name,
        })
    }

    fn play(&self, steps: &[Step], list: &str, context: &mut Context, id: Option<&str>) -> Result {
        let part = Part {
            plugin: &self.name,
            list,
        };
        play(steps, &part, context, id)
    }
}

impl Plugin for Played {
    fn meta(&self) -> Meta {
        self.meta.clone()
    }

    /// A plug-in without steps for its target does nothing and succeeds.
    fn process(&self, target: Target<'_>) -> Result {
        let (context, instance) = whole(target);
        let (steps, list) = match instance {
            None => (&self.context, "context"),
            Some(_) => (&self.instance, "instance"),
        };
        self.play(steps, list, context, instance.as_deref())
    }

    fn repair(&self, target: Target<'_>) -> Result {
        let (context, instance) = whole(target);
        let (steps, list) = match instance {
            None => (&self.repair_context, "repairContext"),
            Some(_) => (&self.repair_instance, "repairInstance"),
        };
        self.play(steps, list, context, instance.as_deref())
    }

    fn act(&self, action: &str, target: Target<'_>) -> Result {
        let Some((id, steps)) = self.actions.iter().find(|(id, _)| id == action) else {
            fail!("the plug-in {} has no action {action:?}", self.name);
        };
        let (context, instance) = whole(target);
        self.play(steps, &format!("action {id}"), context, instance.as_deref())
    }
}

/// The whole context, and the id of the call's instance.
fn whole(target: Target<'_>) -> (&mut Context, Option<String>) {
    match target {
        Target::Context(context) => (context, None),
        Target::Instance(instance) => {
            let id = instance.id().to_owned();
            (instance.into_context(), Some(id))
        }
    }
}

fn meta(fields: &Fields, file: &str) -> Result<Meta, String> {
    let base = fields.r#type.as_deref();
    let order = match (fields.order, base) {
        (Some(order), _) => order,
        (None, Some("Selector" | "Collector")) => 0.0,
        (None, Some("Validator")) => 1.0,
        (None, Some("Extractor")) => 2.0,
        (None, Some("Conformer" | "Integrator")) => 3.0,
        (None, _) => return Err("it has no `order`, and its `type` implies none".into()),
    };
    let default = match (&fields.context, &fields.instance) {
        (Some(_), None) => "ContextPlugin",
        (None, Some(_)) => "InstancePlugin",
        _ => "Plugin",
    };
    let algorithm = match fields.r#match {
        Match::Intersection => MatchAlgorithm::Intersection,
        Match::Subset => MatchAlgorithm::Subset,
        Match::Exact => MatchAlgorithm::Exact,
    };
    let mut meta = Meta::new(&fields.name, order)
        .base(base.unwrap_or(default))
        .matching(algorithm)
        .active(fields.active.unwrap_or(true))
        .version(fields.version.clone().unwrap_or(vec![0, 0, 0]))
        .requires(fields.requires.as_deref().unwrap_or("pyblish>=1"))
        .file(file);
    if fields.optional {
        meta = meta.optional();
    }
    if let Some(doc) = &fields.doc {
        meta = meta.doc(doc);
    }
    if let Some(label) = &fields.label {
        meta = meta.label(label);
    }
    if let Some(category) = &fields.category {
        meta = meta.category(category);
    }
    if let Some(families) = &fields.families {
        meta = meta.families(families);
    }
    if let Some(hosts) = &fields.hosts {
        meta = meta.hosts(hosts);
    }
    if let Some(targets) = &fields.targets {
        meta = meta.targets(targets);
    }
    Ok(meta)
}

fn action(fields: &ActionFields, index: usize) -> Result<(Action, String), String> {
    if fields.kind != Kind::Action && fields.steps.is_some() {
        return Err("only an action has `steps`, a separator or category does nothing".into());
    }
    let id = match (&fields.id, &fields.kind) {
        (Some(id), _) if !id.is_empty() => id.clone(),
        (None, Kind::Separator | Kind::Category) => format!("entry-{}", index + 1),
        _ => return Err("it has no `id`".into()),
    };
    let label = fields.label.clone().unwrap_or_else(|| id.clone());
    let mut action = match fields.kind {
        Kind::Action => Action::new(&id, label),
        Kind::Separator => Action::separator(&id),
        Kind::Category => Action::category(&id, label),
    };
    if let Some(icon) = &fields.icon {
        action = action.icon(icon);
    }
    if let Some(on) = &fields.on {
        action = action.on(condition(on));
    }
    Ok((action, id))
}

/// When an action is offered, by the word of Pyblish for it.
fn condition(word: &str) -> ActionCondition {
    match word {
        "all" => ActionCondition::All,
        "notProcessed" => ActionCondition::NotProcessed,
        "processed" => ActionCondition::Processed,
        "failed" => ActionCondition::Failed,
        "warning" => ActionCondition::Warning,
        "failedOrWarning" => ActionCondition::FailedOrWarning,
        "succeeded" => ActionCondition::Succeeded,
        word => ActionCondition::Unknown(word.into()),
    }
}

fn steps(
    values: Option<Vec<Value>>,
    list: &str,
    scope: Scope,
    roster: &Roster,
) -> Result<Vec<Step>, String> {
    let values = values.unwrap_or_default().into_iter().enumerate();
    values
        .map(|(index, value)| {
            Step::parse(value, scope, roster)
                .map_err(|e| format!("{list}, step {}: {e}", index + 1))
        })
        .collect()
}
