//! The JSON in which QML's own host describes plug-ins, instances and results (pyblish-qml 1.11.5,
//! `ipc/formatting.py`), each made once as ASCII.

use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::message::ascii;
use pyblish_model::{
    ActionKind, Data, Failure, JsonText, Level, MatchAlgorithm, Record, Scope, Shape, seconds,
};
use pyblish_rules::{ActionOn, DEFAULT_FAMILY, Stage};

/// QML's name for the context, which distinguishes it from instances.
pub(crate) const CONTEXT: &str = "Context";

/// The action for repairing, besides the plug-in's own actions.
///
/// QML has a button for repair, but it does not work in Python 3: it uses an attribute of methods
/// that only Python 2 has (`ipc/client.py`, `PluginProxy.from_json`), and fails before it calls its
/// host. So we tell QML that no plug-in can repair, and offer this action instead.
pub(crate) const REPAIR: &str = "pyblish-endpoint:repair";

/// A plug-in as the endpoint describes it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct QmlPlugin {
    pub id: String,
    pub name: String,
    label: Option<String>,
    doc: Option<String>,
    version: Vec<u32>,
    pub order: f64,
    families: Vec<String>,
    hosts: Vec<String>,
    targets: Vec<String>,
    #[serde(rename = "match")]
    algorithm: MatchAlgorithm,
    optional: bool,
    pub active: bool,
    processes: Scope,
    repairs: Scope,
    pub actions: Vec<Action>,
    file: Option<String>,
    category: Option<String>,
}

/// An action of a plug-in, or one that is offered besides.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Action {
    pub id: String,
    pub label: String,
    pub icon: Option<String>,
    pub kind: ActionKind,
    pub on: String,
}

impl QmlPlugin {
    /// Its description for QML, with this id.
    pub(crate) fn json(&self, id: &str) -> String {
        self.told(id, kind(self.order))
    }

    fn told(&self, id: &str, kind: &str) -> String {
        let file = self.file.as_deref().unwrap_or("unknown");
        let repair = self.repairs.context || self.repairs.instance;
        let repair = repair.then(|| Action {
            id: REPAIR.into(),
            label: "Repair".into(),
            icon: Some("wrench".into()),
            kind: ActionKind::Action,
            on: "failed".into(),
        });
        let body = json!({
            "label": self.label,
            "id": id,
            "version": self.version,
            "category": self.category,
            // The endpoint does not report this; it is Pyblish's default.
            "requires": "pyblish>=1",
            "order": order(self.order),
            "optional": self.optional,
            "hosts": self.hosts,
            "families": self.families,
            "targets": self.targets,
            "doc": self.doc,
            "active": self.active,
            "match": match self.algorithm {
                MatchAlgorithm::Intersection => 1,
                MatchAlgorithm::Subset => 2,
                MatchAlgorithm::Exact => 4,
            },
            "__pre11__": false,
            "__contextEnabled__": self.processes.context,
            "__instanceEnabled__": self.processes.instance,
            "path": file,
            "pre11": false,
            "contextEnabled": self.processes.context,
            "instanceEnabled": self.processes.instance,
            "name": self.name,
            "type": kind,
            // Pyblish names a module that it loaded from a file by its path.
            "module": file,
            "hasRepair": false,
            "process": {"args": arguments(self.processes)},
            "repair": {"args": arguments(self.repairs)},
            "actions": repair.iter().chain(&self.actions).map(action).collect::<Value>(),
        });
        ascii(body.to_string())
    }
}

/// A stand-in when there are no plug-ins: QML shows it, and it says what is wrong.
pub(crate) fn notice(id: &str, label: &str, doc: &str) -> String {
    let plugin = QmlPlugin {
        id: id.into(),
        name: id.into(),
        label: Some(label.into()),
        doc: Some(doc.into()),
        version: vec![0, 0, 0],
        order: 0.0,
        families: vec!["*".into()],
        hosts: vec!["*".into()],
        targets: vec!["default".into()],
        algorithm: MatchAlgorithm::Intersection,
        optional: false,
        active: true,
        processes: Scope {
            context: true,
            instance: false,
        },
        repairs: Scope::default(),
        actions: Vec::new(),
        file: None,
        category: None,
    };
    // Not a collector, because QML hides those.
    plugin.told(id, "Other")
}

