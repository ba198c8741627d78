//! What a run left behind: for its report.

use std::collections::HashSet;
use std::sync::Arc;

use crate::adapter_driver::AdapterDriver;
use crate::resource::Resource;
use pyblish_model::{
    Data, Instance, JsonText, LeftOutPart, PairResult, PluginId, PublishedVersion, RunFacts,
};
use pyblish_rules::{Stage, is_skipped};

/// Where the run under way took place, what was left out of it, and what it has published so far:
/// `results` are its own.
pub(crate) fn run_facts(driver: &AdapterDriver, results: &[Arc<PairResult>]) -> RunFacts {
    let now = driver.journal.now();
    RunFacts {
        scene: now.scene_file(),
        left_out: left_out(driver),
        policy: driver.journal.policy().changes().to_vec(),
        published: published(driver, results),
        ..driver.slot.facts()
    }
}

fn left_out(driver: &AdapterDriver) -> Vec<LeftOutPart> {
    let (journal, now) = (&driver.journal, driver.journal.now());
    let user = format!("user {}", driver.slot.facts().user);
    let by = |resource: &Resource, name: Option<&str>| {
        let mut changes = journal.policy().changes().iter();
        let mut is_policy =
            |name| changes.any(|it| it.plugin == name && it.change == "switched off");
        match name {
            _ if journal.is_switched_off(resource) => user.clone(),
            Some(name) if is_policy(name) => "policy".into(),
            _ => "plug-in".into(),
        }
    };
    let instances = now.context.instances.iter().filter(|it| is_skipped(it));
    let instances = instances.map(|instance| LeftOutPart {
        by: by(&Resource::Instance(instance.id.clone()), None),
        instance: Some(instance.id.clone()),
        plugin: None,
        name: instance.name.clone(),
    });
    let plugins = now.plugins.iter().filter(|plugin| !plugin.active);
    let plugins = plugins.map(|plugin| LeftOutPart {
        by: by(&Resource::Plugin(plugin.id.clone()), Some(&plugin.name)),
        instance: None,
        plugin: Some(plugin.id.clone()),
        name: plugin.name.clone(),
    });
    instances.chain(plugins).collect()
}

/// The versions of the instances that these results extracted or integrated without a failure. An
/// instance says where it went in its data: `publishPath`, `version` and `unchanged`.
fn published(driver: &AdapterDriver, results: &[Arc<PairResult>]) -> Vec<PublishedVersion> {
    let now = driver.journal.now();
    let instances = now.context.instances.iter();
    let instances = instances.filter(|instance| !is_skipped(instance));
    let versions: Vec<_> = instances.filter_map(|instance| version(instance)).collect();
    if versions.is_empty() {
        return versions;
    }
    let plugins = now.plugins.iter();
    let plugins = plugins.filter(|plugin| Stage::of(plugin.order) >= Stage::Extract);
    let plugins: HashSet<&PluginId> = plugins.map(|plugin| &plugin.id).collect();
    let (mut done, mut failed) = (HashSet::new(), HashSet::new());
    for result in results {
        let is_of = |id: &PluginId| plugins.contains(id);
        if !result.success() {
            failed.extend(&result.instance_id);
        } else if result.plugin_id.as_ref().is_some_and(is_of) {
            done.extend(&result.instance_id);
        }
    }
    let is_new =
        |it: &PublishedVersion| done.contains(&it.instance) && !failed.contains(&it.instance);
    versions.into_iter().filter(is_new).collect()
}

fn version(instance: &Instance) -> Option<PublishedVersion> {
    let data = &instance.data;
    let path = text(data, "publishPath").filter(|path| !path.is_empty())?;
    let number = data.get("version").and_then(|it| it.text().parse().ok());
    let unchanged = data.get("unchanged").and_then(JsonText::as_bool);
    Some(PublishedVersion {
        instance: instance.id.clone(),
        name: instance.name.clone(),
        version: number,
        path,
        unchanged: unchanged.unwrap_or(false),
    })
}

fn text(data: &Data, key: &str) -> Option<String> {
    let value = data.get(key).and_then(JsonText::as_str);
    value.map(std::borrow::Cow::into_owned)
}
