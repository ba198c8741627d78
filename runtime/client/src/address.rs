//! Where a server is: a port, or a unix socket, which only Unix has.

use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ServerAddress {
    /// `HOST:PORT`
    Port(String),
    #[cfg(unix)]
    Socket(std::path::PathBuf),
}

impl ServerAddress {
    /// As servers tell it: `http://HOST:PORT` or `unix:PATH`.
    pub(crate) fn of(text: &str) -> Option<Self> {
        if let Some(host) = text.strip_prefix("http://") {
            let host = host.trim_end_matches('/');
            let port = host.rsplit_once(':')?.1;
            port.parse::<u16>().ok()?;
            return Some(ServerAddress::Port(host.into()));
        }
        ServerAddress::socket(text.strip_prefix("unix:")?)
    }

    #[cfg(unix)]
    fn socket(path: &str) -> Option<Self> {
        Some(ServerAddress::Socket(path.into()))
    }

    #[cfg(not(unix))]
    fn socket(_: &str) -> Option<Self> {
        None
    }

    /// The value of the header `Host`.
    pub(crate) fn host(&self) -> &str {
        match self {
            ServerAddress::Port(host) => host,
            #[cfg(unix)]
            ServerAddress::Socket(_) => "localhost",
        }
    }

    pub(crate) fn port(&self) -> Option<u16> {
        match self {
            ServerAddress::Port(host) => host.rsplit_once(':')?.1.parse().ok(),
            #[cfg(unix)]
            ServerAddress::Socket(_) => None,
        }
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerAddress::Port(host) => write!(f, "http://{host}"),
            #[cfg(unix)]
            ServerAddress::Socket(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_parsed() {
        let port = ServerAddress::of("http://127.0.0.1:6001/").unwrap();
        assert_eq!((port.host(), port.port()), ("127.0.0.1:6001", Some(6001)));
        for bad in ["https://a:1", "http://a", "http://a:b", "a:1", ""] {
            assert_eq!(ServerAddress::of(bad), None, "{bad}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn socket_is_a_path() {
        let socket = ServerAddress::of("unix:/run/x.sock").unwrap();
        assert_eq!(socket.to_string(), "unix:/run/x.sock");
        assert_eq!(socket.port(), None);
    }
}
