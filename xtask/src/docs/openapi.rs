//! The page of REST v2: the routes and shapes of the server's OpenAPI document.
//!
//! `tests/data/openapi.json` is a copy of that document; an integration test keeps it up to date.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

const TITLE: &str = "\
# REST v2: routes and shapes

Every route with its requests and answers. Each path begins with `/pyblish/v2`. [REST v2](rest.md)
explains access, errors, reads and changes; [Events](events.md) has the bodies of events. This page
is generated from the OpenAPI document of the server (`GET /pyblish/v2/openapi.json`) by
`cargo xtask docs --write`.
";

/// The beginning of every path.
const PREFIX: &str = "/pyblish/v2";

/// The groups of routes, and their titles here.
const GROUPS: [(&str, &str); 8] = [
    ("access", "Access"),
    ("adapters", "Adapters"),
    ("sessions", "Sessions"),
    ("things", "Plug-ins, instances and the context"),
    ("results", "Results"),
    ("work", "Single plug-ins"),
    ("runs", "Runs"),
    ("events", "Events"),
];

/// Creates the page from the document in the project.
pub fn page(root: &Path) -> Result<String> {
    let path = root.join("tests/data/openapi.json");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let document = serde_json::from_str(&text).context("tests/data/openapi.json is not JSON")?;
    Ok(write(&document))
}

fn write(document: &Value) -> String {
    let mut page = TITLE.to_owned();
    let routes = routes(document);
    // A group without a title keeps its own name, so that no route is missing.
    let mut groups: Vec<(&str, &str)> = GROUPS.to_vec();
    for route in &routes {
        if !groups.iter().any(|(name, _)| *name == route.group) {
            groups.push((route.group, route.group));
        }
    }
    for (name, title) in groups {
        let mut of_group = routes.iter().filter(|route| route.group == name).peekable();
        if of_group.peek().is_none() {
            continue;
        }
        page += &format!("\n## {title}\n");
        for route in of_group {
            route.write(&mut page);
        }
    }
    page +=
        "\n## Shapes\n\nA field that may be missing is marked *optional*. `data` holds any JSON.\n";
    for (name, shape) in object(&document["components"]["schemas"]) {
        write_shape(name, shape, &mut page);
    }
    page
}

/// One method of one path.
struct Route<'a> {
    group: &'a str,
    method: String,
    /// The path without the common beginning.
    path: &'a str,
    operation: &'a Value,
}

fn routes(document: &Value) -> Vec<Route<'_>> {
    let mut routes = Vec::new();
    for (path, methods) in object(&document["paths"]) {
        for (method, operation) in object(methods) {
            routes.push(Route {
                group: operation["tags"][0].as_str().unwrap_or("other"),
                method: method.to_uppercase(),
                path: path.strip_prefix(PREFIX).unwrap_or(path),
                operation,
            });
        }
    }
    routes
}

impl Route<'_> {
    fn write(&self, page: &mut String) {
        let Route {
            method,
            path,
            operation,
            ..
        } = self;
        // Writing to a string cannot fail.
        let _ = write!(page, "\n### `{method} {path}`\n");
        for text in ["summary", "description"] {
            if let Some(text) = operation[text].as_str() {
                let _ = write!(page, "\n{}\n", prose(text));
            }
        }
        let parameters = operation["parameters"].as_array();
        if let Some(parameters) = parameters.filter(|all| !all.is_empty()) {
            *page += "\n| parameter | in | type | |\n| --- | --- | --- | --- |\n";
            for parameter in parameters {
                let text = |key: &str| parameter[key].as_str().unwrap_or_default();
                let optional = match parameter["required"].as_bool() {
                    Some(true) => "",
                    _ => "*optional* ",
                };
                let _ = writeln!(
                    page,
                    "| `{}` | {} | {} | {} |",
                    text("name"),
                    text("in"),
                    kind(&parameter["schema"]),
                    cell(&format!("{optional}{}", text("description")))
                );
            }
        }
        if let Some((_, body)) = object(&operation["requestBody"]["content"]).next() {
            let _ = write!(page, "\nTakes {}.\n", kind(&body["schema"]));
        }
        let answers = object(&operation["responses"]);
        let answers = answers.map(|(status, answer)| answered(status, answer));
        let _ = write!(
            page,
            "\nAnswers {}.\n",
            answers.collect::<Vec<_>>().join("; ")
        );
    }
}

