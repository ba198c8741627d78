//! The arguments of a request: from the query, and from a body that is a form or a JSON object.
//!
//! The original reads them with Flask-RESTful, and this code does the same: of several with one
//! name the first counts, the body comes before the query, and other JSON values become text.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::{HeaderMap, header};

use super::error::V1Error;
use crate::json::{MaxJsonValues, check_json_input};
use crate::limited_body;
use pyblish_model::Data;

/// How many arguments a request may have. Only four are used.
const MAX_ARGUMENTS: usize = 1000;

/// Names and values in order; of several with one name the first counts.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Arguments(Vec<(String, String)>);

impl Arguments {
    /// Reads the body of this request to its end.
    pub(super) async fn read(request: Request) -> Result<Self, V1Error> {
        let (head, body) = request.into_parts();
        let body = limited_body::read(body).await?;
        let query = head.uri.query().unwrap_or_default();
        let limit = MaxJsonValues::of(&head.extensions);
        Arguments::parse(media_type(&head.headers).as_deref(), &body, query, limit)
    }

    /// The arguments in this body of this media type, and in this query.
    pub(crate) fn parse(
        media_type: Option<&str>,
        body: &[u8],
        query: &str,
        limit: MaxJsonValues,
    ) -> Result<Self, V1Error> {
        let mut arguments = match media_type {
            Some("application/json") if !body.is_empty() => of_json(body, limit)?,
            Some("application/x-www-form-urlencoded") => of_form(body)?,
            _ => Vec::new(),
        };
        arguments.extend(of_form(query.as_bytes())?);
        Ok(Arguments(arguments))
    }

    /// The value of the first argument of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

fn of_form(text: &[u8]) -> Result<Vec<(String, String)>, V1Error> {
    let owned = |text: Cow<str>| text.into_owned();
    let pairs: Vec<_> = form_urlencoded::parse(text)
        .take(MAX_ARGUMENTS + 1)
        .map(|(name, value)| (owned(name), owned(value)))
        .collect();
    if pairs.len() > MAX_ARGUMENTS {
        return Err(too_many());
    }
    Ok(pairs)
}

fn too_many() -> V1Error {
    V1Error::bad_request(format!(
        "there are more than {MAX_ARGUMENTS} arguments; send only the documented ones"
    ))
}

/// `null` means no argument. A list or an object becomes its JSON text.
fn of_json(body: &[u8], limit: MaxJsonValues) -> Result<Vec<(String, String)>, V1Error> {
    check_json_input(body, limit).map_err(|error| V1Error {
        status: error.status(),
        message: format!("the body {error}; send an object such as {{\"plugin\": \"…\"}}"),
    })?;
    let object: Data = serde_json::from_slice(body).map_err(|_| {
        V1Error::bad_request(
            "the body is JSON, but not an object; send one such as {\"plugin\": \"…\"}",
        )
    })?;
    if object.len() > MAX_ARGUMENTS {
        return Err(too_many());
    }
    let pairs = object.into_iter().filter(|(_, value)| !value.is_null());
    Ok(pairs
        .map(|(name, value)| (name, value.to_plain()))
        .collect())
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use pyblish_promise::promise;

    use super::*;

    fn parse(media_type: Option<&str>, body: &str, query: &str) -> Arguments {
        Arguments::parse(media_type, body.as_bytes(), query, MaxJsonValues::DEFAULT).unwrap()
    }

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
    const JSON: Option<&str> = Some("application/json");

    #[test]
    fn arguments_come_from_form_json_and_query() {
        assert_eq!(parse(FORM, "plugin=A+B%21", "").get("plugin"), Some("A B!"));
        assert_eq!(
            parse(JSON, r#"{"plugin": "A"}"#, "").get("plugin"),
            Some("A")
        );
        assert_eq!(parse(None, "plugin=A", "plugin=B").get("plugin"), Some("B"));
        assert_eq!(parse(FORM, "plugin=A", "plugin=B").get("plugin"), Some("A"));
    }

    #[test]
    fn null_is_no_argument_and_empty_is_one() {
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
    fn arguments_must_be_a_json_object() {
        for body in ["{not json", "[]", "3", "\u{feff}{}"] {
            let error =
                Arguments::parse(JSON, body.as_bytes(), "", MaxJsonValues::DEFAULT).unwrap_err();
            assert!(error.message.contains("JSON"), "{}", error.message);
        }
        let error = Arguments::parse(JSON, b"\xff", "", MaxJsonValues::DEFAULT).unwrap_err();
        assert_eq!(error.status, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn arguments_are_counted() {
        let form = |count: usize| "a=b&".repeat(count);
        let read =
            |count| Arguments::parse(FORM, form(count).as_bytes(), "", MaxJsonValues::DEFAULT);
        assert!(read(MAX_ARGUMENTS).is_ok());
        let error = read(MAX_ARGUMENTS + 1).unwrap_err();
        assert!(error.message.contains("more than 1000 arguments"));
        let json = r#"{"plugin": [1, 2]}"#.as_bytes();
        assert!(Arguments::parse(JSON, json, "", MaxJsonValues(4)).is_ok());
        let error = Arguments::parse(JSON, json, "", MaxJsonValues(3)).unwrap_err();
        assert_eq!(error.status, StatusCode::PAYLOAD_TOO_LARGE);
        promise!(
            "LOAD-22",
            error.message.contains("more than 3 values"),
            "{}",
            error.message
        );
    }
}
