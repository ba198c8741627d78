//! A webhook that is to be added, and what can be wrong with it.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

use super::filter::RunFilter;
use super::template::{Template, TemplateError};
use crate::error::HubError;

/// Characters of the longest address, and of the longest name.
const LONGEST_URL: usize = 2_000;
const LONGEST_NAME: usize = 200;

/// How many values one list of a filter has at most.
const MOST_VALUES: usize = 100;

/// Why a webhook cannot be added or changed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// What was asked for is wrong.
    #[error("{0}")]
    Wrong(String),
    /// There is no such webhook.
    #[error("there is no webhook {0}; `pyblish-endpoint hub webhooks list` shows them")]
    Unknown(i64),
    /// There is no such message among those that nobody took.
    #[error(
        "there is no message {0} that failed; `pyblish-endpoint hub webhooks failed` shows them"
    )]
    UnknownMessage(i64),
    /// See [`TemplateError`].
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// See [`HubError`].
    #[error(transparent)]
    Hub(#[from] HubError),
}

impl From<tokio_postgres::Error> for WebhookError {
    fn from(error: tokio_postgres::Error) -> Self {
        WebhookError::Hub(error.into())
    }
}

/// Where messages are posted. Its path is not shown: that of a chat is a password.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// All of it.
    pub(super) fn reveal(&self) -> &str {
        self.0.as_str()
    }

    /// The scheme, the host and the port, and whether there is more.
    pub fn shown(&self) -> String {
        let origin = self.0.origin().ascii_serialization();
        match (self.0.path(), self.0.query()) {
            ("/", None) => origin,
            _ => format!("{origin}/…"),
        }
    }

    /// The host, as `--webhook-allow` takes it.
    pub(super) fn host(&self) -> &str {
        let host = self.0.host_str().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl FromStr for WebhookUrl {
    type Err = WebhookError;

    fn from_str(text: &str) -> Result<Self, WebhookError> {
        let form = "write it like https://chat.studio.lan/hooks/abc";
        // The text may be a password, so it is not repeated.
        let wrong = |reason: &str| {
            WebhookError::Wrong(format!("the address of the webhook {reason}; {form}"))
        };
        if text.len() > LONGEST_URL {
            return Err(wrong(&format!("has more than {LONGEST_URL} characters")));
        }
        let url = Url::parse(text).map_err(|error| wrong(&format!("is wrong ({error})")))?;
        if !["https", "http"].contains(&url.scheme()) || url.host_str().is_none() {
            return Err(wrong("is not one of a web server"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("has a user or a password before the host"));
        }
        if url.fragment().is_some() {
            return Err(wrong("has a part after #, which is never sent"));
        }
        Ok(WebhookUrl(url))
    }
}

/// A webhook that is to be added.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// For people.
    pub name: String,
    /// Where messages are posted.
    pub url: WebhookUrl,
    /// Of which runs.
    pub filter: RunFilter,
    /// The text for a chat; none for CloudEvents.
    pub template: Option<Template>,
}

impl NewWebhook {
    /// # Errors
    /// The name or the filter is wrong.
    pub(super) fn check(&self) -> Result<(), WebhookError> {
        let wrong = |reason: String| Err(WebhookError::Wrong(reason));
        let is_name = |text: &str| {
            !text.trim().is_empty()
                && text.chars().count() <= LONGEST_NAME
                && !text.contains(char::is_control)
        };
        if !is_name(&self.name) {
            return wrong(format!(
                "the name of the webhook must have 1 to {LONGEST_NAME} characters"
            ));
        }
        let RunFilter {
            states,
            projects,
            adapters,
            users,
            plugins,
            published: _,
        } = &self.filter;
        for values in [states, projects, adapters, users, plugins] {
            if values.len() > MOST_VALUES {
                return wrong(format!(
                    "a webhook chooses by at most {MOST_VALUES} values of a kind"
                ));
            }
            if let Some(value) = values.iter().find(|value| !is_name(value)) {
                return wrong(format!(
                    "{value:?} cannot be chosen: write 1 to {LONGEST_NAME} characters"
                ));
            }
        }
        self.filter.check().map_err(WebhookError::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_shows_no_password() {
        let url: WebhookUrl = "https://hooks.chat.example/services/T0/s3cret"
            .parse()
            .unwrap();
        assert_eq!(url.shown(), "https://hooks.chat.example/…");
        assert!(!format!("{url:?}").contains("s3cret"));
        assert_eq!(url.host(), "hooks.chat.example");
        let numbered: WebhookUrl = "http://[::1]:8065/".parse().unwrap();
        assert_eq!(
            (numbered.host(), numbered.shown().as_str()),
            ("::1", "http://[::1]:8065")
        );
        // However a number is written, it is the same host.
        assert_eq!(
            "http://2130706433/".parse::<WebhookUrl>().unwrap().host(),
            "127.0.0.1"
        );
    }

    #[test]
    fn wrong_address_is_refused_and_not_repeated() {
        let long = format!("https://chat/{}", "x".repeat(LONGEST_URL));
        for (text, reason) in [
            ("s3cret", "is wrong"),
            ("ftp://chat/s3cret", "not one of a web server"),
            ("file:///s3cret", "not one of a web server"),
            ("https://anna:s3cret@chat/", "a user or a password"),
            ("https://chat/#s3cret", "after #"),
            (&long, "more than 2000 characters"),
        ] {
            let said = text.parse::<WebhookUrl>().unwrap_err().to_string();
            assert!(
                said.contains(reason) && said.contains("write it like"),
                "{said}"
            );
            assert!(!said.contains("s3cret") && !said.contains("xxx"), "{said}");
        }
    }
}
