//! What goes over the pipes between QML and its host: a line of JSON each, ASCII only, since QML reads with whatever
//! encoding its Python has.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::{Map, Value, json};

const REQUEST: &str = "pyblish-qml:popen.request";

/// A line that QML wrote.
#[derive(Debug, PartialEq)]
pub enum Heard {
    Request(Request),
    /// A request that cannot be read, for this reason. QML waits for an answer to it.
    Broken(String),
    /// Anything else, which is somebody's print.
    Text(String),
}

/// What QML asks its host to call.
#[derive(Debug, Default, PartialEq, Deserialize)]
pub struct Request {
    pub name: String,
    #[serde(default)]
    pub args: Vec<Value>,
    #[serde(default)]
    pub kwargs: Map<String, Value>,
}

impl Request {
    /// An argument, by its place or its name.
    pub fn argument(&self, place: usize, name: &str) -> &Value {
        let found = self.args.get(place).or_else(|| self.kwargs.get(name));
        found.unwrap_or(&Value::Null)
    }
}

/// Takes a line apart.
pub fn hear(line: &[u8]) -> Heard {
    #[derive(Deserialize)]
    struct Line {
        header: String,
        #[serde(default)]
        payload: Value,
    }
    match serde_json::from_slice::<Line>(line) {
        Ok(Line { header, payload }) if header == REQUEST => {
            match serde_json::from_value(payload) {
                Ok(request) => Heard::Request(request),
                Err(error) => Heard::Broken(error.to_string()),
            }
        }
        // What begins as a request and is cut off, or garbled by a print into the middle of it.
        Err(error) if has_header(line) => Heard::Broken(error.to_string()),
        _ => Heard::Text(String::from_utf8_lossy(line).trim_end().to_owned()),
    }
}

fn has_header(line: &[u8]) -> bool {
    let wanted = REQUEST.as_bytes();
    line.windows(wanted.len()).any(|part| part == wanted)
}

/// The answer to a request, as a line. `payload` is JSON in ASCII.
pub fn response(payload: &str) -> String {
    format!("{{\"header\": \"pyblish-qml:popen.response\", \"payload\": {payload}}}\n")
}

/// Has QML do something: `show`, `quit`.
pub fn parent(name: &str, arguments: Value) -> String {
    let body = json!({
        "header": "pyblish-qml:popen.parent",
        "payload": {"name": name, "args": arguments, "kwargs": {}},
    });
    ascii(body.to_string()) + "\n"
}

/// Without one every 15 seconds QML takes its host for dead, and ends.
pub const PULSE: &str = "{\"header\": \"pyblish-qml:server.pulse\"}\n";

/// JSON with nothing but ASCII in it: what is not stands in texts only, where it can be written otherwise.
pub fn ascii(json: String) -> String {
    if json.is_ascii() {
        return json;
    }
    let mut text = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a text does not fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_from_a_print() {
        let line = br#"{"header": "pyblish-qml:popen.request", "payload": {"name": "test", "args": [1], "kwargs": {"a": 2}}}"#;
        let Heard::Request(request) = hear(line) else {
            panic!("no request")
        };
        assert_eq!(
            (request.name.as_str(), request.argument(0, "x")),
            ("test", &json!(1))
        );
        assert_eq!(
            (request.argument(1, "a"), request.argument(1, "b")),
            (&json!(2), &Value::Null)
        );
        for print in ["", "hello", "7", r#"{"header": 5}"#, r#"{"header": "x"}"#] {
            assert_eq!(hear(print.as_bytes()), Heard::Text(print.into()));
        }
    }

    #[test]
    fn a_broken_request_is_one_all_the_same() {
        let whole = r#"{"header": "pyblish-qml:popen.request", "payload": {"name": "test"}}"#;
        for line in [
            &whole[..60],
            &whole.replace("\"test\"", "7"),
            &format!("print{whole}"),
        ] {
            assert!(matches!(hear(line.as_bytes()), Heard::Broken(_)), "{line}");
        }
    }

    #[test]
    fn what_is_sent_is_ascii_and_the_same() {
        let value = json!({"ä": "\u{1F3AC} \u{2028}\n"});
        let text = ascii(value.to_string());
        assert!(text.is_ascii() && text.contains("\\ud83c\\udfac"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
