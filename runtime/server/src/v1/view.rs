//! The state and its parts in the shapes of the original (`schema_state.json`,
//! `schema_result.json`). As there, a member that has no value is left out where the schema wants
//! one; a plug-in's `type` goes by its order, and a version has three numbers.
//!
//! A state names each instance with each plug-in, so it may be far larger than the session.
//! Therefore it is never built in memory: the types here borrow the snapshot, and match instances
//! and plug-ins while they are serialized.

use std::path::Path;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use pyblish_model::{Failure, Instance, PairResult, Plugin, Record, seconds};

use pyblish_platform::identity;
use pyblish_rules::Stage;
use pyblish_session::{Description, Snapshot};

/// The name of the context in results.
const CONTEXT: &str = "Context";

/// Python counts `relativeCreated` from the loading of `logging`; here it is counted from the first
/// answer.
static STARTED: LazyLock<f64> = LazyLock::new(|| seconds(SystemTime::now()));

/// The answer of `GET /state`: the context with its instances, the plug-ins, and which belong
/// together.
pub(super) struct StateView<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) adapter: &'a Description,
    pub(super) port: u16,
    /// The time limit of serializing, which compares each plug-in with each instance.
    pub(super) deadline: Instant,
}

/// An error once the deadline has passed.
fn check_deadline<E: serde::ser::Error>(deadline: Instant) -> Result<(), E> {
    if Instant::now() < deadline {
        return Ok(());
    }
    Err(E::custom(
        "there are too many plug-ins and instances to compare in time",
    ))
}

/// A list that is computed while it is serialized.
struct LazyList<F>(F);

impl<F, I> Serialize for LazyList<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

impl Serialize for StateView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.snapshot;
        let plugins = LazyList(|| {
            let plugins = snapshot.plugins.iter();
            plugins.map(|plugin| PluginView {
                plugin,
                snapshot,
                deadline: self.deadline,
            })
        });
        let mut state = serializer.serialize_map(Some(2))?;
        state.serialize_entry("context", &ContextView(self))?;
        state.serialize_entry("plugins", &plugins)?;
        state.end()
    }
}

struct ContextView<'a>(&'a StateView<'a>);

impl Serialize for ContextView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.0.snapshot;
        let plugins = &snapshot.plugins;
        let children = LazyList(|| {
            let instances = snapshot.context.instances.iter();
            instances.map(|instance| InstanceView {
                instance,
                plugins,
                deadline: self.0.deadline,
            })
        });
        let mut context = serializer.serialize_map(Some(2))?;
        context.serialize_entry("data", &ContextData(self.0))?;
        context.serialize_entry("children", &children)?;
        context.end()
    }
}

struct ContextData<'a>(&'a StateView<'a>);

impl Serialize for ContextData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let StateView {
            snapshot,
            adapter,
            port,
            ..
        } = self.0;
        let set = &snapshot.context.data;
        let results = snapshot.results.list();
        let mut data = serializer.serialize_map(None)?;
        for (key, value) in host_data(adapter, snapshot, *port) {
            if !set.contains_key(&key) {
                data.serialize_entry(&key, &value)?;
            }
        }
        for (key, value) in set.iter() {
            if key != RESULTS || results.is_empty() {
                data.serialize_entry(key, value)?;
            }
        }
        if !results.is_empty() {
            let results = LazyList(|| results.iter().map(|kept| result(kept)));
            data.serialize_entry(RESULTS, &results)?;
        }
        data.end()
    }
}

const RESULTS: &str = "results";

/// The data that the original puts into each new context.
fn host_data(adapter: &Description, snapshot: &Snapshot, port: u16) -> Map<String, Value> {
    let host = adapter.hosts.first().unwrap_or(&adapter.name);
    // Frontends show it at the head of their log, and show nothing there if it is no text.
    let python = snapshot.host.get("pythonVersion");
    let python = python.and_then(pyblish_model::JsonText::as_str);
    let python = python.as_deref().unwrap_or("(no Python)");
    let known = [
        ("host", json!(host)),
        ("port", json!(port)),
        ("user", json!(identity::user().unwrap_or_default())),
        ("connectTime", json!(seconds(snapshot.connected))),
        ("pyblishVersion", json!(PYBLISH_VERSION)),
        ("endpointVersion", json!(env!("CARGO_PKG_VERSION"))),
        ("pythonVersion", json!(python)),
    ];
    known
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// The version of Pyblish whose rules the runtime follows.
const PYBLISH_VERSION: &str = "1.8.12";

struct InstanceView<'a> {
    instance: &'a Instance,
    plugins: &'a [Plugin],
    deadline: Instant,
}

impl Serialize for InstanceView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        check_deadline(self.deadline)?;
        let mut instance = serializer.serialize_map(Some(3))?;
        instance.serialize_entry("name", &self.instance.name)?;
        instance.serialize_entry("children", &self.instance.members)?;
        instance.serialize_entry("data", &InstanceData(self))?;
        instance.end()
    }
}

struct InstanceData<'a>(&'a InstanceView<'a>);

