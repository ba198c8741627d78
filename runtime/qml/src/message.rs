//! The messages between QML and its host: each is a line of JSON in ASCII, because the encoding
//! that QML reads with depends on its Python.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::{Value, json};

use pyblish_model::{Data, JsonText};

const REQUEST: &str = "pyblish-qml:popen.request";

/// A line that QML wrote.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Request(Request),
    /// A request that cannot be read, with the reason. QML waits for an answer to it.
    Broken(String),
    /// Any other line, printed by some code.
    Text(String),
}

/// A call that QML asks for.
#[derive(Debug, Default, PartialEq, Deserialize)]
pub struct Request {
    pub name: String,
    #[serde(default)]
    pub args: Vec<JsonText>,
    #[serde(default)]
    pub kwargs: Data,
}

impl Request {
    /// An argument, by position or name; null if it is missing.
    pub fn argument(&self, place: usize, name: &str) -> JsonText {
        let found = self.args.get(place).or_else(|| self.kwargs.get(name));
        found.cloned().unwrap_or_default()
    }
}

/// Parses a line.
pub(crate) fn hear(line: &[u8]) -> Heard {
    #[derive(Deserialize)]
    struct Line {
        header: String,
        #[serde(default)]
        payload: JsonText,
    }
    match serde_json::from_slice::<Line>(line) {
        Ok(Line { header, payload }) if header == REQUEST => {
            match serde_json::from_str(payload.text()) {
                Ok(request) => Heard::Request(request),
                Err(error) => Heard::Broken(error.to_string()),
            }
        }
        // The line begins as a request, but is cut off, or a print was mixed into it.
        Err(error) if has_header(line) => Heard::Broken(error.to_string()),
        _ => Heard::Text(String::from_utf8_lossy(line).trim_end().to_owned()),
    }
}

fn has_header(line: &[u8]) -> bool {
    let wanted = REQUEST.as_bytes();
    line.windows(wanted.len()).any(|part| part == wanted)
}

/// The answer to a request, as a line. `payload` is JSON in ASCII.
pub(crate) fn response(payload: &str) -> String {
    format!("{{\"header\": \"pyblish-qml:popen.response\", \"payload\": {payload}}}\n")
}

/// A command for QML: `show`, `quit`.
pub(crate) fn parent(name: &str, arguments: Value) -> String {
    let body = json!({
        "header": "pyblish-qml:popen.parent",
        "payload": {"name": name, "args": arguments, "kwargs": {}},
    });
    ascii(body.to_string()) + "\n"
}

/// QML needs one every 15 seconds; otherwise it assumes that its host is dead, and ends.
pub(crate) const PULSE: &str = "{\"header\": \"pyblish-qml:server.pulse\"}\n";

/// Makes JSON pure ASCII. Other characters only occur in strings, where they can be escaped.
pub(crate) fn ascii(json: String) -> String {
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
            // Writing to a string cannot fail.
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
            ("test", json!(1).into())
        );
        assert_eq!(
            (request.argument(1, "a"), request.argument(1, "b")),
            (json!(2).into(), JsonText::default())
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
