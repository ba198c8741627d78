//! Clients of the server: they send requests, and write down what they were told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use serde_json::Value;

use super::model::{Checked, Finding, ServerTold, SessionTold, broken};
use super::step::SLOTS;
use super::world::PATIENCE;

pub const SESSIONS: &str = "/pyblish/v2/sessions";

/// A server, and what it told its clients; for any number of clients at once.
pub struct Clients {
    agent: ureq::Agent,
    pub address: String,
    pub token: String,
    pub told: Mutex<ServerTold>,
    /// The ids of the sessions of each slot, once they were opened; the last one is in use. There
    /// are several if one was opened again while it was open.
    pub ids: Mutex<[Vec<String>; SLOTS]>,
    /// No other client sends requests meanwhile.
    pub alone: AtomicBool,
    /// The server is being ended: answers may be missing.
    pub ending: AtomicBool,
    /// Writes to the disk may be lost.
    pub disk_fails: AtomicBool,
    /// Nothing can be written at all.
    pub disk_refuses: AtomicBool,
    /// Makes each written value different.
    pub count: Mutex<u64>,
}

/// An answer.
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Clients {
    pub fn new() -> Clients {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        Clients {
            agent: config.into(),
            address: String::new(),
            token: String::new(),
            told: Mutex::default(),
            ids: Mutex::default(),
            alone: AtomicBool::new(true),
            ending: AtomicBool::new(false),
            disk_fails: AtomicBool::new(false),
            disk_refuses: AtomicBool::new(false),
            count: Mutex::new(0),
        }
    }

    pub fn told(&self) -> MutexGuard<'_, ServerTold> {
        self.told.lock().expect("no client crashed")
    }

    /// The ids of the sessions that were ever open in this slot.
    pub fn ids(&self, slot: usize) -> Vec<String> {
        self.ids.lock().expect("no client crashed")[slot].clone()
    }

    /// The id of the session in this slot, if it was ever open.
    pub fn id(&self, slot: usize) -> Option<String> {
        self.ids(slot).pop()
    }

    /// What clients were told of this session so far.
    pub fn known(&self, id: &str) -> SessionTold {
        let told = self.told();
        told.sessions.get(id).cloned().unwrap_or_default()
    }

    /// Writes down something that clients were told of a session.
    pub fn note<T>(&self, id: &str, note: impl FnOnce(&mut SessionTold) -> T) -> T {
        let fails = self.disk_fails.load(Ordering::SeqCst);
        let mut told = self.told();
        let new = !told.sessions.contains_key(id);
        let told = told.sessions.entry(id.into()).or_default();
        told.trouble |= fails;
        // On a full disk, the file for the mark of a new session cannot be made.
        if fails && new || self.disk_refuses.load(Ordering::SeqCst) {
            told.nothing_is_marked();
        }
        note(told)
    }

    /// Writes down the state of a session that was requested when clients knew `known`.
    pub fn seen(&self, id: &str, known: &SessionTold, shape: &Value) -> Checked {
        let fails = self.disk_fails.load(Ordering::SeqCst);
        self.note(id, |told| {
            told.seen(known, shape)?;
            match shape["history"].is_null() {
                true if !fails => told.all_is_written(),
                true => {}
                false => told.trouble = true,
            }
            Ok(())
        })
    }

    /// Sends a request. None if there is no answer because the server was ended meanwhile.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<Option<Reply>, Finding> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let text = body.map(Value::to_string).unwrap_or_default();
        let answered = self
            .agent
            .run(request.body(text).expect("a request"))
            .and_then(|mut response| {
                let bytes = response.body_mut().read_to_vec()?;
                Ok((response, bytes))
            });
        let (response, bytes) = match answered {
            Ok(answered) => answered,
            Err(_) if self.ending.load(Ordering::SeqCst) => return Ok(None),
            Err(error) => {
                return broken(
                    "each request is answered",
                    format!("{method} {path}: {error}"),
                );
            }
        };
        let status = response.status().as_u16();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        self.is_honest(method, path, status, &body)?;
        Ok(Some(Reply { status, body }))
    }

    /// Checks that an error says what is wrong, and that errors of the server itself occur only if
    /// its disk fails or it ends.
    fn is_honest(&self, method: &str, path: &str, status: u16, body: &Value) -> Checked {
        if status < 400 {
            return Ok(());
        }
        let words = format!("{method} {path} was answered with {status}: {body}");
        let says = [&body["detail"], &body["message"]]
            .iter()
            .any(|said| said.as_str().is_some_and(|said| !said.is_empty()));
        let excused = self.disk_fails.load(Ordering::SeqCst) || self.ending.load(Ordering::SeqCst);
        match status {
            _ if !says => broken("an error says what is wrong", words),
            500 | 502 | 505.. if !excused && status != 507 => {
                broken("nothing fails without a reason", words)
            }
            _ => Ok(()),
        }
    }

    pub fn session(&self, slot: usize) -> Option<String> {
        Some(format!("{SESSIONS}/{}", self.id(slot)?))
    }

    pub fn next(&self) -> u64 {
        let mut count = self.count.lock().expect("no client crashed");
        *count += 1;
        *count
    }

    /// Whether this session is there, and not being closed.
    pub fn is_open(&self, id: &str) -> Result<bool, Finding> {
        let there = self.ask("GET", &format!("{SESSIONS}/{id}"), None, None)?;
        Ok(there.is_some_and(|there| there.status == 200 && there.body["state"] != "closing"))
    }

    /// The sessions that are open.
    pub fn open_sessions(&self) -> Result<Vec<String>, Finding> {
        let Some(list) = self.ask("GET", SESSIONS, None, None)? else {
            return Ok(Vec::new());
        };
        let Some(sessions) = list.body["items"].as_array() else {
            return broken("an answer has its shape", list.body.to_string());
        };
        Ok(sessions
            .iter()
            .filter_map(|it| Some(it["id"].as_str()?.to_owned()))
            .collect())
    }
}
