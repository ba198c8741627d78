//! The OpenAPI document: what utoipa makes of the handlers and shapes, and what it cannot say.
//!
//! Each operation gets an id of its own, the ways to authenticate, the parameters that all commands
//! have, and descriptions of the parts of paths. Texts of a few values get these values. The events
//! of the stream have schemas in `events.json`, because they are written by the model, which knows
//! nothing of OpenAPI.

use serde_json::{Map, Value, json};

/// The schemas of the events' data, by the names of the events.
const EVENTS: &str = include_str!("events.json");

/// The ids of operations, by method and path below `/pyblish/v2`.
const IDS: [(&str, &str, &str); 41] = [
    ("get", "/adapters", "listAdapters"),
    ("post", "/codes", "createCode"),
    ("get", "/jobs/{jobId}", "readJob"),
    ("post", "/jobs/{jobId}/cancel", "cancelJob"),
    ("post", "/jobs/{jobId}/retry", "retryJob"),
    (
        "get",
        "/jobs/{jobId}/tasks/{taskNumber}/attempts/{epoch}/events",
        "listAttemptEvents",
    ),
    (
        "get",
        "/jobs/{jobId}/tasks/{taskNumber}/attempts/{epoch}/report",
        "readAttemptReport",
    ),
    ("get", "/sessions", "listSessions"),
    ("post", "/sessions", "openSession"),
    ("get", "/sessions/{sessionId}", "readSession"),
    ("delete", "/sessions/{sessionId}", "closeSession"),
    ("post", "/sessions/{sessionId}/actions", "runAction"),
    ("post", "/sessions/{sessionId}/callbacks", "callCallbacks"),
    ("post", "/sessions/{sessionId}/cancel", "cancelPair"),
    ("get", "/sessions/{sessionId}/context", "readContext"),
    ("patch", "/sessions/{sessionId}/context", "changeContext"),
    ("get", "/sessions/{sessionId}/events", "listenToEvents"),
    ("get", "/sessions/{sessionId}/instances", "listInstances"),
    (
        "patch",
        "/sessions/{sessionId}/instances",
        "changeInstances",
    ),
    (
        "get",
        "/sessions/{sessionId}/instances/{instanceId}",
        "readInstance",
    ),
    (
        "patch",
        "/sessions/{sessionId}/instances/{instanceId}",
        "changeInstance",
    ),
    (
        "post",
        "/sessions/{sessionId}/instances/{instanceId}/open-folder",
        "openFolder",
    ),
    (
        "get",
        "/sessions/{sessionId}/instances/{instanceId}/thumbnail",
        "readThumbnail",
    ),
    (
        "put",
        "/sessions/{sessionId}/instances/{instanceId}/thumbnail",
        "replaceThumbnail",
    ),
    ("get", "/sessions/{sessionId}/jobs", "listJobs"),
    ("post", "/sessions/{sessionId}/jobs", "handOver"),
    ("post", "/sessions/{sessionId}/messages", "putMessage"),
    ("get", "/sessions/{sessionId}/plugins", "listPlugins"),
    (
        "patch",
        "/sessions/{sessionId}/plugins/{pluginId}",
        "changePlugin",
    ),
    ("post", "/sessions/{sessionId}/process", "processPair"),
    ("post", "/sessions/{sessionId}/repair", "repairPair"),
    ("post", "/sessions/{sessionId}/reset", "resetSession"),
    ("post", "/sessions/{sessionId}/restart", "restartSession"),
    ("get", "/sessions/{sessionId}/results", "listResults"),
    ("get", "/sessions/{sessionId}/runs", "listRuns"),
    ("post", "/sessions/{sessionId}/runs", "startRun"),
    ("get", "/sessions/{sessionId}/runs/{runId}", "readRun"),
    (
        "post",
        "/sessions/{sessionId}/runs/{runId}/cancel",
        "cancelRun",
    ),
    (
        "get",
        "/sessions/{sessionId}/runs/{runId}/report",
        "readReport",
    ),
    ("post", "/sessions/{sessionId}/select", "selectMembers"),
    ("get", "/sessions/{sessionId}/states", "readStates"),
];

/// What the parts of paths and the headers are.
const PARAMETERS: [(&str, &str); 8] = [
    ("sessionId", "The session's id."),
    ("instanceId", "The instance's id."),
    ("pluginId", "The plug-in's id."),
    ("runId", "The run's id, such as `r7`."),
    ("jobId", "The job's id in the hub."),
    ("taskNumber", "The number of the task in the job."),
    ("epoch", "The epoch of the attempt."),
    (
        "Last-Event-ID",
        "The number of the last event that the client has seen.",
    ),
];

