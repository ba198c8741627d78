//! How a registry wants to know who asks: the head `WWW-Authenticate` of its answer.
//!
//! Source: <https://distribution.github.io/distribution/spec/auth/token/>.

use http_auth::parser::ChallengeParser;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// How a registry wants to know who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// By name and password, with each request.
    Basic,
    /// By a token that another server gives out.
    Token {
        /// The address of that server.
        realm: String,
        /// What the registry is called there.
        service: Option<String>,
    },
}

impl Challenge {
    /// The first one of an answer that we know. None if there is none.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let texts = headers.get_all(WWW_AUTHENTICATE).iter();
        let mut known = texts.filter_map(|text| Challenge::parse(text.to_str().ok()?));
        known.next()
    }

    fn parse(text: &str) -> Option<Self> {
        ChallengeParser::new(text)
            .map_while(Result::ok)
            .find_map(|it| {
                let value = |name: &str| {
                    let found = it
                        .params
                        .iter()
                        .find(|(key, _)| key.eq_ignore_ascii_case(name));
                    found.map(|(_, value)| value.to_unescaped())
                };
                match it.scheme.to_ascii_lowercase().as_str() {
                    "basic" => Some(Challenge::Basic),
                    "bearer" => Some(Challenge::Token {
                        realm: value("realm")?,
                        service: value("service"),
                    }),
                    _ => None,
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_is_read() {
        let token = |service: Option<&str>| Challenge::Token {
            realm: "https://auth.lan/token".into(),
            service: service.map(str::to_owned),
        };
        for (text, expected) in [
            ("Basic realm=\"studio\"", Some(Challenge::Basic)),
            (
                "Bearer realm=\"https://auth.lan/token\",service=\"registry\",scope=\"a:b:pull\"",
                Some(token(Some("registry"))),
            ),
            ("bearer Realm=\"https://auth.lan/token\"", Some(token(None))),
            (
                "Negotiate, Bearer realm=\"https://auth.lan/token\"",
                Some(token(None)),
            ),
            ("Bearer service=\"registry\"", None),
            ("Negotiate", None),
            ("", None),
        ] {
            assert_eq!(Challenge::parse(text), expected, "{text}");
        }
    }
}
