//! The arguments of a request: from the query, and from a body that is a form or a JSON object. The original
//! reads them through Flask-RESTful, which takes the first of a name, JSON before the rest, and makes text of
//! what is not.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::Error;
use crate::http::body;

/// Names and texts, the first of a name counts.
#[derive(Debug, Default, PartialEq)]
pub struct Arguments(Vec<(String, String)>);

impl Arguments {
    pub async fn read(request: Request) -> Result<Self, Error> {
        let (head, body) = request.into_parts();
        let body = body::read(body).await?;
        let query = head.uri.query().unwrap_or_default();
        Arguments::parse(media_type(&head.headers).as_deref(), &body, query)
    }

    pub(in crate::http) fn parse(
        media_type: Option<&str>,
        body: &[u8],
        query: &str,
    ) -> Result<Self, Error> {
        let mut arguments = match media_type {
            Some("application/json") if !body.is_empty() => of_json(body)?,
            Some("application/x-www-form-urlencoded") => of_form(body),
            _ => Vec::new(),
        };
        arguments.extend(of_form(query.as_bytes()));
        Ok(Arguments(arguments))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

fn of_form(text: &[u8]) -> Vec<(String, String)> {
    let owned = |text: Cow<str>| text.into_owned();
    form_urlencoded::parse(text)
        .map(|(name, value)| (owned(name), owned(value)))
        .collect()
}

fn of_json(body: &[u8]) -> Result<Vec<(String, String)>, Error> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        Error::bad(format!(
            "the body is no JSON: {error}; send an object such as {{\"plugin\": \"…\"}}"
        ))
    })?;
    let Value::Object(object) = value else {
        return Err(Error::bad(
            "the body is JSON, but no object; send one such as {\"plugin\": \"…\"}",
        ));
    };
    Ok(texts(object))
}

/// `null` is as good as nothing; an object or list is taken for the text that it would have been.
fn texts(object: Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    let pairs = object.into_iter();
    pairs
        .filter_map(|(name, value)| Some((name, text(value)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    fn parse(media_type: Option<&str>, body: &str, query: &str) -> Arguments {
        Arguments::parse(media_type, body.as_bytes(), query).unwrap()
    }

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
    const JSON: Option<&str> = Some("application/json");

    #[test]
    fn arguments_come_as_a_form_as_json_or_in_the_query() {
        assert_eq!(parse(FORM, "plugin=A+B%21", "").get("plugin"), Some("A B!"));
        assert_eq!(
            parse(JSON, r#"{"plugin": "A"}"#, "").get("plugin"),
            Some("A")
        );
        assert_eq!(parse(None, "plugin=A", "plugin=B").get("plugin"), Some("B"));
        assert_eq!(parse(FORM, "plugin=A", "plugin=B").get("plugin"), Some("A"));
    }

    #[test]
    fn null_is_as_good_as_nothing_and_empty_is_not() {
        let arguments = parse(
            JSON,
            r#"{"instance": null, "plugin": "", "changes": {"a": 1}}"#,
            "",
        );
        assert_eq!(arguments.get("instance"), None);
        assert_eq!(arguments.get("plugin"), Some(""));
        assert_eq!(arguments.get("changes"), Some(r#"{"a":1}"#));
    }

    #[test]
    fn a_body_that_is_no_json_object_is_refused() {
        for body in ["{not json", "[]", "3", "\u{feff}{}"] {
            let error = Arguments::parse(JSON, body.as_bytes(), "").unwrap_err();
            assert!(error.message.contains("JSON"), "{}", error.message);
        }
        let error = Arguments::parse(JSON, b"\xff", "").unwrap_err();
        assert_eq!(error.status, StatusCode::BAD_REQUEST);
    }
}