const IDEMPOTENCY: &str = "\
    A text of the client's choice, of up to 256 visible ASCII characters. A request with a key that \
    was used is not done again, and gets the first answer; another request with the same key is \
    refused (`idempotency-key-reused`).";

const STAGES: &[&str] = &["collect", "validate", "extract", "integrate"];

/// Texts that are one of a few: the schema, its property, and the values.
const VALUES: [(&str, &str, &[&str]); 16] = [
    (
        "SessionShape",
        "state",
        &["idle", "busy", "down", "closing"],
    ),
    (
        "RunShape",
        "state",
        &[
            "running",
            "succeeded",
            "failed",
            "stopped",
            "cancelled",
            "lost",
            "interrupted",
        ],
    ),
    ("RunShape", "until", STAGES),
    ("RunShape", "only", STAGES),
    ("RunShape", "stage", STAGES),
    (
        "InstanceShape",
        "state",
        &["unprocessed", "succeeded", "failed"],
    ),
    ("InstanceStageShape", "stage", STAGES),
    (
        "InstanceStageShape",
        "state",
        &["pending", "done", "failed"],
    ),
    ("PluginShape", "stage", STAGES),
    ("PluginShape", "match", &["intersection", "subset", "exact"]),
    ("ActionShape", "kind", &["action", "separator", "category"]),
    (
        "JobInfo",
        "state",
        &["queued", "running", "succeeded", "failed", "cancelled"],
    ),
    (
        "TaskInfo",
        "state",
        &[
            "waiting",
            "ready",
            "running",
            "succeeded",
            "failed",
            "cancelled",
        ],
    ),
    ("NewJob", "place", &["farm", "here"]),
    ("NewRun", "until", STAGES),
    ("NewRun", "only", STAGES),
];

/// The same for parameters of queries: the id of the operation, and the parameter.
const QUERIES: [(&str, &str, &[&str]); 4] = [
    (
        "listInstances",
        "state",
        &["unprocessed", "succeeded", "failed"],
    ),
    ("listResults", "state", &["succeeded", "warned", "failed"]),
    ("readReport", "format", &["json", "html", "junit"]),
    ("readAttemptReport", "format", &["json", "html", "junit"]),
];

const PREFIX: &str = "/pyblish/v2";

/// The whole document. `made` is what utoipa has made.
pub(super) fn complete(made: &utoipa::openapi::OpenApi) -> Value {
    let mut document = serde_json::to_value(made).unwrap_or_default();
    document["security"] = json!([{"token": []}, {"browser": []}]);
    document["tags"] = json!([
        {"name": "access", "description": "Who may use the server."},
        {"name": "sessions", "description": "Sessions with hosts."},
        {"name": "things", "description": "What a session has: plug-ins, instances, the context."},
        {"name": "work", "description": "One plug-in at a time."},
        {"name": "runs", "description": "Publishes, or parts of them, on the server."},
        {"name": "jobs", "description": "Publishes that were handed over to the studio's hub."},
        {"name": "results", "description": "What plug-ins did."},
        {"name": "events", "description": "What happens, as it happens."},
    ]);
    let paths = document["paths"].as_object_mut();
    for (path, item) in paths.into_iter().flatten() {
        let short = path.strip_prefix(PREFIX).unwrap_or(path);
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete_operation(method, short, operation);
        }
    }
    let components = &mut document["components"];
    components["securitySchemes"] = json!({
        "token": {
            "type": "http", "scheme": "bearer",
            "description": "The server's token. Its file is in the output of `serve` and `list`.",
        },
        "browser": {
            "type": "apiKey", "in": "cookie", "name": "pyblish-endpoint-PORT",
            "description": "The cookie of a browser that came with a code. Its name has the port.",
        },
    });
    for (schema, property, values) in VALUES {
        limit(
            &mut components["schemas"][schema]["properties"][property],
            values,
        );
    }
    generators_understand(&mut components["schemas"]);
    let events: Map<String, Value> = serde_json::from_str(EVENTS).unwrap_or_default();
    let schemas = components["schemas"].as_object_mut();
    if let Some(schemas) = schemas {
        schemas.extend(events);
    }
    document
}

