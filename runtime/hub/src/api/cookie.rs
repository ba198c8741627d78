//! The cookie of a browser.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::database::Database;
use crate::error::HubError;
use pyblish_server::Secret;

/// How the cookie is called, and whether browsers send it over TLS only.
#[derive(Debug, Clone)]
pub(crate) struct Cookie {
    name: String,
    tls: bool,
}

impl Cookie {
    /// The cookie of the studio that this database is of. All of its hubs have the same; a hub of
    /// another studio on the same machine has another, because browsers do not tell ports apart.
    ///
    /// # Errors
    /// See [`HubError`].
    pub(crate) async fn read(database: &Database, tls: bool) -> Result<Self, HubError> {
        let client = database.get().await?;
        let query = "SELECT left(id::text, 8) FROM studio";
        let studio: String = client.query_one(query, &[]).await?.get(0);
        // Browsers take a cookie with this prefix only over TLS, from the host itself.
        let prefix = if tls { "__Host-" } else { "" };
        let name = format!("{prefix}pyblish-hub-{studio}");
        Ok(Cookie { name, tls })
    }

    /// The values that a request has of it: another program of the same machine can set one of the
    /// same name, so there may be several.
    pub(crate) fn of<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let lines = headers.get_all(header::COOKIE).iter();
        let pairs = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let ours = pairs.filter(|(name, _)| *name == self.name);
        ours.map(|(_, value)| value).take(4)
    }

    /// The header that sets it.
    pub(crate) fn set(&self, value: &Secret) -> Option<HeaderValue> {
        // Browsers forget it with the browser in the database, 30 days later, at the latest.
        self.header(&format!("{}; Max-Age=2592000", value.reveal()))
    }

    /// The header that removes it.
    pub(crate) fn remove(&self) -> Option<HeaderValue> {
        self.header("; Max-Age=0")
    }

    fn header(&self, value: &str) -> Option<HeaderValue> {
        let secure = if self.tls { "; Secure" } else { "" };
        let name = &self.name;
        let text = format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/{secure}");
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}
