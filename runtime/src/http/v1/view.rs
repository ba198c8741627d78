//! The state and its parts in the shapes of the original (`schema_state.json`, `schema_result.json`).

use std::path::Path;
use std::sync::LazyLock;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::adapter::Description;
use crate::model::{Failure, Instance, PairResult, Plugin, Record, seconds};
use crate::publish;
use crate::session::Snapshot;

/// What the original calls the context where it names what was processed.
const CONTEXT: &str = "Context";

/// Python counts its `relativeCreated` from when `logging` was loaded; here it is the first answer.
static STARTED: LazyLock<f64> = LazyLock::new(|| seconds(SystemTime::now()));

/// What GET answers: the context with its instances, the plug-ins, and which goes with which.
pub fn state(snapshot: &Snapshot, adapter: &Description, port: u16) -> Value {
    let context = &snapshot.context;
    let mut data = host(adapter, snapshot.connected, port);
    data.extend(
        context
            .data
            .iter()
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    let results = snapshot.results.list();
    if !results.is_empty() {
        data.insert(
            "results".into(),
            results.iter().map(|r| self::result(r)).collect(),
        );
    }
    let children = context.instances.iter();
    let children = children.map(|child| instance(child, &snapshot.plugins));
    let plugins = snapshot.plugins.iter().map(|known| plugin(known, snapshot));
    json!({
        "context": {"data": data, "children": children.collect::<Value>()},
        "plugins": plugins.collect::<Value>(),
    })
}

/// What the original puts into each new context about the program that it runs in.
fn host(adapter: &Description, connected: SystemTime, port: u16) -> Map<String, Value> {
    let host = adapter.hosts.first().unwrap_or(&adapter.name);
    let known = [
        ("host", json!(host)),
        ("port", json!(port)),
        ("user", json!(whoami::username().unwrap_or_default())),
        ("connectTime", json!(seconds(connected))),
        ("pyblishVersion", json!(PYBLISH_VERSION)),
        ("endpointVersion", json!(env!("CARGO_PKG_VERSION"))),
        ("pythonVersion", Value::Null),
    ];
    known
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// The Pyblish whose rules are followed.
const PYBLISH_VERSION: &str = "1.8.12";

fn instance(instance: &Instance, plugins: &[Plugin]) -> Value {
    let compatible = plugins.iter().filter(|plugin| goes_with(plugin, instance));
    // The original looks at the family alone, and finds no plug-in for an instance without one.
    let has_family = instance
        .data
        .get("family")
        .is_some_and(|family| family.as_str() != Some(""));
    let mut data = instance.data.clone();
    let names = compatible.filter(|_| has_family);
    data.insert(
        "compatiblePlugins".into(),
        names.map(|plugin| plugin.name.as_str()).collect(),
    );
    json!({"name": instance.name, "children": instance.members, "data": data})
}

fn plugin(plugin: &Plugin, snapshot: &Snapshot) -> Value {
    let instances = snapshot.context.instances.iter();
    let compatible = instances.filter(|instance| goes_with(plugin, instance));
    let compatible = compatible.map(|instance| instance.name.as_str());
    json!({
        "name": plugin.name,
        "data": {
            "category": plugin.category,
            "canProcessContext": plugin.processes.context,
            "canProcessInstance": plugin.processes.instance,
            "canRepairContext": plugin.repairs.context,
            "canRepairInstance": plugin.repairs.instance,
            "hasRepair": plugin.repairs.context || plugin.repairs.instance,
            "compatibleInstances": compatible.collect::<Value>(),
            // The original never sets it.
            "hasCompatible": false,
            "doc": plugin.doc,
            "families": plugin.families,
            "hosts": plugin.hosts,
            "module": plugin.file,
            "optional": plugin.optional,
            "order": order(plugin.order),
            "requires": plugin.requires,
            "type": plugin.base,
            "version": plugin.version,
            // Not in the original, which knew neither.
            "label": plugin.label,
            "active": plugin.active,
        },
    })
}

/// An instance whose families cannot be read goes with nothing, and takes nothing from the others.
fn goes_with(plugin: &Plugin, instance: &Instance) -> bool {
    publish::families_match(plugin, instance).unwrap_or(false)
}

/// Python writes a whole order without a fraction.
fn order(order: f64) -> Value {
    match order as i64 {
        whole if whole as f64 == order => json!(whole),
        _ => json!(order),
    }
}

/// What PUT answers, and what `results` holds.
pub fn result(result: &PairResult) -> Value {
    json!({
        "success": result.success(),
        "plugin": result.plugin,
        "instance": result.instance.as_deref().unwrap_or(CONTEXT),
        "error": result.failure.as_ref().map(error),
        "records": result.records.iter().map(record).collect::<Value>(),
        "duration": result.duration,
    })
}

fn error(failure: &Failure) -> Value {
    let place = failure.location.as_ref();
    json!({
        "message": failure.message,
        "fname": place.map(|place| &place.file),
        "line_number": place.map(|place| place.line),
        "func": place.map(|place| &place.function),
        "exc": place.map(|place| &place.text),
        // Not in the original: what helps an artist to act on it.
        "title": failure.title,
        "detail": failure.detail,
        "traceback": failure.traceback,
        "type": failure.kind,
    })
}

/// The attributes of Python's LogRecord.
fn record(record: &Record) -> Value {
    let place = record.location.as_ref();
    let path = place.map(|place| Path::new(&place.file));
    let part =
        |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    json!({
        "name": record.logger,
        "levelno": record.level.0,
        "levelname": record.level.name(),
        "message": record.message,
        "args": [],
        "created": record.created,
        "msecs": record.created.fract() * 1000.0,
        "relativeCreated": (record.created - *STARTED) * 1000.0,
        "pathname": place.map(|place| &place.file),
        "filename": part(path.and_then(Path::file_name)),
        "module": part(path.and_then(Path::file_stem)),
        "lineno": place.map(|place| place.line),
        "funcName": place.map(|place| &place.function),
        "exc_info": null,
        "exc_text": record.traceback,
        "process": null,
        "processName": null,
        "thread": null,
        "threadName": null,
    })
}
