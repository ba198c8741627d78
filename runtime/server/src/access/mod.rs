//! Who may use the server: programs with its token, which only this user can read, and browsers
//! that came with a one-time code. Everybody else only gets `hello` and the files of the page,
//! which contain nothing about what is published.
//!
//! [`Access::check`] checks every request before anything else, including event streams. It checks
//! in this order: that the request is for this server and not from another site ([`names`]), that
//! its sender is known (the token, or a cookie of [`browser_sessions`]), and that a form on a web
//! page cannot have sent it. Tokens, codes and cookies are never logged.

mod browser_sessions;
mod client_id;
mod names;
mod origins;
mod secret;

pub(crate) use client_id::ClientId;
pub(crate) use names::ServerNames;
pub use origins::AllowedOrigin;
pub(crate) use origins::AllowedOrigins;
pub use secret::Secret;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::connection_limiter::ConnectionState;
use super::refusal::Refusal;
use browser_sessions::{Browser, BrowserSessions};
use client_id::Sender;

/// The check of every request. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Access(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    names: ServerNames,
    /// None if everybody who reaches the server may use it.
    token: Option<Secret>,
    /// What a scraper of metrics has instead.
    metrics_token: Option<Secret>,
    browsers: BrowserSessions,
    /// The name of the cookie. Each server has its own, because a browser sends the cookies of one
    /// server to all others of the same machine.
    cookie: String,
    /// Whether the server uses TLS. Then browsers send the cookie only over TLS.
    tls: bool,
}

/// The outcome for a request that is not refused.
#[derive(Debug)]
pub(crate) enum Admission {
    /// The request of this client continues.
    Client(ClientId),
    /// A browser came with a valid code: this is the answer, which sends it to the page.
    Answer(Response),
    /// A browser came with a code that is used up or too old: it gets the page, which says so and
    /// what to do.
    OldCode,
}

/// The same before the answer is made.
#[derive(Debug)]
enum Admitted {
    Sender(Sender),
    /// A browser came with a code: it is sent to the page, with this cookie if it has none.
    Browser(Option<HeaderValue>),
    /// A person came with an old code.
    OldCode,
    /// A browser asks for an allowed page of another site whether it may send a request.
    Preflight,
}

impl Access {
    /// The check for a server with these names on this port. Without a token everybody may use it.
    pub(crate) fn new(names: ServerNames, port: u16, tls: bool, token: Option<Secret>) -> Self {
        Access(Arc::new(Rules {
            names,
            token,
            metrics_token: None,
            browsers: BrowserSessions::default(),
            cookie: format!("pyblish-endpoint-{port}"),
            tls,
        }))
    }

    /// The same where this token, too, gives access to the metrics, and to nothing else.
    pub(crate) fn with_metrics_token(self, token: Secret) -> Self {
        let rules = Arc::into_inner(self.0).map(|rules| Rules {
            metrics_token: Some(token),
            ..rules
        });
        match rules {
            Some(rules) => Access(Arc::new(rules)),
            None => unreachable!("no request was checked yet"),
        }
    }

    /// Checks a request that came on this connection.
    ///
    /// # Errors
    /// The request is refused: 400, 401, 403 or 415.
    pub(crate) fn check(
        &self,
        connection: &ConnectionState,
        request: &Request,
    ) -> Result<Admission, Refusal> {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        match self.0.admit(method, uri, headers)? {
            Admitted::Sender(sender) => {
                if sender != Sender::Anybody {
                    connection.set_known();
                }
                let address = connection.address;
                Ok(Admission::Client(ClientId { address, sender }))
            }
            Admitted::Browser(cookie) => {
                let place = [(header::LOCATION, "/"), (header::CACHE_CONTROL, "no-store")];
                let mut response = (StatusCode::SEE_OTHER, place).into_response();
                if let Some(cookie) = cookie {
                    response.headers_mut().insert(header::SET_COOKIE, cookie);
                }
                Ok(Admission::Answer(response))
            }
            Admitted::OldCode => Ok(Admission::OldCode),
            Admitted::Preflight => {
                let mut response = StatusCode::NO_CONTENT.into_response();
                let said = origins::preflight_headers(headers);
                response.headers_mut().extend(said);
                Ok(Admission::Answer(response))
            }
        }
    }

    /// The page of another site that sent this request, if the user allows it: it may read the
    /// answer, errors too.
    pub(crate) fn reader(&self, request: &Request) -> Reader {
        let allowed = self.0.names.allowed();
        Reader {
            origin: allowed.of(request.uri().path(), request.headers()).cloned(),
            depends: !allowed.is_empty(),
        }
    }

    /// Whether clients need the token.
    pub(crate) fn needs_token(&self) -> bool {
        self.0.token.is_some()
    }

    /// A new one-time code for a browser.
    pub(crate) fn new_code(&self) -> Result<Secret, getrandom::Error> {
        self.0.browsers.new_code()
    }

    /// The path of the page for a new browser, with a new code if one is needed.
    pub(crate) fn new_page_path(&self) -> Result<String, getrandom::Error> {
        if self.needs_token() {
            Ok(page_path(&self.new_code()?))
        } else {
            Ok("/".into())
        }
    }
}

/// Who may read an answer in a browser, besides our own page.
pub(crate) struct Reader {
    origin: Option<AllowedOrigin>,
    /// Whether that depends on the origin, so that no cache may serve it to another page.
    depends: bool,
}

