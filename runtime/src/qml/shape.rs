//! The shapes in which QML's own host tells of plug-ins, instances and results (pyblish-qml 1.11.5,
//! `ipc/formatting.py`), each made once as JSON in ASCII.

use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::message::ascii;
use crate::model::{ActionKind, Failure, Level, MatchAlgorithm, Record, Scope};
use crate::publish::{DEFAULT_FAMILY, Offered, Stage};

/// What QML calls the context, and tells it apart from instances by.
pub const CONTEXT: &str = "Context";

/// The action by which a plug-in repairs, beside its own.
///
/// QML has a button for it, which works in no Python 3: it looks at a method that only Python 2 made (`ipc/client.py`,
/// `PluginProxy.from_json`), and ends in an error before anything is asked of its host. So QML is told that no plug-in
/// repairs, and given this.
pub const REPAIR: &str = "pyblish-endpoint:repair";

/// A plug-in as the endpoint tells of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Plugin {
    pub id: String,
    pub name: String,
    label: Option<String>,
    doc: Option<String>,
    version: Vec<u32>,
    order: f64,
    families: Vec<String>,
    hosts: Vec<String>,
    targets: Vec<String>,
    #[serde(rename = "match")]
    algorithm: MatchAlgorithm,
    optional: bool,
    pub active: bool,
    processes: Scope,
    repairs: Scope,
    actions: Vec<Action>,
    file: Option<String>,
    category: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Action {
    id: String,
    label: String,
    icon: Option<String>,
    kind: ActionKind,
    on: String,
}

impl Plugin {
    /// As QML is told of it, by this id.
    pub fn json(&self, id: &str) -> String {
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
            // The endpoint does not tell; it is what Pyblish takes where a plug-in does not.
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
            // Pyblish names a module that it made of a file by its path.
            "module": file,
            "hasRepair": false,
            "process": {"args": arguments(self.processes)},
            "repair": {"args": arguments(self.repairs)},
            "actions": repair.iter().chain(&self.actions).map(action).collect::<Value>(),
        });
        ascii(body.to_string())
    }
}

/// What takes the place of a plug-in where there is none to tell of: it is shown, and says what is wrong.
pub fn notice(id: &str, label: &str, doc: &str) -> String {
    let plugin = Plugin {
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
    // Not a collector by its type: QML hides those.
    plugin.told(id, "Other")
}

/// Python writes a whole order without a fraction.
fn order(order: f64) -> Value {
    match order as i64 {
        whole if whole as f64 == order => json!(whole),
        _ => json!(order),
    }
}

fn kind(order: f64) -> &'static str {
    match Stage::of(order) {
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
        "__error__": action.on.parse::<Offered>().err().map(|error| error.to_string()),
    })
}

/// What QML sees of `data`, of the context's and of an instance's; in its host's order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Visible {
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    name: Option<Value>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    label: Option<Value>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    family: Option<Value>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    families: Option<Value>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    category: Option<Value>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    publish: Option<Value>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    comment: Option<Value>,
    #[serde(deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    optional: Option<Value>,
}

/// A null is a value too.
pub(super) fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Visible {
    /// The place of this key, if QML sees it.
    pub fn at(&mut self, key: &str) -> Option<&mut Option<Value>> {
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

    pub fn comment(&self) -> Option<&Value> {
        self.comment.as_ref()
    }

    /// Whether QML shows it as left out.
    pub fn is_off(&self) -> bool {
        match &self.publish {
            None | Some(Value::Bool(true)) => false,
            Some(Value::Null | Value::Bool(false)) => true,
            Some(Value::Number(number)) => number.as_f64() == Some(0.0),
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(list)) => list.is_empty(),
            Some(Value::Object(map)) => map.is_empty(),
        }
    }

    /// As QML can take it: it ends where a family is no text, and reads `families` as a list of texts.
    fn mended(&self) -> Visible {
        let text = |value: &Value| match value {
            Value::String(text) => Value::String(text.clone()),
            Value::Null => Value::Null,
            other => Value::String(other.to_string()),
        };
        let mut mended = self.clone();
        let family = self.family.as_ref().filter(|family| !family.is_null());
        mended.family = Some(family.map_or_else(|| DEFAULT_FAMILY.into(), text));
        mended.families = self.families.as_ref().map(|families| match families {
            Value::Array(list) => list.iter().map(text).collect(),
            Value::String(one) => json!([one]),
            _ => json!([]),
        });
        mended.category = self.category.as_ref().map(text);
        mended.label = self.label.as_ref().map(text);
        mended
    }
}

/// An instance as the endpoint tells of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Instance {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub data: Visible,
}

impl Instance {
    pub fn json(&self) -> String {
        let body = Body {
            name: &self.name,
            id: &self.id,
            data: self.data.mended(),
            children: [],
        };
        // Plain data with texts for keys: there is nothing in it that JSON has not.
        ascii(serde_json::to_string(&body).unwrap_or_default())
    }
}

#[derive(Serialize)]
struct Body<'a> {
    name: &'a str,
    id: &'a str,
    data: Visible,
    /// Members are not told.
    children: [(); 0],
}

/// The data of the context, with what QML's own host puts there beside it.
pub fn context_data(data: &Visible, beside: &Map<String, Value>) -> String {
    let mut all = match serde_json::to_value(data) {
        Ok(Value::Object(all)) => all,
        _ => Map::new(),
    };
    for (key, value) in beside {
        all.entry(key).or_insert_with(|| value.clone());
    }
    ascii(Value::Object(all).to_string())
}

/// What came of a pair, as the endpoint answers it.
#[derive(Debug, Default, Deserialize)]
pub struct Outcome {
    pub error: Option<Failure>,
    pub records: Vec<Record>,
    pub duration: f64,
}

impl Outcome {
    /// What came of a call that was not done.
    pub fn not_done(reason: &str) -> Self {
        Outcome {
            error: Some(Failure::new("EndpointError", reason)),
            records: Vec::new(),
            duration: 0.0,
        }
    }

    /// What came of several, as of one: the first failure is its own.
    pub fn and(mut self, other: Outcome) -> Self {
        self.error = self.error.or(other.error);
        self.records.extend(other.records);
        self.duration += other.duration;
        self
    }

    /// As QML is told of it; `plugin` and `instance` are JSON in ASCII.
    pub fn json(&self, plugin: &str, instance: Option<&str>) -> String {
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

/// The attributes of Python's LogRecord. QML shows each, and complains of one that is null.
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
