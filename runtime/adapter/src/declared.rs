//! What users can set for plug-ins, as an adapter declared it (`work`, `call.declare`). It becomes a
//! part of each plug-in that is described afterwards.

use std::collections::HashMap;

use super::answer_budget::{AnswerBudget, BadAnswer};
use super::bindings::types;
use super::convert;
use super::limits::{AdapterLimits, Limit};
use super::longest_name::LongestName;
use pyblish_model::{Attribute, Change, Plugin, PluginId};

/// The attributes of plug-ins.
#[derive(Default)]
pub(super) struct Declared {
    attributes: HashMap<PluginId, Vec<Attribute>>,
    /// What may still be declared: all of it counts as one answer.
    room: Option<AnswerBudget>,
}

impl Declared {
    /// Takes what was declared for a plug-in, in place of what was declared for it before.
    pub(super) fn add(
        &mut self,
        plugin: types::PluginId,
        attributes: Vec<types::Attribute>,
        limits: &AdapterLimits,
    ) -> Result<(), BadAnswer> {
        let room = self.room.get_or_insert_with(|| AnswerBudget::of(limits));
        room.take(0)?;
        let longest = attributes.iter().map(LongestName::longest).max();
        if longest.unwrap_or(0).max(plugin.len()) > limits.count(Limit::Names) {
            return Err(BadAnswer::Limit(Limit::Names));
        }
        let attributes = attributes.into_iter();
        let converted = attributes.map(|attribute| convert::attribute(attribute, room));
        let converted = converted.collect::<Result<_, _>>()?;
        self.attributes.insert(PluginId(plugin.into()), converted);
        Ok(())
    }

    /// Adds the attributes to plug-ins.
    pub(super) fn describe(&self, plugins: &mut [Plugin]) {
        for plugin in plugins {
            if let Some(attributes) = self.attributes.get(&plugin.id) {
                plugin.attributes.clone_from(attributes);
            }
        }
    }

    /// Adds the attributes to the plug-ins that these changes describe anew.
    pub(super) fn complete(&self, changes: &mut [Change]) {
        if self.attributes.is_empty() {
            return;
        }
        for change in changes {
            if let Change::PluginsChanged { plugins } = change {
                self.describe(plugins);
            }
        }
    }
}