/// Writes schemas so that generators of clients read them as they are meant: an object without known
/// members may have any, and what has a default may be left out of a request.
fn generators_understand(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let is_open = members.get("type").is_some_and(is_object)
                && !members.contains_key("properties")
                && !members.contains_key("additionalProperties");
            let is_schema = ["type", "oneOf", "$ref"]
                .iter()
                .any(|key| members.get(*key).is_some_and(|it| !it.is_object()));
            if is_schema && members.contains_key("default") {
                let kept = std::mem::take(members).into_iter();
                *members = kept.filter(|(key, _)| key != "default").collect();
            }
            if is_open {
                members.insert("additionalProperties".into(), true.into());
            }
            members.values_mut().for_each(generators_understand);
        }
        Value::Array(items) => items.iter_mut().for_each(generators_understand),
        _ => {}
    }
}

/// Whether this type of a schema is, or can be, an object.
fn is_object(kind: &Value) -> bool {
    *kind == "object"
        || kind
            .as_array()
            .is_some_and(|kinds| kinds.contains(&json!("object")))
}

/// What an answer of this status says.
fn answer(status: &str) -> &'static str {
    match status {
        "201" => "It is created.",
        "202" => "It goes on.",
        "204" => "It is done.",
        "304" => "It has not changed since the `ETag`.",
        "default" => "A problem; `code` says which.",
        _ => "The answer.",
    }
}

/// Marks the bodies that are not text: utoipa writes a list of numbers.
fn mark_binary(response: &mut Value) {
    let contents = response["content"].as_object_mut();
    for (media_type, content) in contents.into_iter().flatten() {
        if media_type.starts_with("image/") {
            content["schema"] = json!({"type": "string", "format": "binary"});
        }
    }
}

fn complete_operation(method: &str, path: &str, operation: &mut Value) {
    let responses = operation["responses"].as_object_mut();
    for (status, response) in responses.into_iter().flatten() {
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = json!(answer(status));
        }
        if response.get("content").is_some() {
            mark_binary(response);
        }
    }
    let known = IDS
        .iter()
        .find(|(its, at, _)| (*its, *at) == (method, path));
    let id = known.map_or_else(|| format!("{method}{path}"), |(.., id)| (*id).to_owned());
    operation["operationId"] = json!(id);
    let is_command = method != "get";
    if is_command && operation["parameters"].is_null() {
        operation["parameters"] = json!([]);
    }
    let parameters = operation.get_mut("parameters");
    let Some(parameters) = parameters.and_then(Value::as_array_mut) else {
        return;
    };
    if is_command {
        parameters.retain(|it| it["name"] != "Idempotency-Key");
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": IDEMPOTENCY,
            "schema": {"type": "string", "minLength": 1, "maxLength": 256},
        }));
    }
    for parameter in parameters {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let is_described = parameter["description"].is_string();
        let text = PARAMETERS.iter().find(|(known, _)| *known == name);
        if let Some((_, text)) = text.filter(|_| !is_described) {
            parameter["description"] = json!(text);
        }
        let values = QUERIES
            .iter()
            .find(|(its, at, _)| (*its, *at) == (&*id, &*name));
        if let Some((.., values)) = values {
            limit(&mut parameter["schema"], values);
        }
    }
}

/// Only these values; also null where the schema allows it.
fn limit(schema: &mut Value, values: &[&str]) {
    if schema.is_null() {
        return;
    }
    let mut all: Vec<Value> = values.iter().map(|value| json!(value)).collect();
    if schema["type"]
        .as_array()
        .is_some_and(|types| types.contains(&json!("null")))
    {
        all.push(Value::Null);
    }
    schema["enum"] = all.into();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_operation_is_described() {
        let (_, made) = super::super::described();
        let document = complete(&made);
        let mut ids = BTreeSet::new();
        let mut count = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(!id.contains('/'), "{method} {path} is missing in IDS");
                ids.insert(id.to_owned());
                count += 1;
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    assert!(parameter["description"].is_string(), "{id}: {parameter}");
                }
            }
        }
        assert_eq!(ids.len(), count);
        assert_eq!(count, IDS.len());
        let schemas = &document["components"]["schemas"];
        for (schema, property, _) in VALUES {
            let property = &schemas[schema]["properties"][property];
            assert!(property["enum"].is_array(), "{schema}: {property}");
        }
        assert!(schemas["RunStartedEvent"].is_object());
    }
}
