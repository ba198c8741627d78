//! What a run left behind: for its report.

use std::collections::HashSet;

use crate::adapter_driver::AdapterDriver;
use crate::resource::Resource;
use pyblish_model::{
    Data, Instance, InstanceId, JsonText, LeftOutPart, PublishedVersion, RunFacts, RunInfo,
};
use pyblish_rules::is_skipped;

/// Where the run under way took place, what was left out of it, and what it has published so far.
pub(crate) fn run_facts(driver: &AdapterDriver, run: &RunInfo) -> RunFacts {
    let now = driver.journal.now();
    let scene = text(&now.context.data, "currentFile").or_else(|| text(&now.host, "scene"));
    RunFacts {
        scene,
        left_out: left_out(driver),
        policy: driver.journal.policy().changes().to_vec(),
        published: published(driver, run),
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

/// The versions of the instances that took part in the run and did not fail. An instance says where
/// it went in its data: `publishPath`, `version` and `unchanged`.
fn published(driver: &AdapterDriver, run: &RunInfo) -> Vec<PublishedVersion> {
    let now = driver.journal.now();
    let (mut done, mut failed) = (HashSet::new(), HashSet::new());
    let results = now.results.list();
    for result in results.iter().filter(|it| it.started >= run.started) {
        match result.success() {
            true => done.extend(&result.instance_id),
            false => failed.extend(&result.instance_id),
        }
    }
    let took_part = |id: &InstanceId| done.contains(id) && !failed.contains(id);
    let instances = now.context.instances.iter();
    let instances = instances.filter(|it| took_part(&it.id) && !is_skipped(it));
    instances.filter_map(|instance| version(instance)).collect()
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
