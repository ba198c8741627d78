//! One session of a running endpoint, over `/pyblish/v2`.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::shape::{QmlInstance, QmlOutcome, QmlPlugin, VisibleData};
use pyblish_client::{self as client, Answer, Client, ClientError, EventStream, path_part};
use pyblish_model::{Data, JsonText};

/// Instances per request: the most that the server returns.
const PAGE: usize = 10_000;

/// The time limit of quick requests. They may wait behind a plug-in that runs for another client,
/// but QML's window is frozen until it gets an answer, so the wait is short.
const SOON: Option<Duration> = Some(client::ANSWER_TIMEOUT);

/// The address of a running server, and its token.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundServer {
    /// `http://HOST:PORT` or `unix:PATH`
    pub address: String,
    /// Its token; none if it needs none.
    pub token: Option<String>,
}

/// Finds the server. It is called again after the server has ended.
pub(crate) type Find = Box<dyn Fn() -> Result<FoundServer, String> + Send>;

/// The session that the user asked for; none for the only one.
pub(crate) type SessionName = Option<String>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("the endpoint does not answer: {0}")]
    Gone(#[from] ClientError),
    /// The server or session no longer exists.
    #[error("{0}")]
    Lost(String),
    /// The server's own message, which says what to do next.
    #[error("{detail}")]
    Refused { status: u16, detail: String },
    #[error("the endpoint's answer to {0} cannot be read: {1}")]
    Strange(String, serde_json::Error),
    /// The requested session cannot be chosen.
    #[error("{0}")]
    Choice(String),
    /// The event stream cannot be read.
    #[error("the endpoint's events cannot be read: {0}")]
    NoEvents(String),
}

impl CallError {
    /// Whether the endpoint itself has ended.
    pub fn is_gone(&self) -> bool {
        match self {
            CallError::Gone(error) => !matches!(error, ClientError::Timeout(..)),
            CallError::Lost(_) => true,
            CallError::Refused { .. }
            | CallError::Strange(..)
            | CallError::Choice(_)
            | CallError::NoEvents(_) => false,
        }
    }

    /// Whether a restarted server could answer differently, because its token is new.
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

    /// Whether another client changed it first.
    pub fn is_conflict(&self) -> bool {
        matches!(self, CallError::Refused { status: 409, .. })
    }
}

/// The state of a session.
#[derive(Debug, Deserialize)]
pub(crate) struct SessionOverview {
    pub id: String,
    pub adapter: String,
    pub hosts: Vec<String>,
    pub revision: u64,
    /// The number of the latest event.
    pub sequence: u64,
    pub connected: f64,
    pub broken: Vec<BrokenPlugin>,
    /// Where a publish can be handed over to.
    #[serde(rename = "jobPlaces")]
    pub job_places: Vec<String>,
}

/// A plug-in file that could not be used.
#[derive(Debug, Deserialize)]
pub(crate) struct BrokenPlugin {
    pub file: String,
    pub message: String,
}