impl Serialize for InstanceData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const COMPATIBLE: &str = "compatiblePlugins";
        let InstanceView {
            instance, plugins, ..
        } = self.0;
        // The original only looks at `family`: an instance without one has no compatible plug-in.
        let family = instance.data.get("family");
        let has_family = family.is_some_and(|family| family.as_str().as_deref() != Some(""));
        let compatible = LazyList(|| {
            let plugins = plugins.iter();
            let plugins = plugins.filter(|plugin| has_family && is_compatible(plugin, instance));
            plugins.map(|plugin| &plugin.name)
        });
        let mut data = serializer.serialize_map(None)?;
        for (key, value) in &instance.data {
            if key != COMPATIBLE {
                data.serialize_entry(key, value)?;
            }
        }
        if family.is_none() {
            data.serialize_entry("family", "")?;
        }
        data.serialize_entry(COMPATIBLE, &compatible)?;
        data.end()
    }
}

struct PluginView<'a> {
    plugin: &'a Plugin,
    snapshot: &'a Snapshot,
    deadline: Instant,
}

impl Serialize for PluginView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        check_deadline(self.deadline)?;
        let mut plugin = serializer.serialize_map(Some(2))?;
        plugin.serialize_entry("name", &self.plugin.name)?;
        plugin.serialize_entry("data", &PluginData(self))?;
        plugin.end()
    }
}

struct PluginData<'a>(&'a PluginView<'a>);

impl Serialize for PluginData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let PluginView {
            plugin, snapshot, ..
        } = self.0;
        let compatible = LazyList(|| {
            let instances = snapshot.context.instances.iter();
            let instances = instances.filter(|instance| is_compatible(plugin, instance));
            instances.map(|instance| &instance.name)
        });
        let mut data = serializer.serialize_map(None)?;
        for (key, value) in plugin_data(plugin) {
            data.serialize_entry(key, &value)?;
        }
        // The first must be a text. The second is not in the original.
        let texts = [("module", &plugin.file), ("label", &plugin.label)];
        for (key, text) in texts {
            if let Some(text) = text {
                data.serialize_entry(key, text)?;
            }
        }
        data.serialize_entry("compatibleInstances", &compatible)?;
        data.end()
    }
}

/// The data of a plug-in, except for its compatible instances.
fn plugin_data(plugin: &Plugin) -> [(&'static str, Value); 16] {
    [
        ("category", json!(plugin.category)),
        ("canProcessContext", json!(plugin.processes.context)),
        ("canProcessInstance", json!(plugin.processes.instance)),
        ("canRepairContext", json!(plugin.repairs.context)),
        ("canRepairInstance", json!(plugin.repairs.instance)),
        (
            "hasRepair",
            json!(plugin.repairs.context || plugin.repairs.instance),
        ),
        // The original never sets this.
        ("hasCompatible", json!(false)),
        ("doc", json!(plugin.doc)),
        ("families", json!(plugin.families)),
        ("hosts", json!(plugin.hosts)),
        ("optional", json!(plugin.optional)),
        ("order", order(plugin.order)),
        ("requires", json!(plugin.requires)),
        ("type", json!(type_of(plugin.order))),
        ("version", json!(version(&plugin.version))),
        // This is not in the original.
        ("active", json!(plugin.active)),
    ]
}

/// The class of the first Pyblish that a plug-in of this order derived from. Its frontends know
/// these four.
fn type_of(order: f64) -> &'static str {
    match order {
        order if order < Stage::Collect.end() => "Selector",
        order if order < Stage::Validate.end() => "Validator",
        order if order < Stage::Extract.end() => "Extractor",
        _ => "Conformer",
    }
}

/// Three numbers.
fn version(version: &[u32]) -> [u32; 3] {
    [0, 1, 2].map(|part| version.get(part).copied().unwrap_or(0))
}

/// Whether the plug-in processes this instance. An instance with unreadable families is compatible
/// with no plug-in.
fn is_compatible(plugin: &Plugin, instance: &Instance) -> bool {
    pyblish_rules::families_match(plugin, instance).unwrap_or(false)
}

/// Python writes integers without a fraction.
fn order(order: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is another then, is told apart"
    )]
    let whole = order as i64;
    if whole as f64 == order {
        json!(whole)
    } else {
        json!(order)
    }
}

/// The answer of `PUT /state`, and the format of the context's `results`.
pub(super) fn result(result: &PairResult) -> Value {
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
    let mut error = json!({
        "message": failure.message,
        "fname": place.map(|place| &place.file),
        "line_number": place.map(|place| place.line),
        "func": place.map(|place| place.function.as_deref().unwrap_or("process")),
        // The line of code, or the message: the schema says that they are the same.
        "exc": place.map(|place| place.text.as_ref().unwrap_or(&failure.message)),
        // These are not in the original.
        "title": failure.title,
        "detail": failure.detail,
        "traceback": failure.traceback,
        "type": failure.kind,
    });
    if let Some(members) = error.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    error
}

/// The attributes of Python's `LogRecord`: all of them, as in the original, and null where there is
/// nothing to say.
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
