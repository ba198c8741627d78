//! A validator that can be left out for an instance, with a reason.

use std::rc::Rc;

use pyblish_sdk::{
    Action, ActionCondition, Instance, InstancePlugin, Meta, Repair, Result, Target, fail, log,
};

use super::name::UNDO;
use crate::config::Config;
use crate::exception::{self, APPLIED, Reasons, SAID};
use crate::name::show;

/// The id of the action with which an artist says that something is meant.
const ACCEPT: &str = "accept";

/// A validator that asks for exceptions first.
pub struct Excepted<P> {
    pub config: Rc<Config>,
    pub name: &'static str,
    pub plugin: P,
}

impl<P: InstancePlugin> InstancePlugin for Excepted<P> {
    fn meta(&self) -> Meta {
        let mut meta = self.plugin.meta();
        let exceptions = &self.config.exceptions;
        if exceptions.is_optional(self.name) {
            meta = meta.optional();
        }
        if exceptions.may_allow(self.name) {
            let action = Action::new(ACCEPT, "It is meant: leave this check out here");
            meta = meta.action(action.on(ActionCondition::Failed));
        }
        meta
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let reason = self.config.exceptions.reason(self.name, instance);
        note(instance, self.name, reason.as_deref());
        if let Some(reason) = reason {
            log::warn!(
                "{} was left out for {}: {}",
                self.name,
                show(instance.name()),
                show(&reason)
            );
            return Ok(());
        }
        if exception::said(instance, self.name).is_some() {
            log::warn!(
                "{} is not left out for {}, because it is not optional here: the studio's setting \
                 optional does not name it",
                self.name,
                show(instance.name())
            );
        }
        let done = self.plugin.process(instance);
        let key = (self.name, instance.id().to_owned());
        match done.is_err() {
            true => self.config.failed.borrow_mut().insert(key),
            false => self.config.failed.borrow_mut().remove(&key),
        };
        done
    }

    /// As in Pyblish, an action without an instance is meant for those that failed.
    fn act(&self, action: &str, target: Target<'_>) -> Result {
        let context = match target {
            Target::Instance(instance) => return self.act_on(action, instance),
            Target::Context(context) if action == UNDO => {
                return self.plugin.act(action, Target::Context(context));
            }
            Target::Context(context) => context,
        };
        let is_failed = |id: &String| {
            let failed = self.config.failed.borrow();
            failed.contains(&(self.name, id.clone()))
        };
        let failed: Vec<String> = context.ids().into_iter().filter(is_failed).collect();
        if failed.is_empty() {
            fail!("{} failed on no instance: run it first", self.name);
        }
        for id in failed {
            // An action can collect again, and then there are other instances.
            if let Some(instance) = context.instance(&id) {
                self.act_on(action, instance)?;
            }
        }
        Ok(())
    }
}

impl<P: InstancePlugin> Excepted<P> {
    fn act_on(&self, action: &str, mut instance: Instance<'_>) -> Result {
        if action != ACCEPT {
            return self.plugin.act(action, Target::Instance(instance));
        }
        if !self.config.exceptions.allow(self.name, &instance) {
            fail!(
                "{} is not optional for {}: ask the studio to name it in the setting optional, or \
                 mend the files",
                self.name,
                show(instance.name())
            );
        }
        let mut said: Reasons = instance.get(SAID).unwrap_or_default();
        let reason = format!("accepted by {}", self.config.user);
        said.insert(self.name.to_owned(), reason);
        instance.set(SAID, serde_json::to_value(said)?);
        Ok(())
    }
}

impl<P: Repair> Repair for Excepted<P> {
    fn repair(&self, instance: &mut Instance) -> Result {
        self.plugin.repair(instance)
    }
}

/// Keeps what applied for `publish.json`.
fn note(instance: &mut Instance, plugin: &str, reason: Option<&str>) {
    let mut applied: Reasons = instance.get(APPLIED).unwrap_or_default();
    let before = applied.clone();
    match reason {
        Some(reason) => applied.insert(plugin.into(), reason.into()),
        None => applied.remove(plugin),
    };
    if applied != before {
        match applied.is_empty() {
            true => instance.unset(APPLIED),
            false => instance.set(APPLIED, serde_json::json!(applied)),
        }
    }
}
