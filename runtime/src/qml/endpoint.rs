//! One session of a running endpoint, over `/pyblish/v2`.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::shape::{Instance, Outcome, Plugin, Visible};
use crate::http::client::{self, Answer, Client, ClientError, Events};

/// Instances a request, which is what the server answers at most.
const PAGE: usize = 10_000;

/// For what is done at once, or, while a plug-in is at work for somebody else, behind it: QML's window stands still
/// until it is answered, so that is not waited for.
const SOON: Option<Duration> = Some(client::PATIENCE);

/// What a server that is running is found by.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// `http://HOST:PORT` or `unix:PATH`
    pub address: String,
    pub token: Option<String>,
}

/// Finds the server; again after it has gone, too.
pub type Find = Box<dyn Fn() -> Result<Found, String> + Send>;

/// The session that is asked for; none where there is only one.
pub type SessionName = Option<String>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("the endpoint does not answer: {0}")]
    Gone(#[from] ClientError),
    /// There is none any more.
    #[error("{0}")]
    Lost(String),
    /// In the server's own words, which say what to do next.
    #[error("{detail}")]
    Refused { status: u16, detail: String },
    #[error("the endpoint's answer to {0} is not understood: {1}")]
    Strange(String, serde_json::Error),
    /// What is asked for cannot be chosen.
    #[error("{0}")]
    Choice(String),
    /// It does not tell what happens.
    #[error("the endpoint's events do not come: {0}")]
    NoEvents(String),
}

impl CallError {
    /// Whether the endpoint itself is gone.
    pub fn is_gone(&self) -> bool {
        match self {
            CallError::Gone(error) => !matches!(error, ClientError::Slow(..)),
            CallError::Lost(_) => true,
            CallError::Refused { .. }
            | CallError::Strange(..)
            | CallError::Choice(_)
            | CallError::NoEvents(_) => false,
        }
    }

    /// Whether a server that was started again would have another answer: its token is new.
    pub fn may_be_elsewhere(&self) -> bool {
        self.is_gone()
            || matches!(
                self,
                CallError::Refused {
                    status: 401 | 404,
                    ..
                }
            )
    }

    /// Whether somebody else was faster.
    pub fn is_conflict(&self) -> bool {
        matches!(self, CallError::Refused { status: 409, .. })
    }
}

/// A session as it is now.
#[derive(Debug, Deserialize)]
pub struct Look {
    pub id: String,
    pub adapter: String,
    pub hosts: Vec<String>,
    pub revision: u64,
    /// The number of the latest event.
    pub sequence: u64,
    pub connected: f64,
    pub broken: Vec<Broken>,
}

/// A plug-in file that could not be used.
#[derive(Debug, Deserialize)]
pub struct Broken {
    pub file: String,
    pub message: String,
}

pub struct Endpoint {
    find: Find,
    client: Client,
    address: String,
    wanted: SessionName,
    /// Its id.
    session: String,
}

impl Endpoint {
    /// Finds the server and the session.
    ///
    /// # Errors
    /// There is none, or there are several to choose from.
    pub fn open(find: Find, wanted: SessionName) -> Result<Self, CallError> {
        let found = find().map_err(CallError::Lost)?;
        let mut endpoint = Endpoint {
            client: Client::new(&found.address, found.token)?,
            address: found.address,
            find,
            wanted,
            session: String::new(),
        };
        endpoint.session = endpoint.choose()?;
        Ok(endpoint)
    }

    /// Looks for it again, after it has gone.
    ///
    /// # Errors
    /// It is not there.
    pub fn reopen(&mut self) -> Result<(), CallError> {
        let found = (self.find)().map_err(CallError::Lost)?;
        self.client = Client::new(&found.address, found.token)?;
        self.address = found.address;
        self.session = self.choose()?;
        Ok(())
    }

    /// Where the server is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The port that it listens on, if it does on one.
    pub fn port(&self) -> Option<u16> {
        self.client.port()
    }

    /// The id of the session: the one that is asked for, or the only one.
    fn choose(&mut self) -> Result<String, CallError> {
        let all: Vec<Look> = self.get("/pyblish/v2/sessions")?;
        let there = || {
            let told = all
                .iter()
                .map(|look| format!("{} ({})", look.id, look.adapter));
            told.collect::<Vec<_>>().join(", ")
        };
        let before = Some(&self.session).filter(|before| !before.is_empty());
        let reason = match self.wanted.as_ref().or(before) {
            Some(wanted) if all.iter().any(|look| look.id == *wanted) => return Ok(wanted.clone()),
            _ if all.is_empty() => format!("the endpoint at {} has no session", self.address),
            Some(wanted) => format!(
                "the endpoint at {} has no session {wanted:?}; there are {}",
                self.address,
                there()
            ),
            None if all.len() == 1 => return Ok(all[0].id.clone()),
            None => format!(
                "the endpoint at {} has several sessions, say which with --session: {}",
                self.address,
                there()
            ),
        };
        Err(CallError::Choice(reason))
    }

    /// The session as it is now.
    pub fn look(&mut self) -> Result<Look, CallError> {
        self.get(&self.path(""))
    }

    pub fn plugins(&mut self) -> Result<Vec<Plugin>, CallError> {
        #[derive(Deserialize)]
        struct Page {
            plugins: Vec<Plugin>,
        }
        let page: Page = self.get(&self.path("/plugins"))?;
        Ok(page.plugins)
    }