impl Reader {
    /// Says so in the headers of the answer.
    pub(crate) fn write(&self, answer: &mut HeaderMap) {
        if self.depends {
            answer.append(header::VARY, HeaderValue::from_static("origin"));
        }
        if let Some(origin) = &self.origin {
            origins::allow_reading(origin, answer);
        }
    }
}

/// The path of the page with this code.
pub(crate) fn page_path(code: &Secret) -> String {
    format!("/?code={}", code.reveal())
}

impl Rules {
    fn admit(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        self.names.check(uri, headers)?;
        let by_other_page = self.names.allowed().of(uri.path(), headers).is_some();
        if by_other_page && origins::is_preflight(method, headers) {
            return Ok(Admitted::Preflight);
        }
        let reads = matches!(*method, Method::GET | Method::HEAD);
        if *method == Method::GET
            && uri.path() == "/"
            && let Some(code) = code(uri)
        {
            return self.admit_browser(code, headers);
        }
        if reads && is_open(uri.path()) {
            return Ok(Admitted::Sender(Sender::Anybody));
        }
        let sender = match &self.token {
            Some(token) => match bearer(headers)? {
                Some(text) if token.matches(text) => Sender::Program,
                Some(text) if self.is_scraper(uri, text) => Sender::Program,
                Some(_) => return Err(unauthorized("this is not the token of this server")),
                // The cookie is for our own page only.
                None if by_other_page => return Err(unauthorized("this server needs its token")),
                None => Sender::Browser(
                    self.browser(headers)
                        .ok_or_else(|| unauthorized("this server needs its token"))?,
                ),
            },
            None => Sender::Anybody,
        };
        let by_header = match sender {
            Sender::Program => true,
            Sender::Browser(_) => false,
            // Old frontends send forms. A form of another site has its own `Origin`, and was
            // already refused.
            Sender::Anybody => uri.path().starts_with("/pyblish/v1"),
        };
        if reads || by_header || is_json(headers) {
            return Ok(Admitted::Sender(sender));
        }
        Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Not JSON",
            "a request that changes something needs the header `Content-Type: application/json`, \
             even without a body, or the token in the header `Authorization`: a form on a web page \
             can send neither"
                .into(),
        ))
    }

    /// Whether this is the metrics' own token, for the metrics.
    fn is_scraper(&self, uri: &Uri, text: &str) -> bool {
        let token = self.metrics_token.as_ref();
        uri.path() == METRICS && token.is_some_and(|token| token.matches(text))
    }

    /// Admits a browser that came with this code.
    fn admit_browser(&self, code: &str, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        // A known browser that opens its old address again needs no second cookie.
        if self.token.is_none() || self.browser(headers).is_some() {
            return Ok(Admitted::Browser(None));
        }
        let Some(value) = self.browsers.redeem(code) else {
            if wants_page(headers) {
                return Ok(Admitted::OldCode);
            }
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "An old code",
                "this address worked once, within five minutes; `pyblish-endpoint open` prints another".into(),
            ));
        };
        let secure = if self.tls { "; Secure" } else { "" };
        let text = format!(
            "{}={}; HttpOnly; SameSite=Strict; Path=/{secure}",
            self.cookie,
            value.reveal()
        );
        let mut cookie = HeaderValue::from_str(&text).map_err(|_| unauthorized("no cookie"))?;
        cookie.set_sensitive(true);
        Ok(Admitted::Browser(Some(cookie)))
    }

    /// The browser that has this cookie.
    fn browser(&self, headers: &HeaderMap) -> Option<Browser> {
        let lines = headers.get_all(header::COOKIE).iter();
        let pairs = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        // Another program of this machine can set a cookie of the same name, so there may be
        // several.
        let mut ours = pairs.filter(|(name, _)| *name == self.cookie);
        ours.find_map(|(_, value)| self.browsers.browser(value))
    }
}

/// Where the metrics are.
pub(crate) const METRICS: &str = "/metrics";

/// Whether everybody may read this path: `hello` and the files of the page.
fn is_open(path: &str) -> bool {
    matches!(path, "/" | "/pyblish/v1/hello") || path.starts_with("/page/")
}

/// The one-time code in this address.
fn code(uri: &Uri) -> Option<&str> {
    let mut pairs = uri.query()?.split('&');
    pairs.find_map(|pair| pair.strip_prefix("code="))
}

/// Whether a person looks at the answer: browsers ask for HTML when somebody opens an address.
fn wants_page(headers: &HeaderMap) -> bool {
    let value = headers.get(header::ACCEPT);
    let text = value.and_then(|value| value.to_str().ok());
    text.is_some_and(|text| text.contains("text/html"))
}

/// The token that the request has, if it has any.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    let text = first.to_str().ok().filter(|_| values.next().is_none());
    let token = text.and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    match token {
        Some(token) => Ok(Some(token)),
        None => Err(unauthorized(
            "the header `Authorization` is not a single token",
        )),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    media_type.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}

/// Status 401.
fn unauthorized(reason: &str) -> Refusal {
    let message = format!(
        "{reason}: send `Authorization: Bearer TOKEN`; `pyblish-endpoint list --json` shows the \
         token's file as `tokenFile`. For a browser, `pyblish-endpoint open` prints an address"
    );
    Refusal::new(StatusCode::UNAUTHORIZED, "Not known", message)
}

#[cfg(test)]
mod tests;
