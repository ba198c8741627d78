//! `publish --remote`: a running server does the work, in one of its sessions. This command asks for
//! it, shows what happens, and makes the reports, as it would with an adapter of its own.
//!
//! The client blocks, so all of this is on a thread of its own. Everything that can go wrong between
//! here and the server is a [`RemoteError`].

mod session;
mod work;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use self::session::{RemoteServer, RemoteSession};
pub use self::work::RemoteDone;
use self::work::RemoteWork;
use super::live::Live;
use super::stop::StopSignal;
use super::work::PublishRequest;
use crate::remote_error::RemoteError;
use crate::running::{self, RunningServer, read_token};
use crate::stderr::Error;

/// Which server and session are meant.
#[derive(Debug, Args)]
pub struct RemoteOptions {
    /// Publish through a server that is running already, in one of its sessions, which is reset
    /// first: its address, or auto for the one that this user runs
    #[arg(
        long,
        value_name = "URL|auto",
        group = "what",
        conflicts_with_all = ["pid", "settings", "folders", "addresses", "networks", "bridges",
            "environment", "limits", "adapters_dir", "batch"]
    )]
    remote: Option<RemoteAddress>,

    /// The session of the running server, if there are several; `pyblish-endpoint list` shows them
    #[arg(long, value_name = "ID", requires = "remote", conflicts_with_all = ["adapter", "host"])]
    session: Option<String>,

    /// The file with the token of the running server, if it is not one of this user
    #[arg(long, value_name = "FILE", requires = "remote", conflicts_with_all = ["adapter", "host"])]
    token_file: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum RemoteAddress {
    /// The server that runs.
    Auto,
    /// `http://HOST:PORT` or `unix:PATH`
    At(String),
}

impl FromStr for RemoteAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(RemoteAddress::Auto),
            _ if text.starts_with("http://") || text.starts_with("unix:") => {
                Ok(RemoteAddress::At(text.trim_end_matches('/').to_owned()))
            }
            _ if text.starts_with("https://") => Err(
                "this command speaks no TLS: run it on the server's machine, or use the Python \
                 client"
                    .into(),
            ),
            _ => Err("write http://ADDRESS:PORT, unix:PATH, or auto".into()),
        }
    }
}

impl RemoteOptions {
    /// Whether a running server is to do the work.
    pub fn is_wanted(&self) -> bool {
        self.remote.is_some()
    }

    /// Publishes through the running server; none if the user stopped it before it began.
    pub async fn publish(
        self,
        stop: &StopSignal,
        live: Live,
        request: PublishRequest,
    ) -> Result<Option<RemoteDone>, Error> {
        let prepared = tokio::task::spawn_blocking(move || {
            let mut session = self.find()?;
            // The host may still hold what an earlier run collected.
            session.send("POST", "/reset", None, None)?;
            Ok::<_, RemoteError>(session)
        });
        let Ok(prepared) = stop.or(prepared).await else {
            return Ok(None);
        };
        let session = prepared??;
        if stop.is_wanted() {
            return Ok(None);
        }
        let stop = stop.clone();
        let work = move || RemoteWork::new(session, stop, live).publish(&request);
        tokio::task::spawn_blocking(work).await?.map(Some)
    }

    /// Finds the session.
    fn find(&self) -> Result<RemoteSession, RemoteError> {
        let (mut found, mut trouble) = (Vec::new(), None);
        for server in self.servers()? {
            match server.sessions() {
                Ok(sessions) => found.extend(sessions),
                Err(error) => trouble = Some(error),
            }
        }
        let known: Vec<String> = found.iter().map(RemoteSession::words).collect();
        if let Some(id) = &self.session {
            found.retain(|session| session.id == *id);
        }
        let there = match known.as_slice() {
            [] => "no session is open".to_owned(),
            known => format!("there are {}", known.join(", ")),
        };
        match (found.len(), &self.session, trouble) {
            (1, ..) => Ok(found.remove(0)),
            (0, _, Some(error)) => Err(error),
            (0, Some(id), None) => Err(RemoteError::NotFound(format!(
                "no running server has the session {id:?}; {there}"
            ))),
            (0, None, None) => Err(RemoteError::NotFound(
                "the running server has no open session: open one from its host, or start \
                 `pyblish-endpoint serve`"
                    .into(),
            )),
            _ => Err(RemoteError::Choice(format!(
                "several sessions are open, choose one with --session: {there}"
            ))),
        }
    }

    /// The servers that may be meant, each with its token.
    fn servers(&self) -> Result<Vec<RemoteServer>, RemoteError> {
        let unknown = |error: Error| RemoteError::NotFound(error.to_string());
        let running = running::running().map_err(unknown)?;
        let token = |file: Option<&PathBuf>| {
            let read = file.map(|file| read_token(file)).transpose();
            read.map_err(|error| RemoteError::Choice(format!("the token cannot be read: {error}")))
        };
        let own = |server: RunningServer| {
            let token = token(self.token_file.as_ref().or(server.token_file.as_ref()))?;
            Ok::<_, RemoteError>(RemoteServer {
                address: server.address,
                token,
            })
        };
        match &self.remote {
            Some(RemoteAddress::At(address)) => {
                let known = running.into_iter().find(|it| it.address == *address);
                match known {
                    Some(server) => Ok(vec![own(server)?]),
                    None => Ok(vec![RemoteServer {
                        address: address.clone(),
                        token: token(self.token_file.as_ref())?,
                    }]),
                }
            }
            _ if running.is_empty() => Err(RemoteError::NotFound(
                "no server is running: choose Publish in a host's menu, start one with \
                 `pyblish-endpoint serve`, or name an --adapter"
                    .into(),
            )),
            _ => running.into_iter().map(own).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_is_an_address_or_auto() {
        assert_eq!("auto".parse(), Ok(RemoteAddress::Auto));
        let at = |text: &str| Ok(RemoteAddress::At(text.into()));
        assert_eq!(
            "http://127.0.0.1:6001/".parse(),
            at("http://127.0.0.1:6001")
        );
        assert_eq!("unix:/run/x".parse(), at("unix:/run/x"));
        let refused = |text: &str| text.parse::<RemoteAddress>().unwrap_err();
        assert!(refused("https://a:1").contains("no TLS"));
        for text in ["", "localhost:6001", "Auto"] {
            assert!(refused(text).contains("or auto"), "{text}");
        }
    }
}
