//! The pages of other sites that the user allows to use the API, by their exact origins.
//!
//! None is allowed by default. A browser asks first (a preflight) and adds `Origin` by itself, so a
//! page cannot claim to be of another site. An allowed page still needs the token: the cookie of a
//! browser that came with a code counts for our own page only, and the browser is never told that
//! it may send credentials. So what an attacker can do who takes over an allowed site is use a
//! token that somebody gave to that site.

use std::fmt;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// What an allowed page may use. The page itself and v1 are not for other sites.
const API: &str = "/pyblish/v2/";

/// How many seconds a browser may keep the answer to a preflight.
const MAX_AGE: &str = "600";

/// The methods of the API.
const METHODS: &str = "GET, POST, PATCH, DELETE";

/// The headers that clients of the API send.
const HEADERS: &str = "authorization, content-type, idempotency-key, if-none-match, last-event-id";

/// The headers of answers that clients of the API read.
const EXPOSED: &str = "etag, idempotency-replayed, location, retry-after";

/// Says that a preflight is about a server in a private network; the answer allows it.
const PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

/// The origin of a page, exactly as browsers send it: `https://tools.studio.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigin(HeaderValue);

impl FromStr for AllowedOrigin {
    type Err = String;

    /// # Errors
    /// No browser sends this text as an origin, or many pages have it.
    fn from_str(text: &str) -> Result<Self, String> {
        let example = "write it as browsers send it, such as https://tools.studio.example or \
                       http://localhost:3000";
        match text {
            "*" => {
                return Err(format!(
                    "any page of any site would be allowed; name each origin: {example}"
                ));
            }
            "null" => {
                return Err(
                    "local files and sandboxed frames of any site have this origin; serve the page \
                     from an address of its own"
                        .into(),
                );
            }
            _ => {}
        }
        let wrong = |what: &str| Err(format!("{what}; {example}"));
        let Some((scheme, host)) = text.split_once("://") else {
            return wrong("it has no scheme");
        };
        let is_scheme = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
        if scheme.is_empty() || !scheme.chars().all(is_scheme) || scheme == "file" {
            return wrong("the scheme is not one that browsers send");
        }
        if let Some(rest) = host.strip_suffix('/')
            && !rest.contains('/')
        {
            return wrong("an origin ends without a slash");
        }
        if host.contains(['/', '?', '#']) {
            return wrong("an origin has no path");
        }
        if host.contains('@') {
            return wrong("an origin has no user");
        }
        if host.contains('*') {
            return wrong("an origin is compared exactly, without patterns");
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
        let is_v6 = |name: &str| {
            let inside = name.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
            inside.is_some_and(|it| it.parse::<std::net::Ipv6Addr>().is_ok())
        };
        if name.is_empty() || !(name.chars().all(is_part) || is_v6(name)) {
            return wrong("the host is not written in lower-case ASCII, as browsers send it");
        }
        if let Some(port) = port {
            let is_number = port
                .parse::<u16>()
                .is_ok_and(|it| it.to_string() == port && it > 0);
            if !is_number {
                return wrong("the port is not a number up to 65535");
            }
            if matches!((scheme, port), ("http", "80") | ("https", "443")) {
                return wrong("browsers leave out the usual port");
            }
        }
        let value = HeaderValue::from_str(text);
        value.map(AllowedOrigin).map_err(|error| error.to_string())
    }
}

impl fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// All allowed origins.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllowedOrigins(Vec<AllowedOrigin>);

impl AllowedOrigins {
    pub(crate) fn new(origins: Vec<AllowedOrigin>) -> Self {
        AllowedOrigins(origins)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The origin of the page that sends this request, if it is allowed to.
    pub(super) fn of(&self, path: &str, headers: &HeaderMap) -> Option<&AllowedOrigin> {
        let mut sent = headers.get_all(header::ORIGIN).iter();
        let (origin, None) = (sent.next()?, sent.next()) else {
            return None;
        };
        let mut allowed = self.0.iter();
        let found = allowed.find(|it| it.0 == *origin)?;
        path.starts_with(API).then_some(found)
    }
}

/// Whether a browser asks with this request whether a page may send another one.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What the answer to a preflight says, beside the origin.
pub(super) fn preflight_headers(request: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = vec![
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static(METHODS),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(HEADERS),
        ),
        (
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static(MAX_AGE),
        ),
    ];
    if request.contains_key(PRIVATE_NETWORK) {
        headers.push((ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true")));
    }
    headers
}

/// Lets the page of this origin read the answer.
pub(super) fn allow_reading(origin: &AllowedOrigin, answer: &mut HeaderMap) {
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.0.clone());
    let exposed = HeaderValue::from_static(EXPOSED);
    answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise_eq;

    use super::*;

    #[test]
    fn origin_is_written_as_browsers_send_it() {
        for text in [
            "https://tools.studio.example",
            "http://localhost:3000",
            "http://127.0.0.1:1",
            "http://[::1]:65535",
            "https://studio.example:80",
            "tauri://localhost",
        ] {
            assert_eq!(text.parse::<AllowedOrigin>().unwrap().to_string(), text);
        }
        for (text, words) in [
            ("*", "name each origin"),
            ("null", "sandboxed frames"),
            ("", "no scheme"),
            ("localhost:3000", "no scheme"),
            ("://a", "scheme is not one"),
            ("HTTP://a", "scheme is not one"),
            ("file://a", "scheme is not one"),
            ("https://a/", "ends without a slash"),
            ("https://a/b", "no path"),
            ("https://a?b", "no path"),
            ("https://a/b/", "no path"),
            ("https://user@a", "no user"),
            ("https://*.a", "without patterns"),
            ("https://A.example", "lower-case"),
            ("https://", "lower-case"),
            ("https://é.example", "lower-case"),
            ("https://a b", "lower-case"),
            ("http://[::g]", "lower-case"),
            ("http://a:", "port"),
            ("http://a:0", "port"),
            ("http://a:080", "port"),
            ("http://a:65536", "port"),
            ("http://a:80", "usual port"),
            ("https://a:443", "usual port"),
        ] {
            let refused = text.parse::<AllowedOrigin>().unwrap_err();
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }

    #[test]
    fn only_the_exact_origin_is_allowed() {
        let allowed = AllowedOrigins::new(vec!["http://localhost:3000".parse().unwrap()]);
        let is = |origins: &AllowedOrigins, path: &str, sent: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for origin in sent {
                headers.append(header::ORIGIN, HeaderValue::from_static(origin));
            }
            origins.of(path, &headers).is_some()
        };
        let v2 = "/pyblish/v2/sessions";
        let own = "http://localhost:3000";
        promise_eq!("ACCESS-25", is(&allowed, v2, &[own]), true);
        for other in [
            "http://localhost:3001",
            "http://localhost",
            "https://localhost:3000",
            "http://127.0.0.1:3000",
            "http://localhost:3000/",
            "http://LOCALHOST:3000",
            "http://localhost:30000",
            "http://a.localhost:3000",
            "null",
            "",
        ] {
            promise_eq!("ACCESS-25", is(&allowed, v2, &[other]), false, "{other}");
        }
        assert!(!is(&allowed, v2, &[]));
        assert!(!is(&allowed, v2, &[own, own]));
        for path in ["/", "/page/main.js", "/pyblish/v1/state", "/pyblish/v2"] {
            promise_eq!("ACCESS-25", is(&allowed, path, &[own]), false, "{path}");
        }
        assert!(!is(&AllowedOrigins::default(), v2, &[own]));
    }
}
