//! Rules that do not hold for some items, each with a reason that is written into `publish.json`.
//!
//! The studio says so in the setting `exceptions`, or lets artists say it: the setting `optional`
//! names the validators, and an artist gives the reason in the data of an instance.

use std::collections::BTreeMap;

use pyblish_sdk::{Failure, Instance, Result};

use crate::leftover::fits;

/// The reasons for the exceptions of an instance, by the name of the validator.
pub type Reasons = BTreeMap<String, String>;

/// The data that holds what an artist said, and what applied.
pub const SAID: &str = "exceptions";
pub const APPLIED: &str = "excepted";

/// The settings `optional` and `exceptions`.
#[derive(Debug, Default)]
pub struct Exceptions {
    optional: Vec<Scope>,
    always: Vec<(Scope, String)>,
}

/// Validators, families and names: `ValidateSequence/imagesequence/preview*`.
#[derive(Debug)]
struct Scope {
    plugin: String,
    family: String,
    name: String,
}

impl Exceptions {
    /// Reads both settings; `known` are the names of all plug-ins.
    pub fn read(optional: &[String], always: &[String], known: &[&str]) -> Result<Self> {
        let optional = optional
            .iter()
            .map(|text| Scope::read("optional", text, known));
        let always = always.iter().map(|text| {
            let (scope, reason) = text.split_once(':').unwrap_or((text, ""));
            if reason.trim().is_empty() {
                return Err(Failure::new(format!(
                    "the setting exceptions has {text:?} without a reason: write it as \
                     \"ValidateSequence/imagesequence/preview*: every fifth frame is rendered\""
                )));
            }
            let scope = Scope::read("exceptions", scope, known)?;
            Ok((scope, reason.trim().to_owned()))
        });
        Ok(Exceptions {
            optional: optional.collect::<Result<_>>()?,
            always: always.collect::<Result<_>>()?,
        })
    }

    /// Whether frontends may offer to leave this validator out for everything.
    pub fn is_optional(&self, plugin: &str) -> bool {
        let mut scopes = self.optional.iter();
        scopes.any(|scope| fits(&scope.plugin, plugin) && scope.family == "*" && scope.name == "*")
    }

    /// Whether an artist may leave this validator out for this instance.
    pub fn allow(&self, plugin: &str, instance: &Instance) -> bool {
        self.optional
            .iter()
            .any(|scope| scope.covers(plugin, instance))
    }

    /// Whether artists may leave this validator out for any instance.
    pub fn may_allow(&self, plugin: &str) -> bool {
        let mut scopes = self.optional.iter();
        scopes.any(|scope| fits(&scope.plugin, plugin))
    }

    /// Why this validator does not hold for this instance, if it does not.
    pub fn reason(&self, plugin: &str, instance: &Instance) -> Option<String> {
        let mut always = self.always.iter();
        if let Some((_, reason)) = always.find(|(scope, _)| scope.covers(plugin, instance)) {
            return Some(reason.clone());
        }
        said(instance, plugin).filter(|_| self.allow(plugin, instance))
    }
}

/// What an artist gave as a reason against this validator.
pub fn said(instance: &Instance, plugin: &str) -> Option<String> {
    let said: Reasons = instance.get(SAID)?;
    said.get(plugin)
        .filter(|reason| !reason.trim().is_empty())
        .cloned()
}

impl Scope {
    fn read(setting: &str, text: &str, known: &[&str]) -> Result<Self> {
        let mut parts = text.trim().splitn(3, '/');
        let mut next = || parts.next().map_or("*", str::trim).to_owned();
        let scope = Scope {
            plugin: next(),
            family: next(),
            name: next(),
        };
        if known.iter().any(|name| fits(&scope.plugin, name)) {
            return Ok(scope);
        }
        Err(Failure::new(format!(
            "the setting {setting} names {:?}, which is no validator of this adapter; it has {}",
            scope.plugin,
            known.join(", ")
        )))
    }

    fn covers(&self, plugin: &str, instance: &Instance) -> bool {
        let text = |key| instance.get::<String>(key).unwrap_or_default();
        fits(&self.plugin, plugin)
            && fits(&self.family, &text("family"))
            && (fits(&self.name, &text("asset")) || fits(&self.name, instance.name()))
    }
}
