//! The names that clients may use for the server.
//!
//! A page of another site in the artist's browser must not reach anything here, even if its name
//! resolves to this machine (DNS rebinding). So `Host` must be exactly one of these names with the
//! port. `Origin`, if present, must also be one of them. `Sec-Fetch-Site`, if present, must say
//! that the page is our own. A page that the user allows ([`super::origins`]) is the exception.

use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};

use super::origins::AllowedOrigins;
use crate::refusal::Refusal;

/// The names of this server as `Host` has them, and its origins as `Origin` has them.
#[derive(Debug, Clone)]
pub(crate) struct ServerNames {
    hosts: Vec<String>,
    origins: Vec<String>,
    /// The origins of other pages that may use the API.
    allowed: AllowedOrigins,
}

impl ServerNames {
    /// The names of the loopback and these, each with this port. The scheme of the origins is
    /// `https` with TLS.
    pub(crate) fn new(tls: bool, port: u16, more: &[String]) -> Self {
        let loopback = ["127.0.0.1", "[::1]", "localhost"].map(str::to_owned);
        let more = more.iter().filter(|name| !loopback.contains(name));
        let names = loopback.iter().chain(more);
        let mut hosts: Vec<_> = names.clone().map(|name| format!("{name}:{port}")).collect();
        let (scheme, usual) = if tls { ("https", 443) } else { ("http", 80) };
        if port == usual {
            // Browsers leave out the default port.
            hosts.extend(names.cloned());
        }
        let origins = hosts.iter().map(|host| format!("{scheme}://{host}"));
        ServerNames {
            origins: origins.collect(),
            hosts,
            allowed: AllowedOrigins::default(),
        }
    }

    /// The name of a server on a unix socket, which no browser can open.
    pub(crate) fn of_socket() -> Self {
        ServerNames {
            hosts: vec!["localhost".into()],
            origins: Vec::new(),
            allowed: AllowedOrigins::default(),
        }
    }

    /// The same with these allowed origins.
    pub(crate) fn with_allowed(mut self, allowed: AllowedOrigins) -> Self {
        self.allowed = allowed;
        self
    }

    pub(super) fn allowed(&self) -> &AllowedOrigins {
        &self.allowed
    }

    /// Refuses a request that is for another server, or that a page of another site sent which the
    /// user does not allow.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        self.check_host(uri, headers)?;
        self.check_site(uri, headers)
    }

    /// The same for somebody who opens the page, from a link on any site: the page itself has nothing
    /// that others may not know, and its requests are checked in full.
    pub(crate) fn check_opening(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        self.check_host(uri, headers)?;
        let is = |name, value| single(headers, HeaderName::from_static(name)) == Some(Some(value));
        let opens = is("sec-fetch-mode", "navigate") && is("sec-fetch-dest", "document");
        match opens && !headers.contains_key(header::ORIGIN) {
            true => Ok(()),
            false => self.check_site(uri, headers),
        }
    }

    /// Refuses a request that is for another server.
    fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        // Names are not case-sensitive.
        let is_ours = |host: &str| {
            let mut known = self.hosts.iter();
            known.any(|known| known.eq_ignore_ascii_case(host))
        };
        let known = || self.hosts.join(", ");
        let not_ours = |host: &str| {
            let message = format!(
                "this server is not {host:?}; it is {} (more names: --allow-name)",
                known()
            );
            Refusal::new(StatusCode::FORBIDDEN, "Another server", message)
        };
        match single(headers, header::HOST) {
            Some(Some(host)) if is_ours(host) => {}
            Some(Some(host)) => return Err(not_ours(host)),
            _ => {
                let message = format!("send one Host header; this server is {}", known());
                return Err(Refusal::new(StatusCode::BAD_REQUEST, "No host", message));
            }
        }
        // A request to a proxy also names the server in its target.
        if let Some(authority) = uri.authority()
            && !is_ours(authority.as_str())
        {
            return Err(not_ours(authority.as_str()));
        }
        Ok(())
    }

    /// Refuses a request that a page of another site sent which the user does not allow.
    fn check_site(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let foreign = || {
            let message = "a page of another site may not use this server; `serve --allow-origin \
                           ORIGIN` allows the pages of one origin to use /pyblish/v2 with the token";
            Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "Another site",
                message.to_owned(),
            ))
        };
        if self.allowed.of(uri.path(), headers).is_some() {
            return Ok(());
        }
        match single(headers, header::ORIGIN) {
            None => {}
            Some(Some(origin)) if self.origins.iter().any(|known| known == origin) => {}
            Some(_) => return foreign(),
        }
        // For a browser another port of this machine is the "same site", but it is another program.
        match single(headers, HeaderName::from_static("sec-fetch-site")) {
            None | Some(Some("same-origin" | "none")) => Ok(()),
            Some(_) => foreign(),
        }
    }
}

