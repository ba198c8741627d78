//! Who may talk to the server: programs that can read its token, which only this user can, and browsers that
//! came with a code. Everybody else gets `hello` and the page's files, and nothing that was published with them.
//!
//! Every request is checked before anything else looks at it, a stream of events like any other: first whether it
//! is meant for this server and comes from no other site, then whether its sender is known, then whether a form
//! on a web page could have sent it. Nothing of a token, a code or a cookie is ever logged.

mod names;
mod secret;
mod visitors;

pub use names::Names;
pub use secret::Secret;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::crowd::State as Connection;
use super::refusal::Refusal;
use visitors::{Browser, Visitors};

/// Who is let in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Access(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    names: Names,
    /// None where everybody is let in who reaches the server.
    token: Option<Secret>,
    visitors: Visitors,
    /// A browser sends the cookies of all servers of a machine to each of them: so each has a name of its own.
    cookie: String,
    /// Whether the server speaks TLS: then the cookie goes nowhere else.
    tls: bool,
}

/// Whose request it is: what one of them has under way is no other's trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client {
    /// Its machine; none on a socket.
    address: Option<IpAddr>,
    sender: Sender,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Sender {
    Anybody,
    /// Who has the token.
    Program,
    Browser(Browser),
}

/// What becomes of a request that is not refused.
#[derive(Debug)]
enum Admitted {
    In(Sender),
    /// A browser came with a good code: it is sent to the page, with this cookie.
    Entered(Option<HeaderValue>),
}

impl Access {
    /// For a server with these names on this port; without a token, whoever reaches it is let in.
    pub fn new(names: Names, port: u16, tls: bool, token: Option<Secret>) -> Self {
        Access(Arc::new(Rules {
            names,
            token,
            visitors: Visitors::default(),
            cookie: format!("pyblish-endpoint-{port}"),
            tls,
        }))
    }

    /// Whether a token is asked for.
    pub fn is_guarded(&self) -> bool {
        self.0.token.is_some()
    }

    /// A code that lets one browser in, once.
    pub fn invite(&self) -> Result<Secret, getrandom::Error> {
        self.0.visitors.invite()
    }

    /// The page's path for a browser that is not known yet.
    pub fn page(&self) -> Result<String, getrandom::Error> {
        match self.is_guarded() {
            true => Ok(page(&self.invite()?)),
            false => Ok("/".into()),
        }
    }
}

/// The page's path with this code.
pub fn page(code: &Secret) -> String {
    format!("/?code={}", code.reveal())
}

impl Rules {
    fn admit(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        self.names.check(uri, headers)?;
        let reads = matches!(*method, Method::GET | Method::HEAD);
        if *method == Method::GET
            && uri.path() == "/"
            && let Some(code) = code(uri)
        {
            return self.enter(code, headers);
        }
        if reads && is_open(uri.path()) {
            return Ok(Admitted::In(Sender::Anybody));
        }
        let sender = match &self.token {
            Some(token) => match bearer(headers)? {
                Some(text) if token.is(text) => Sender::Program,
                Some(_) => return Err(unknown("this is not the token of this server")),
                None => Sender::Browser(
                    self.browser(headers)
                        .ok_or_else(|| unknown("this server asks for its token"))?,
                ),
            },
            None => Sender::Anybody,
        };
        let by_header = match sender {
            Sender::Program => true,
            Sender::Browser(_) => false,
            // Old frontends send forms. What a browser sends for a page of another site has its `Origin`.
            Sender::Anybody => uri.path().starts_with("/pyblish/v1"),
        };
        match reads || by_header || is_json(headers) {
            true => Ok(Admitted::In(sender)),
            false => Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Not JSON",
                "what changes something needs the header `Content-Type: application/json`, also without a \
                 body, or the token in the header `Authorization`: a form on a web page can send neither"
                    .into(),
            )),
        }
    }

    /// Lets a browser in that came with this code.
    fn enter(&self, code: &str, headers: &HeaderMap) -> Result<Admitted, Refusal> {
        // Who is known already, and comes with an old address again, need not be let in again.
        if self.token.is_none() || self.browser(headers).is_some() {
            return Ok(Admitted::Entered(None));
        }
        let value = self.visitors.enter(code).ok_or_else(|| {
            Refusal::new(
                StatusCode::FORBIDDEN,
                "An old code",
                "this address was good once and for five minutes; `pyblish-endpoint open` gives another".into(),
            )
        })?;
        let secure = if self.tls { "; Secure" } else { "" };
        let text = format!(
            "{}={}; HttpOnly; SameSite=Strict; Path=/{secure}",
            self.cookie,
            value.reveal()
        );
        let mut cookie = HeaderValue::from_str(&text).map_err(|_| unknown("no cookie"))?;
        cookie.set_sensitive(true);
        Ok(Admitted::Entered(Some(cookie)))
    }

    /// Which browser this is, by its cookie.
    fn browser(&self, headers: &HeaderMap) -> Option<Browser> {
        let lines = headers.get_all(header::COOKIE).iter();
        let pairs = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        // Another program of this machine can set one of the same name beside ours.
        let mut ours = pairs.filter(|(name, _)| *name == self.cookie);
        ours.find_map(|(_, value)| self.visitors.whose(value))
    }
}

/// What everybody may read: that this is a server, and the page's files, which say nothing.
fn is_open(path: &str) -> bool {
    matches!(path, "/" | "/pyblish/v1/hello") || path.starts_with("/page/")
}

fn code(uri: &Uri) -> Option<&str> {
    let mut pairs = uri.query()?.split('&');
    pairs.find_map(|pair| pair.strip_prefix("code="))
}

/// The token that the request has, if it has one.
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
        None => Err(unknown("the header `Authorization` is no single token")),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    media_type.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}

fn unknown(reason: &str) -> Refusal {
    let message = format!(
        "{reason}: send `Authorization: Bearer TOKEN`; `pyblish-endpoint list --json` names the file that it is \
         in, as `tokenFile`. For a browser, `pyblish-endpoint open` gives an address"
    );
    Refusal::new(StatusCode::UNAUTHORIZED, "Not known", message)
}

/// Lets a request in, or answers why not, before anything else looks at it.
pub async fn check(State(access): State<Access>, mut request: Request, next: Next) -> Response {
    let admitted = access
        .0
        .admit(request.method(), request.uri(), request.headers());
    match admitted {
        Ok(Admitted::In(sender)) => {
            let connection = request.extensions().get::<Arc<Connection>>();
            if sender != Sender::Anybody
                && let Some(connection) = connection
            {
                connection.set_known();
            }
            let address = connection.and_then(|connection| connection.address);
            let client = Client { address, sender };
            request.extensions_mut().insert(client);
            next.run(request).await
        }
        Ok(Admitted::Entered(cookie)) => {
            let place = [(header::LOCATION, "/"), (header::CACHE_CONTROL, "no-store")];
            let mut response = (StatusCode::SEE_OTHER, place).into_response();
            if let Some(cookie) = cookie {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(refusal) => refusal.answer(request.uri().path()),
    }
}

#[cfg(test)]
mod tests;
