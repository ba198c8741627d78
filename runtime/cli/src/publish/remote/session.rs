//! A running server and its sessions, as `publish --remote` asks them.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::publish::choices::Choice;
use crate::remote_error::RemoteError;
use pyblish_client::{Client, ClientError, path_part};
use pyblish_model::{
    BrokenPlugin, Context, Data, Failure, Instance, LeftOutPlugin, Plugin, PluginSet,
};

/// How long a read may take: the server never waits for the host with one.
pub(super) const READ: Option<Duration> = Some(Duration::from_secs(30));

/// How many items of a collection are read at a time: the most that a server answers.
const PAGE: usize = 10_000;

/// A running server.
#[derive(Clone)]
pub(super) struct RemoteServer {
    pub(super) address: String,
    pub(super) token: Option<String>,
}

impl RemoteServer {
    pub(super) fn client(&self) -> Result<Client, RemoteError> {
        Ok(Client::new(&self.address, self.token.clone())?)
    }

    /// Its open sessions.
    pub(super) fn sessions(&self) -> Result<Vec<RemoteSession>, RemoteError> {
        #[derive(Deserialize)]
        struct Open {
            id: String,
            adapter: String,
            hosts: Vec<String>,
        }
        let mut reader = RemoteSession {
            client: self.client()?,
            server: self.clone(),
            id: String::new(),
            path: "/pyblish/v2".into(),
            adapter: String::new(),
            host: String::new(),
        };
        let open: Vec<Open> = reader.all("/sessions")?;
        let sessions = open.into_iter().map(|open| {
            Ok(RemoteSession {
                client: self.client()?,
                server: self.clone(),
                // Ids are names of files, and need no escapes in a path.
                path: format!("/pyblish/v2/sessions/{}", open.id),
                id: open.id,
                adapter: open.adapter,
                host: open.hosts.join(", "),
            })
        });
        sessions.collect()
    }
}

/// A session of a running server.
pub(super) struct RemoteSession {
    pub(super) client: Client,
    pub(super) server: RemoteServer,
    pub(super) id: String,
    pub(super) path: String,
    pub(super) adapter: String,
    pub(super) host: String,
}

/// What is read of a session.
#[derive(Deserialize)]
struct Now {
    revision: u64,
    sequence: u64,
}

/// A page of a collection.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    items: Vec<T>,
    next: Option<u64>,
    #[serde(default)]
    broken: Vec<BrokenFile>,
    #[serde(default)]
    left_out: Vec<LeftOutPlugin>,
    #[serde(default)]
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct BrokenFile {
    file: String,
    message: String,
}

impl RemoteSession {
    /// Its id, and what tells users which one it is.
    pub(super) fn words(&self) -> String {
        let what = if self.host.is_empty() {
            &self.adapter
        } else {
            &self.host
        };
        format!("{} ({what}, at {})", self.id, self.server.address)
    }

    /// Sends a request, and returns the JSON of its answer.
    pub(super) fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        patience: Option<Duration>,
    ) -> Result<Value, RemoteError> {
        let path = format!("{}{path}", self.path);
        let body = body.map(Value::to_string);
        let mut send = || self.client.send(method, &path, body.as_deref(), patience);
        let answer = match send() {
            // The server may have closed an idle connection; repeating a read is safe.
            Err(ClientError::Disconnected(..)) if method == "GET" => send()?,
            answer => answer?,
        };
        let read: Result<Value, _> = match answer.body.as_slice() {
            [] => Ok(Value::Null),
            body => serde_json::from_slice(body),
        };
        if (200..300).contains(&answer.status) {
            return read.map_err(|error| self.strange(path, error));
        }
        let problem = read.unwrap_or_default();
        let detail = problem["detail"].as_str().map(str::to_owned);
        let detail = detail.unwrap_or_else(|| format!("it answered {}", answer.status));
        Err(RemoteError::Refused {
            address: self.server.address.clone(),
            status: answer.status,
            detail: match answer.status {
                401 => format!("it needs its token, give it with --token-file FILE ({detail})"),
                _ => detail,
            },
        })
    }

    pub(super) fn strange(&self, path: String, error: serde_json::Error) -> RemoteError {
        RemoteError::Strange(self.server.address.clone(), path, error)
    }

    fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, RemoteError> {
        let answer = self.send("GET", path, None, READ)?;
        serde_json::from_value(answer).map_err(|error| self.strange(path.into(), error))
    }

    /// A collection: its first page, with the items of all pages.
    fn whole<T: DeserializeOwned>(&mut self, path: &str) -> Result<Page<T>, RemoteError> {
        let mut whole: Page<T> = self.get(&format!("{path}?limit={PAGE}"))?;
        while let Some(after) = whole.next {
            let page: Page<T> = self.get(&format!("{path}?limit={PAGE}&after={after}"))?;
            whole.items.extend(page.items);
            whole.next = page.next;
        }
        Ok(whole)
    }

    fn all<T: DeserializeOwned>(&mut self, path: &str) -> Result<Vec<T>, RemoteError> {
        Ok(self.whole(path)?.items)
    }

    /// What was discovered.
    pub(super) fn discovered(&mut self) -> Result<PluginSet, RemoteError> {
        let mut page: Page<Value> = self.whole("/plugins")?;
        for plugin in &mut page.items {
            // Only the host needs the name of the base class.
            plugin["base"] = "".into();
        }
        let plugins: Result<Vec<Plugin>, _> =
            page.items.into_iter().map(serde_json::from_value).collect();
        let plugins = plugins.map_err(|error| self.strange("/plugins".into(), error))?;
        let broken = page.broken.into_iter().map(|broken| BrokenPlugin {
            file: broken.file,
            failure: Failure::new("", broken.message),
        });
        Ok(PluginSet {
            plugins: plugins.into(),
            broken: broken.collect(),
            left_out: page.left_out.into(),
            targets: page.targets.into(),
        })
    }

    pub(super) fn context(&mut self) -> Result<Context, RemoteError> {
        #[derive(Deserialize)]
        struct Own {
            data: Data,
        }
        let own: Own = self.get("/context")?;
        let instances: Vec<Instance> = self.all("/instances")?;
        Ok(Context {
            data: Arc::new(own.data),
            instances: instances.into_iter().map(Arc::new).collect(),
        })
    }

    /// Switches plug-ins and sets values, as users do.
    pub(super) fn choose(&mut self, choices: Vec<Choice>) -> Result<(), RemoteError> {
        for choice in choices {
            let revision = self.get::<Now>("")?.revision;
            let (path, body) = match choice {
                Choice::Plugin(plugin, active) => (
                    format!("/plugins/{}", path_part(&plugin.0)),
                    json!({"revision": revision, "active": active}),
                ),
                Choice::Value(place, value) => {
                    let path = match place.instance {
                        None => "/context".to_owned(),
                        Some(instance) => format!("/instances/{}", path_part(&instance.0)),
                    };
                    let mut set = Map::new();
                    set.insert(place.key, value);
                    (path, json!({"revision": revision, "set": set}))
                }
            };
            self.send("PATCH", &path, Some(&body), READ)?;
        }
        Ok(())
    }

    /// The number of its latest event.
    pub(super) fn sequence(&mut self) -> Result<u64, RemoteError> {
        Ok(self.get::<Now>("")?.sequence)
    }
}