/// The value of this header: none if it is missing, `Some(None)` if it is there twice or is not a
/// text.
fn single(headers: &HeaderMap, name: HeaderName) -> Option<Option<&str>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        None => Some(first.to_str().ok()),
        Some(_) => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The status with which a request with these headers is refused by a server of these names.
    fn refused_by(names: &ServerNames, headers: &[(&'static str, &'static str)]) -> Option<u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let refusal = names.check(&Uri::from_static("/"), &map).err();
        refusal.map(|refusal| refusal.status.as_u16())
    }

    fn refused(headers: &[(&'static str, &'static str)]) -> Option<u16> {
        refused_by(&ServerNames::new(false, 6000, &[]), headers)
    }

    #[test]
    fn loopback_names_are_accepted() {
        for host in [
            "127.0.0.1:6000",
            "[::1]:6000",
            "localhost:6000",
            "LocalHost:6000",
        ] {
            assert_eq!(refused(&[("host", host)]), None);
        }
        let own = [
            ("host", "localhost:6000"),
            ("origin", "http://127.0.0.1:6000"),
        ];
        assert_eq!(refused(&own), None);
    }

    #[test]
    fn other_hosts_are_refused() {
        for host in [
            "evil.example:6000",
            "localhost",
            "localhost:6001",
            "localhost.evil.example:6000",
            "evil-localhost:6000",
            "0.0.0.0:6000",
            "LOCALHOST:6000.",
        ] {
            assert_eq!(refused(&[("host", host)]), Some(403), "{host}");
        }
    }

    #[test]
    fn host_is_needed_once() {
        assert_eq!(refused(&[]), Some(400));
        let twice = [("host", "localhost:6000"), ("host", "localhost:6000")];
        assert_eq!(refused(&twice), Some(400));
    }

    #[test]
    fn target_names_this_server() {
        let names = ServerNames::new(false, 6000, &[]);
        let headers =
            HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost:6000"))]);
        let check = |uri: &'static str| names.check(&Uri::from_static(uri), &headers).is_ok();
        assert!(check("http://localhost:6000/") && !check("http://evil.example:6000/"));
    }

    #[test]
    fn other_sites_are_refused() {
        let host = ("host", "localhost:6000");
        for origin in [
            "http://evil.example",
            "null",
            "https://localhost:6000",
            "http://localhost",
            "http://localhost:3000",
        ] {
            assert_eq!(refused(&[host, ("origin", origin)]), Some(403), "{origin}");
        }
        for site in ["cross-site", "same-site", "other"] {
            assert_eq!(
                refused(&[host, ("sec-fetch-site", site)]),
                Some(403),
                "{site}"
            );
        }
        for site in ["same-origin", "none"] {
            assert_eq!(refused(&[host, ("sec-fetch-site", site)]), None, "{site}");
        }
    }

    #[test]
    fn page_is_opened_from_any_site() {
        let names = ServerNames::new(false, 6100, &[]);
        let opening = |headers: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, HeaderValue::from_static(value));
            }
            names.check_opening(&Uri::from_static("/"), &map).is_ok()
        };
        let host = ("host", "localhost:6100");
        let foreign = ("sec-fetch-site", "cross-site");
        let navigate = ("sec-fetch-mode", "navigate");
        let document = ("sec-fetch-dest", "document");
        assert!(opening(&[host, foreign, navigate, document]));
        assert!(opening(&[host]));
        for refused in [
            &[host, foreign][..],
            &[host, foreign, navigate],
            &[host, foreign, navigate, ("sec-fetch-dest", "iframe")],
            &[host, foreign, ("sec-fetch-mode", "no-cors"), document],
            &[host, foreign, navigate, document, ("origin", "null")],
            &[("host", "evil.example"), foreign, navigate, document],
        ] {
            assert!(!opening(refused), "{refused:?}");
        }
    }

    #[test]
    fn configured_names_are_accepted() {
        let names = ServerNames::new(true, 6000, &["studio.example".into()]);
        let host = ("host", "studio.example:6000");
        let origin = |origin| refused_by(&names, &[host, ("origin", origin)]);
        assert_eq!(origin("https://studio.example:6000"), None);
        assert_eq!(origin("http://studio.example:6000"), Some(403));
        assert_eq!(
            refused_by(&names, &[("host", "a.studio.example:6000")]),
            Some(403)
        );
        let usual = ServerNames::new(true, 443, &[]);
        assert_eq!(refused_by(&usual, &[("host", "localhost")]), None);
    }
}
