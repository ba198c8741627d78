//! Under which names the server may be spoken to. A web page that an artist has open must reach nothing, also if
//! its own name was bent to point here (DNS rebinding): so `Host` is one of these names with the port, exactly,
//! `Origin` is one of them where there is one, and what a browser says of where a request comes from is believed.

use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};

use crate::http::refusal::Refusal;

/// The names of this server, as `Host` has them, and its origins, as a browser says them.
#[derive(Debug, Clone)]
pub struct Names {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Names {
    /// The loopback's names and these, each with this port; `https` where the server speaks TLS.
    pub fn new(tls: bool, port: u16, more: &[String]) -> Self {
        let loopback = ["127.0.0.1", "[::1]", "localhost"].map(str::to_owned);
        let names = loopback.iter().chain(more);
        let mut hosts: Vec<_> = names.clone().map(|name| format!("{name}:{port}")).collect();
        let (scheme, usual) = if tls { ("https", 443) } else { ("http", 80) };
        if port == usual {
            // Then browsers leave it out.
            hosts.extend(names.cloned());
        }
        let origins = hosts.iter().map(|host| format!("{scheme}://{host}"));
        Names {
            origins: origins.collect(),
            hosts,
        }
    }

    /// Of a server on a unix socket, where no browser comes.
    pub fn of_socket() -> Self {
        Names {
            hosts: vec!["localhost".into()],
            origins: Vec::new(),
        }
    }

    /// Refuses a request that is not meant for this server, or that a page of another site has made.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let ours = |host: &str| self.hosts.iter().any(|known| known == host);
        let known = || self.hosts.join(", ");
        let other = |host: &str| {
            let message = format!(
                "this server is not {host:?}; it is {} (more names: --allow-name)",
                known()
            );
            Refusal::new(StatusCode::FORBIDDEN, "Another server", message)
        };
        match only(headers, header::HOST) {
            Some(Some(host)) if ours(host) => {}
            Some(Some(host)) => return Err(other(host)),
            _ => {
                let message = format!("send one Host header; this server is {}", known());
                return Err(Refusal::new(StatusCode::BAD_REQUEST, "No host", message));
            }
        }
        // A request as to a proxy names the server twice.
        if let Some(authority) = uri.authority()
            && !ours(authority.as_str())
        {
            return Err(other(authority.as_str()));
        }
        let foreign = || {
            let message = "a page of another site may not talk to this server";
            Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "Another site",
                message.to_owned(),
            ))
        };
        match only(headers, header::ORIGIN) {
            None => {}
            Some(Some(origin)) if self.origins.iter().any(|known| known == origin) => {}
            Some(_) => return foreign(),
        }
        // Another port of this machine is the same site to a browser, but another program.
        match only(headers, HeaderName::from_static("sec-fetch-site")) {
            None | Some(Some("same-origin" | "none")) => Ok(()),
            Some(_) => foreign(),
        }
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

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The status with which a request with these headers is refused by a server of these names.
    fn refused_by(names: &Names, headers: &[(&'static str, &'static str)]) -> Option<u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let refusal = names.check(&Uri::from_static("/"), &map).err();
        refusal.map(|refusal| refusal.status.as_u16())
    }

    fn refused(headers: &[(&'static str, &'static str)]) -> Option<u16> {
        refused_by(&Names::new(false, 6000, &[]), headers)
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
    fn a_target_with_another_host_is_refused() {
        let names = Names::new(false, 6000, &[]);
        let headers =
            HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost:6000"))]);
        let check = |uri: &'static str| names.check(&Uri::from_static(uri), &headers).is_ok();
        assert!(check("http://localhost:6000/") && !check("http://evil.example:6000/"));
    }

    #[test]
    fn pages_of_other_sites_are_refused() {
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
    fn a_name_that_is_configured_is_let_in() {
        let names = Names::new(true, 6000, &["studio.example".into()]);
        let host = ("host", "studio.example:6000");
        let origin = |origin| refused_by(&names, &[host, ("origin", origin)]);
        assert_eq!(origin("https://studio.example:6000"), None);
        assert_eq!(origin("http://studio.example:6000"), Some(403));
        assert_eq!(
            refused_by(&names, &[("host", "a.studio.example:6000")]),
            Some(403)
        );
        let usual = Names::new(true, 443, &[]);
        assert_eq!(refused_by(&usual, &[("host", "localhost")]), None);
    }
}