    pub fn instances(&mut self) -> Result<Vec<Instance>, CallError> {
        #[derive(Deserialize)]
        struct Page {
            total: usize,
            instances: Vec<Instance>,
        }
        let mut all = Vec::new();
        loop {
            let path = self.path(&format!("/instances?limit={PAGE}&offset={}", all.len()));
            let page: Page = self.get(&path)?;
            let last = page.instances.is_empty();
            all.extend(page.instances);
            if last || all.len() >= page.total {
                return Ok(all);
            }
        }
    }

    pub fn context(&mut self) -> Result<Visible, CallError> {
        #[derive(Deserialize)]
        struct Page {
            data: Visible,
        }
        let page: Page = self.get(&self.path("/context"))?;
        Ok(page.data)
    }

    /// What happens behind this event.
    pub fn events(&self, after: u64) -> Result<Events, CallError> {
        let path = self.path(&format!("/events?after={after}"));
        Ok(self.client.listen(&path)?)
    }

    pub fn reset(&mut self) -> Result<(), CallError> {
        self.post("/reset", None).map(drop)
    }

    pub fn process(&mut self, plugin: &str, instance: Option<&str>) -> Result<Outcome, CallError> {
        self.work("/process", &json!({"plugin": plugin, "instance": instance}))
    }

    pub fn repair(&mut self, plugin: &str, instance: Option<&str>) -> Result<Outcome, CallError> {
        self.work("/repair", &json!({"plugin": plugin, "instance": instance}))
    }

    /// On what a plug-in has failed, by its latest results: the ids of instances, none for the context.
    pub fn failed(&mut self, plugin: &str) -> Result<Vec<Option<String>>, CallError> {
        #[derive(Deserialize)]
        struct Page {
            plugins: HashMap<String, Fared>,
        }
        #[derive(Deserialize)]
        struct Fared {
            failed: Vec<Option<String>>,
        }
        let mut page: Page = self.get(&self.path("/states"))?;
        let fared = page.plugins.remove(plugin);
        Ok(fared.map(|fared| fared.failed).unwrap_or_default())
    }

    pub fn act(&mut self, plugin: &str, action: &str) -> Result<Outcome, CallError> {
        self.work("/actions", &json!({"plugin": plugin, "action": action}))
    }

    /// Has a plug-in take part, or leaves it out, as it was at this revision.
    pub fn toggle_plugin(
        &mut self,
        plugin: &str,
        on: &Value,
        revision: u64,
    ) -> Result<(), CallError> {
        let path = format!("/plugins/{}", escaped(plugin));
        self.patch(&path, &json!({"revision": revision, "active": on}))
    }

    /// Sets one of an instance's data.
    pub fn set(
        &mut self,
        instance: &str,
        key: &str,
        value: &Value,
        revision: u64,
    ) -> Result<(), CallError> {
        let path = format!("/instances/{}", escaped(instance));
        self.patch(&path, &json!({"revision": revision, "set": {key: value}}))
    }

    /// Sets one of the context's data.
    pub fn set_context(
        &mut self,
        key: &str,
        value: &Value,
        revision: u64,
    ) -> Result<(), CallError> {
        let body = json!({"revision": revision, "set": {key: value}});
        self.patch("/context", &body)
    }

    /// Has the host's callbacks for this event called.
    pub fn emit(&mut self, event: &str, arguments: &Map<String, Value>) -> Result<(), CallError> {
        let body = json!({"event": event, "arguments": arguments}).to_string();
        let path = self.path("/callbacks");
        let answer = self.client.send("POST", &path, Some(&body), SOON)?;
        accepted(answer).map(drop)
    }

    fn work(&mut self, path: &str, body: &Value) -> Result<Outcome, CallError> {
        let answer = self.post(path, Some(body))?;
        understood(path, &answer)
    }

    /// A reset and a plug-in take as long as they take.
    fn post(&mut self, path: &str, body: Option<&Value>) -> Result<Answer, CallError> {
        let path = self.path(path);
        let body = body.map(Value::to_string);
        let answer = self.client.send("POST", &path, body.as_deref(), None)?;
        accepted(answer)
    }

    fn patch(&mut self, path: &str, body: &Value) -> Result<(), CallError> {
        let path = self.path(path);
        let body = body.to_string();
        let answer = self.client.send("PATCH", &path, Some(&body), SOON)?;
        accepted(answer).map(drop)
    }

    fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, CallError> {
        let answer = match self.client.send("GET", path, None, SOON) {
            // It may have closed a connection that rested; a read can be asked for twice.
            Err(ClientError::BrokenOff(..)) => self.client.send("GET", path, None, SOON)?,
            answer => answer?,
        };
        understood(path, &accepted(answer)?)
    }

    fn path(&self, what: &str) -> String {
        format!("/pyblish/v2/sessions/{}{what}", escaped(&self.session))
    }
}

fn accepted(answer: Answer) -> Result<Answer, CallError> {
    if (200..300).contains(&answer.status) {
        return Ok(answer);
    }
    #[derive(Deserialize)]
    struct Problem {
        detail: Option<String>,
        message: Option<String>,
    }
    let problem = serde_json::from_slice::<Problem>(&answer.body).ok();
    let detail = problem.and_then(|problem| problem.detail.or(problem.message));
    Err(CallError::Refused {
        status: answer.status,
        detail: detail.unwrap_or_else(|| format!("the endpoint answered {}", answer.status)),
    })
}

fn understood<T: DeserializeOwned>(path: &str, answer: &Answer) -> Result<T, CallError> {
    let read = serde_json::from_slice(&answer.body);
    read.map_err(|error| CallError::Strange(path.into(), error))
}

/// As a part of a path.
fn escaped(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        match plain(byte) {
            true => text.push(byte.into()),
            false => text += &format!("%{byte:02X}"),
        }
    }
    text
}
