//! Who may talk to the server: programs of this machine, and pages that it served itself. A web page that an
//! artist has open must reach nothing, also if its name was bent to point here (DNS rebinding): so `Host` is
//! one of the loopback's names with the port, exactly, and so is `Origin` where there is one.
//!
//! There is no token yet, so whoever has an account on the machine is let in, and nobody else: the server listens
//! on the loopback only.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// The names under which this server may be spoken to, each with the port.
#[derive(Debug, Clone)]
pub struct Names([String; 3]);

impl Names {
    pub fn of_loopback(port: u16) -> Self {
        Names(["127.0.0.1", "[::1]", "localhost"].map(|name| format!("{name}:{port}")))
    }

    /// Why this request is not let in, if it is not.
    fn refusal(&self, headers: &HeaderMap) -> Option<(StatusCode, String)> {
        let known = || self.0.join(", ");
        match only(headers, header::HOST) {
            Some(Some(host)) if self.0.iter().any(|name| name == host) => {}
            Some(Some(host)) => {
                let message = format!("this server is not {host:?}; it is {}", known());
                return Some((StatusCode::FORBIDDEN, message));
            }
            _ => {
                let message = format!("send one Host header; this server is {}", known());
                return Some((StatusCode::BAD_REQUEST, message));
            }
        }
        let ours = |origin: &str| {
            let name = origin.strip_prefix("http://");
            name.is_some_and(|name| self.0.iter().any(|known| known == name))
        };
        match only(headers, header::ORIGIN) {
            None => {}
            Some(Some(origin)) if ours(origin) => {}
            Some(_) => {
                let message = "a page of another site may not talk to this server".to_owned();
                return Some((StatusCode::FORBIDDEN, message));
            }
        }
        let site = only(headers, HeaderName::from_static("sec-fetch-site"));
        if site.flatten() == Some("cross-site") {
            let message = "a page of another site may not talk to this server".to_owned();
            return Some((StatusCode::FORBIDDEN, message));
        }
        None
    }
}

/// The one value of this header; none if it is missing, and nothing of use if it is doubled or no text.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<Option<&str>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        None => Some(first.to_str().ok()),
        Some(_) => Some(None),
    }
}

/// Lets a request in, or answers why not, before anything else looks at it.
pub async fn check(State(names): State<Names>, request: Request, next: Next) -> Response {
    match names.refusal(request.headers()) {
        None => next.run(request).await,
        Some((status, message)) => super::error(status, &message),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The status with which a request with these headers is refused.
    fn refused(headers: &[(&'static str, &'static str)]) -> Option<u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let refusal = Names::of_loopback(6000).refusal(&map);
        refusal.map(|(status, _)| status.as_u16())
    }

    #[test]
    fn the_loopbacks_names_with_the_port_are_let_in() {
        for host in ["127.0.0.1:6000", "[::1]:6000", "localhost:6000"] {
            assert_eq!(refused(&[("host", host)]), None);
        }
        let own = [
            ("host", "localhost:6000"),
            ("origin", "http://127.0.0.1:6000"),
        ];
        assert_eq!(refused(&own), None);
    }

    #[test]
    fn any_other_host_is_refused() {
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
    fn a_missing_or_doubled_host_is_malformed() {
        assert_eq!(refused(&[]), Some(400));
        let twice = [("host", "localhost:6000"), ("host", "localhost:6000")];
        assert_eq!(refused(&twice), Some(400));
    }

    #[test]
    fn pages_of_other_sites_are_refused() {
        let host = ("host", "localhost:6000");
        for origin in [
            "http://evil.example",
            "null",
            "https://localhost:6000",
            "http://localhost",
        ] {
            assert_eq!(refused(&[host, ("origin", origin)]), Some(403), "{origin}");
        }
        assert_eq!(
            refused(&[host, ("sec-fetch-site", "cross-site")]),
            Some(403)
        );
        assert_eq!(refused(&[host, ("sec-fetch-site", "same-origin")]), None);
    }
}