/// Python writes integer orders without a fraction.
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

fn kind(order: f64) -> &'static str {
    match Stage::in_range(order) {
        Some(Stage::Collect) => "Collector",
        Some(Stage::Validate) => "Validator",
        Some(Stage::Extract) => "Extractor",
        Some(Stage::Integrate) => "Integrator",
        None => "Other",
    }
}

fn arguments(scope: Scope) -> Vec<&'static str> {
    let mut names = vec!["self"];
    names.extend(scope.context.then_some("context"));
    names.extend(scope.instance.then_some("instance"));
    names
}

fn action(action: &Action) -> Value {
    json!({
        "id": action.id,
        "label": action.label,
        "description": null,
        "active": true,
        "icon": action.icon.as_deref().unwrap_or_default(),
        "on": action.on,
        "__type__": action.kind,
        "__error__": action.on.parse::<ActionOn>().err().map(|error| error.to_string()),
    })
}

/// The keys of `data` that QML sees, for the context and instances, in the order of QML's host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct VisibleData {
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    name: Option<JsonText>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    label: Option<JsonText>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    family: Option<JsonText>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    families: Option<JsonText>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    category: Option<JsonText>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    publish: Option<JsonText>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    comment: Option<JsonText>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    optional: Option<JsonText>,
}

/// A null is a value, too.
pub(super) fn some<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<JsonText>, D::Error> {
    JsonText::deserialize(deserializer).map(Some)
}

impl VisibleData {
    /// The field of this key, if QML sees it.
    pub(crate) fn at(&mut self, key: &str) -> Option<&mut Option<JsonText>> {
        Some(match key {
            "name" => &mut self.name,
            "label" => &mut self.label,
            "family" => &mut self.family,
            "families" => &mut self.families,
            "category" => &mut self.category,
            "publish" => &mut self.publish,
            "comment" => &mut self.comment,
            "optional" => &mut self.optional,
            _ => return None,
        })
    }

    pub(crate) fn comment(&self) -> Option<&JsonText> {
        self.comment.as_ref()
    }

    /// Whether QML shows it as inactive.
    pub(crate) fn is_off(&self) -> bool {
        let publish = self.publish.as_ref();
        publish.is_some_and(|publish| !publish.is_truthy())
    }

    /// Data that QML accepts: it crashes if a family is not a text, and expects `families` to be a
    /// list of texts.
    fn mended(&self) -> VisibleData {
        let text = |value: &JsonText| {
            if value.is_null() {
                value.clone()
            } else {
                value.to_plain().as_str().into()
            }
        };
        let mut mended = self.clone();
        let family = self.family.as_ref().filter(|family| !family.is_null());
        mended.family = Some(family.map_or_else(|| DEFAULT_FAMILY.into(), text));
        mended.families = self.families.as_ref().map(|families| {
            let list = match families.shape() {
                Shape::List(_) => serde_json::from_str(families.text()).unwrap_or_default(),
                Shape::Text(_) => vec![families.clone()],
                _ => Vec::new(),
            };
            JsonText::of_value(&list.iter().map(text).collect::<Vec<_>>())
        });
        mended.category = self.category.as_ref().map(text);
        mended.label = self.label.as_ref().map(text);
        mended
    }
}

/// An instance as the endpoint describes it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct QmlInstance {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub data: VisibleData,
}

impl QmlInstance {
    pub(crate) fn json(&self) -> String {
        let body = Body {
            name: &self.name,
            id: &self.id,
            data: self.data.mended(),
            children: [],
        };
        // Plain data with text keys can always be written as JSON.
        ascii(serde_json::to_string(&body).unwrap_or_default())
    }
}