/// A status, and the type of its body.
fn answered(status: &str, answer: &Value) -> String {
    let kinds = object(&answer["content"]).map(|(media, content)| match &content["schema"] {
        Value::Null => format!("`{media}`"),
        schema if media == "application/json" => kind(schema),
        schema if media.ends_with("problem+json") => kind(schema),
        _ => format!("`{media}`"),
    });
    let kinds = kinds.collect::<Vec<_>>().join(" or ");
    let status = match status {
        "default" => "an error".to_owned(),
        status => format!("`{status}`"),
    };
    match kinds.is_empty() {
        true => status,
        false => format!("{status} with {kinds}"),
    }
}

fn write_shape(name: &str, shape: &Value, page: &mut String) {
    let _ = write!(page, "\n### {name}\n");
    if let Some(text) = shape["description"].as_str() {
        let _ = write!(page, "\n{}\n", prose(text));
    }
    let fields: Vec<_> = object(&shape["properties"]).collect();
    if fields.is_empty() {
        let _ = write!(page, "\n{}\n", kind(shape));
        return;
    }
    *page += "\n| field | type | |\n| --- | --- | --- |\n";
    let required = shape["required"].as_array();
    for (name, field) in fields {
        let is_required = required.is_some_and(|all| all.iter().any(|it| it == name));
        let optional = match is_required {
            true => "",
            false => "*optional* ",
        };
        let text = field["description"].as_str().unwrap_or_default();
        let _ = writeln!(
            page,
            "| `{name}` | {} | {} |",
            kind(field),
            cell(&format!("{optional}{text}"))
        );
    }
}

/// The type of a value in words; a shape is a link to its description.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        return format!("[{name}](#{})", name.to_lowercase());
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(all) = schema[several].as_array() {
            return all.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        let words = words.iter().filter_map(Value::as_str);
        return words
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ");
    }
    let one = |name: &str| match name {
        "array" => format!("list of {}", kind(&schema["items"])),
        "object" => match &schema["additionalProperties"] {
            values @ Value::Object(_) => format!("object of {}", kind(values)),
            _ => "object".into(),
        },
        other => other.to_owned(),
    };
    match &schema["type"] {
        Value::String(name) => one(name),
        Value::Array(names) => {
            let names = names.iter().filter_map(Value::as_str).map(one);
            names.collect::<Vec<_>>().join(" or ")
        }
        _ => "any JSON".into(),
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().map(Map::iter).into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

/// A paragraph with lines of at most 100 characters.
fn prose(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let long = lines[last].chars().count() + 1 + word.chars().count() > 100;
        match (lines[last].is_empty(), long) {
            (true, _) => lines[last] += word,
            (false, false) => lines[last] += &format!(" {word}"),
            (false, true) => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_route_says_what_it_takes_and_answers() {
        let document = json!({
            "paths": {"/a/{b}": {"post": {
                "tags": ["new"],
                "summary": "Does it.",
                "parameters": [{"name": "b", "in": "path", "required": true, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Shape"}}}},
                "responses": {
                    "204": {"description": ""},
                    "default": {"content": {"application/problem+json": {"schema": {"$ref": "#/c/Problem"}}}},
                },
            }}},
            "components": {"schemas": {"Shape": {"required": ["x"], "properties": {
                "x": {"type": ["string", "null"], "description": "One | two."},
                "y": {"type": "array", "items": {"type": "integer"}},
            }}}},
        });
        let page = write(&document);
        for part in [
            "\n## new\n\n### `POST /a/{b}`\n\nDoes it.\n",
            "| `b` | path | string |  |",
            "Takes [Shape](#shape).",
            "Answers `204`; an error with [Problem](#problem).",
            "\n### Shape\n",
            "| `x` | string or null | One \\| two. |",
            "| `y` | list of integer | *optional* |",
        ] {
            assert!(page.contains(part), "{part:?} is missing in {page}");
        }
    }
}
