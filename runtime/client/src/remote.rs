//! A client of a server on another machine, such as the studio's hub: `https://`, and `http://` on
//! the loopback only, because a token must not cross a network in the clear.
//!
//! It belongs to the event loop of its caller, and keeps one connection. It follows no redirects
//! and uses no proxy.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::connection::{Answer, ByteStream, broken, read};

/// How long connecting may take, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why an address is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteAddressError {
    /// It is no address.
    #[error("{0:?} is no address of a server: write it like https://publish.studio.example")]
    Invalid(String),
    /// It is another machine, without TLS.
    #[error("{0:?} is not encrypted: use https://, or http:// with a loopback address only")]
    NotEncrypted(String),
}

/// Where the server is. Its text is the address without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteAddress {
    host: String,
    port: u16,
    tls: bool,
}

impl RemoteAddress {
    /// Whether TLS is used.
    pub fn is_encrypted(&self) -> bool {
        self.tls
    }

    /// The value of the header `Host`.
    fn authority(&self) -> String {
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }

    /// The host, without the brackets of IPv6.
    fn name(&self) -> &str {
        let inner = self.host.strip_prefix('[');
        inner
            .and_then(|it| it.strip_suffix(']'))
            .unwrap_or(&self.host)
    }
}

impl std::fmt::Display for RemoteAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

impl std::str::FromStr for RemoteAddress {
    type Err = RemoteAddressError;

    fn from_str(text: &str) -> Result<Self, RemoteAddressError> {
        let invalid = || RemoteAddressError::Invalid(text.into());
        let (tls, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(invalid()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        if rest.is_empty() || !rest.chars().all(is_plain) {
            return Err(invalid());
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| invalid())?)
            }
            _ => (rest, if tls { 443 } else { 80 }),
        };
        let address = RemoteAddress {
            host: host.to_ascii_lowercase(),
            port,
            tls,
        };
        let ip = address.name().parse::<IpAddr>();
        let is_here = ip.is_ok_and(|ip| ip.is_loopback()) || address.host == "localhost";
        if !tls && !is_here {
            return Err(RemoteAddressError::NotEncrypted(text.into()));
        }
        Ok(address)
    }
}

/// What is sent besides the path.
pub struct RemoteBody {
    /// The media type.
    pub media_type: &'static str,
    /// How the bytes are compressed, as `Content-Encoding` says it.
    pub encoding: Option<&'static str>,
    /// The bytes.
    pub bytes: Bytes,
}

/// A client of one server.
pub struct RemoteClient {
    address: RemoteAddress,
    tls: Option<Arc<ClientConfig>>,
    authorization: HeaderValue,
    kept: Option<SendRequest<Full<Bytes>>>,
}

impl RemoteClient {
    /// For the server at this address, with this token. `tls` is what [`trust`](super::trust) made;
    /// an address without TLS needs none.
    ///
    /// None if the token has characters that no header can have.
    pub fn new(
        address: RemoteAddress,
        token: &str,
        tls: Option<Arc<ClientConfig>>,
    ) -> Option<Self> {
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", token.trim())).ok()?;
        authorization.set_sensitive(true);
        Some(RemoteClient {
            address,
            tls,
            authorization,
            kept: None,
        })
    }

    /// Another client of the same server with the same token, which has a connection of its own.
    #[must_use]
    pub fn another(&self) -> Self {
        RemoteClient {
            address: self.address.clone(),
            tls: self.tls.clone(),
            authorization: self.authorization.clone(),
            kept: None,
        }
    }

    /// The server's address.
    pub fn address(&self) -> &RemoteAddress {
        &self.address
    }

    /// Posts this body, and waits for the answer for as long as `patience`.
    ///
    /// # Errors
    /// There is no answer; whether the request was executed is not known.
    pub async fn post(
        &mut self,
        path: &str,
        body: RemoteBody,
        patience: Duration,
    ) -> io::Result<Answer> {
        self.send(Method::POST, path, Some(body), patience).await
    }

    /// Reads what is at this path, and waits for the answer for as long as `patience`.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn get(&mut self, path: &str, patience: Duration) -> io::Result<Answer> {
        self.send(Method::GET, path, None, patience).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<RemoteBody>,
        patience: Duration,
    ) -> io::Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.authority())
            .header(AUTHORIZATION, self.authorization.clone());
        if let Some(body) = &body {
            request = request.header(CONTENT_TYPE, body.media_type);
            if let Some(encoding) = body.encoding {
                request = request.header(CONTENT_ENCODING, encoding);
            }
        }
        let bytes = body.map(|body| body.bytes).unwrap_or_default();
        let request = request.body(Full::new(bytes));
        let request = request.map_err(io::Error::other)?;
        let answered = async {
            let mut kept = self.kept.take();
            if let Some(connection) = &mut kept
                && connection.ready().await.is_err()
            {
                // The server has closed it, because it was idle.
                kept = None;
            }
            let mut connection = match kept {
                Some(kept) => kept,
                None => self.connect().await?,
            };
            let response = connection.send_request(request).await;
            let answer = read(response.map_err(|error| broken(&error))?).await?;
            Ok::<_, io::Error>((connection, answer))
        };
        let answered = timeout(patience, answered).await;
        let (connection, answer) =
            answered.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        self.kept = Some(connection);
        Ok(answer)
    }

    async fn connect(&self) -> io::Result<SendRequest<Full<Bytes>>> {
        let connected = timeout(CONNECT_TIMEOUT, self.stream()).await;
        let stream = connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let opened = Builder::new().handshake(TokioIo::new(stream)).await;
        let (sender, serving) = opened.map_err(|error| broken(&error))?;
        // An error of the connection is reported by the request that it interrupts.
        tokio::spawn(serving);
        Ok(sender)
    }

    async fn stream(&self) -> io::Result<Box<dyn ByteStream>> {
        let name = self.address.name().to_owned();
        let stream = TcpStream::connect((name.as_str(), self.address.port)).await?;
        stream.set_nodelay(true)?;
        let Some(tls) = self.tls.clone().filter(|_| self.address.tls) else {
            return match self.address.tls {
                true => Err(io::Error::other("TLS is not set up")),
                false => Ok(Box::new(stream)),
            };
        };
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        let secured = TlsConnector::from(tls).connect(name, stream).await?;
        Ok(Box::new(secured))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_encrypted_or_here() {
        for (text, told) in [
            ("https://Publish.studio.lan/", "https://publish.studio.lan"),
            (
                "https://publish.studio.lan:8443",
                "https://publish.studio.lan:8443",
            ),
            ("http://127.0.0.1:6100", "http://127.0.0.1:6100"),
            ("http://[::1]:6100", "http://[::1]:6100"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(text.parse::<RemoteAddress>().unwrap().to_string(), told);
        }
        for text in ["http://10.0.0.1:6100", "http://publish.studio.lan"] {
            let refused = text.parse::<RemoteAddress>().unwrap_err();
            assert_eq!(refused, RemoteAddressError::NotEncrypted(text.into()));
        }
        for text in [
            "",
            "publish",
            "ftp://a",
            "https://",
            "https://a/b",
            "https://u@a",
            "https://a:x",
        ] {
            let refused = text.parse::<RemoteAddress>().unwrap_err();
            assert_eq!(refused, RemoteAddressError::Invalid(text.into()));
        }
    }
}