#[derive(Serialize)]
struct Body<'a> {
    name: &'a str,
    id: &'a str,
    data: VisibleData,
    /// Members are left out.
    children: [(); 0],
}

/// The data of the context, with what QML's own host adds to it.
pub(crate) fn context_data(data: &VisibleData, beside: &Data) -> String {
    let mut all: Data = serde_json::from_str(JsonText::of_value(data).text()).unwrap_or_default();
    for (key, value) in beside {
        all.entry(key.clone()).or_insert_with(|| value.clone());
    }
    ascii(JsonText::of_value(&all).text().to_owned())
}

/// The result of a pair, as the endpoint returns it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct QmlOutcome {
    pub error: Option<Failure>,
    pub records: Vec<Record>,
    pub duration: f64,
}

impl QmlOutcome {
    /// The result of a call that failed.
    pub(crate) fn not_done(reason: &str) -> Self {
        QmlOutcome {
            error: Some(Failure::new("EndpointError", reason)),
            records: Vec::new(),
            duration: 0.0,
        }
    }

    /// The result of a call that succeeded, with what the user is told.
    pub(crate) fn told(message: &str) -> Self {
        let record = Record {
            level: Level::INFO,
            message: message.to_owned(),
            logger: "pyblish-endpoint".into(),
            location: None,
            traceback: None,
            created: seconds(SystemTime::now()),
        };
        QmlOutcome {
            records: vec![record],
            ..QmlOutcome::default()
        }
    }

    /// Combines several results into one, with the first failure.
    pub(crate) fn and(mut self, other: QmlOutcome) -> Self {
        self.error = self.error.or(other.error);
        self.records.extend(other.records);
        self.duration += other.duration;
        self
    }

    /// Its form for QML; `plugin` and `instance` are JSON in ASCII.
    pub(crate) fn json(&self, plugin: &str, instance: Option<&str>) -> String {
        let error = self.error.as_ref().map_or(Value::Null, error);
        let records: Value = self.records.iter().map(record).collect();
        format!(
            "{{\"success\": {}, \"plugin\": {plugin}, \"instance\": {}, \"error\": {}, \"records\": {}, \"duration\": {}}}",
            self.error.is_none(),
            instance.unwrap_or("null"),
            ascii(error.to_string()),
            ascii(records.to_string()),
            json!(self.duration),
        )
    }
}

fn error(failure: &Failure) -> Value {
    let mut error = Map::new();
    error.insert("message".into(), json!(failure.message));
    if let Some(place) = &failure.location {
        error.insert("fname".into(), json!(place.file));
        error.insert("line_number".into(), json!(place.line));
        error.insert(
            "func".into(),
            json!(place.function.as_deref().unwrap_or_default()),
        );
        error.insert(
            "exc".into(),
            json!(place.text.as_deref().unwrap_or_default()),
        );
    }
    Value::Object(error)
}

/// The attributes of Python's LogRecord. QML shows each, and reports an error if one is null.
fn record(record: &Record) -> Value {
    let place = record.location.as_ref();
    let path = place.map(|place| Path::new(&place.file));
    let part =
        |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    json!({
        "threadName": "",
        "name": record.logger,
        "thread": 0,
        "created": record.created,
        "process": 0,
        "processName": "",
        "args": [],
        "module": part(path.and_then(Path::file_stem)).unwrap_or_default(),
        "filename": part(path.and_then(Path::file_name)).unwrap_or_default(),
        "levelno": record.level,
        "exc_text": record.traceback,
        "pathname": place.map_or("", |place| &place.file),
        "lineno": place.map_or(0, |place| place.line),
        "exc_info": null,
        "funcName": place.and_then(|place| place.function.as_deref()).unwrap_or_default(),
        "relativeCreated": 0,
        "levelname": Level::name(record.level),
        "msecs": record.created.fract() * 1000.0,
        "message": record.message,
    })
}