pub(crate) struct Endpoint {
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
    pub(crate) fn open(find: Find, wanted: SessionName) -> Result<Self, CallError> {
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

    /// Looks for the server again, after it has ended.
    ///
    /// # Errors
    /// It cannot be found.
    pub(crate) fn reopen(&mut self) -> Result<(), CallError> {
        let found = (self.find)().map_err(CallError::Lost)?;
        self.client = Client::new(&found.address, found.token)?;
        self.address = found.address;
        self.session = self.choose()?;
        Ok(())
    }

    /// The address of the server.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The port that it listens on, if it has one.
    pub(crate) fn port(&self) -> Option<u16> {
        self.client.port()
    }

    /// The id of the session: the requested one, or the only one.
    fn choose(&mut self) -> Result<String, CallError> {
        let all: Vec<SessionOverview> = self.all("/pyblish/v2/sessions")?;
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
                "the endpoint at {} has several sessions, choose one with --session: {}",
                self.address,
                there()
            ),
        };
        Err(CallError::Choice(reason))
    }

    /// The session as it is now.
    pub(crate) fn look(&mut self) -> Result<SessionOverview, CallError> {
        self.get(&self.path(""))
    }

    pub(crate) fn plugins(&mut self) -> Result<Vec<QmlPlugin>, CallError> {
        self.all(&self.path("/plugins"))
    }

    pub(crate) fn instances(&mut self) -> Result<Vec<QmlInstance>, CallError> {
        self.all(&self.path("/instances"))
    }

    pub(crate) fn context(&mut self) -> Result<VisibleData, CallError> {
        #[derive(Deserialize)]
        struct Page {
            data: VisibleData,
        }
        let page: Page = self.get(&self.path("/context"))?;
        Ok(page.data)
    }

    /// The events after this one.
    pub(crate) fn events(&self, after: u64) -> Result<EventStream, CallError> {
        let path = self.path(&format!("/events?after={after}"));
        Ok(self.client.listen(&path)?)
    }

    pub(crate) fn reset(&mut self) -> Result<(), CallError> {
        self.post("/reset", None).map(drop)
    }

    pub(crate) fn process(
        &mut self,
        plugin: &str,
        instance: Option<&str>,
    ) -> Result<QmlOutcome, CallError> {
        self.ask("/process", &pair(plugin, instance))
    }

    pub(crate) fn repair(
        &mut self,
        plugin: &str,
        instance: Option<&str>,
    ) -> Result<QmlOutcome, CallError> {
        self.ask("/repair", &pair(plugin, instance))
    }

    /// What a plug-in failed on, by its latest results: the ids of instances, none for the context.
    pub(crate) fn failed(&mut self, plugin: &str) -> Result<Vec<Option<String>>, CallError> {
        #[derive(Deserialize)]
        struct Page {
            plugins: HashMap<String, PluginStates>,
        }
        #[derive(Deserialize)]
        struct PluginStates {
            #[serde(rename = "failedIds")]
            failed: Vec<Option<String>>,
        }
        let mut page: Page = self.get(&self.path("/states"))?;
        let states = page.plugins.remove(plugin);
        Ok(states.map(|states| states.failed).unwrap_or_default())
    }

    pub(crate) fn act(&mut self, plugin: &str, action: &str) -> Result<QmlOutcome, CallError> {
        let body = [("pluginId", plugin.into()), ("actionId", action.into())];
        self.ask("/actions", &JsonText::object(body))
    }

    /// Includes or excludes a plug-in, if it has not changed since this revision.
    pub(crate) fn toggle_plugin(
        &mut self,
        plugin: &str,
        on: &JsonText,
        revision: u64,
    ) -> Result<(), CallError> {
        let path = format!("/plugins/{}", path_part(plugin));
        let revision = JsonText::of_value(&revision);
        self.patch(
            &path,
            &JsonText::object([("revision", revision), ("active", on.clone())]),
        )
    }

    /// Sets a value in the data of an instance.
    pub(crate) fn set(
        &mut self,
        instance: &str,
        key: &str,
        value: &JsonText,
        revision: u64,
    ) -> Result<(), CallError> {
        let path = format!("/instances/{}", path_part(instance));
        self.patch(&path, &set(key, value, revision))
    }

    /// Sets a value in the data of the context.
    pub(crate) fn set_context(
        &mut self,
        key: &str,
        value: &JsonText,
        revision: u64,
    ) -> Result<(), CallError> {
        self.patch("/context", &set(key, value, revision))
    }

    /// Calls the host's callbacks for this event.
    pub(crate) fn emit(&mut self, event: &str, arguments: &Data) -> Result<(), CallError> {
        let arguments = JsonText::of_value(arguments);
        let body = JsonText::object([("event", event.into()), ("arguments", arguments)]);
        let path = self.path("/callbacks");
        let answer = self.client.send("POST", &path, Some(body.text()), SOON)?;
        accepted(answer).map(drop)
    }

    /// Posts this, and waits for the answer, however long it takes.
    pub(crate) fn ask<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &JsonText,
    ) -> Result<T, CallError> {
        let answer = self.post(path, Some(body))?;
        understood(path, &answer)
    }

    /// Sends a request without a time limit, because resets and plug-ins may take long.
    fn post(&mut self, path: &str, body: Option<&JsonText>) -> Result<Answer, CallError> {
        let path = self.path(path);
        let body = body.map(JsonText::text);
        let answer = self.client.send("POST", &path, body, None)?;
        accepted(answer)
    }

    fn patch(&mut self, path: &str, body: &JsonText) -> Result<(), CallError> {
        let path = self.path(path);
        let answer = self.client.send("PATCH", &path, Some(body.text()), SOON)?;
        accepted(answer).map(drop)
    }

    fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, CallError> {
        let answer = match self.client.send("GET", path, None, SOON) {
            // The server may have closed an idle connection; repeating a read is safe.
            Err(ClientError::Disconnected(..)) => self.client.send("GET", path, None, SOON)?,
            answer => answer?,
        };
        understood(path, &accepted(answer)?)
    }

    /// All items of a collection, page by page.
    fn all<T: DeserializeOwned>(&mut self, path: &str) -> Result<Vec<T>, CallError> {
        #[derive(Deserialize)]
        struct Page<T> {
            items: Vec<T>,
            next: Option<u64>,
        }
        let mut all = Vec::new();
        let mut after = 0;
        loop {
            let page: Page<T> = self.get(&format!("{path}?limit={PAGE}&after={after}"))?;
            all.extend(page.items);
            match page.next {
                Some(next) => after = next,
                None => return Ok(all),
            }
        }
    }

    fn path(&self, what: &str) -> String {
        format!("/pyblish/v2/sessions/{}{what}", path_part(&self.session))
    }
}

/// A pair of a plug-in and an instance, as a body.
fn pair(plugin: &str, instance: Option<&str>) -> JsonText {
    let instance = JsonText::of_value(&instance);
    JsonText::object([("pluginId", plugin.into()), ("instanceId", instance)])
}

/// The body that sets a value.
fn set(key: &str, value: &JsonText, revision: u64) -> JsonText {
    let revision = JsonText::of_value(&revision);
    let set = JsonText::object([(key, value.clone())]);
    JsonText::object([("revision", revision), ("set", set)])
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
