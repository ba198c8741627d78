//! Checks between the steps of a sequence: that sessions come to rest, and that everything that
//! clients were told is still there.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::{Clients, SESSIONS};
use super::model::{Checked, broken};
use super::step::FIRST;
use super::world::PATIENCE;

impl Clients {
    /// Opens a session that takes [`LARGE`](super::world::LARGE) bytes of memory.
    pub fn open_large(&self) -> Checked {
        let wanted = json!({"adapter": "scenario", "settings": {"file": "/scenario/large.json"}});
        let begin = Instant::now();
        loop {
            match self.ask("POST", SESSIONS, Some(&wanted), None)? {
                // On a busy machine, its adapter may meet a limit of time.
                Some(reply) if reply.status == 503 && begin.elapsed() < PATIENCE => {}
                Some(reply) if reply.status != 201 => {
                    return broken("a session can be opened", reply.body.to_string());
                }
                _ => return Ok(()),
            }
        }
    }

    /// Closes all sessions but the one that the server began with, and waits until they have ended.
    pub fn close_others(&self) -> Checked {
        let begin = Instant::now();
        loop {
            let open = self.open_sessions()?;
            let others = open
                .iter()
                .filter(|id| Some(*id) != self.id(FIRST).as_ref());
            let others: Vec<_> = others.collect();
            if others.is_empty() {
                return Ok(());
            }
            if begin.elapsed() > PATIENCE {
                return broken(
                    "a session that is deleted ends",
                    format!("{others:?} are there"),
                );
            }
            for id in others {
                self.ask("DELETE", &format!("{SESSIONS}/{id}"), None, None)?;
            }
        }
    }

    /// Waits until no run is under way.
    pub fn rest(&self, slot: usize) -> Checked {
        let Some(id) = self.id(slot) else {
            return Ok(());
        };
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            let known = self.known(&id);
            let now = self.ask("GET", &format!("{SESSIONS}/{id}"), None, None)?;
            let Some(now) = now.filter(|now| now.status == 200) else {
                return Ok(());
            };
            self.seen(&id, &known, &now.body)?;
            if now.body["run"]["state"] != "running" && now.body["state"] != "busy" {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(5));
        }
        broken("a run ends", format!("{id} is busy for {PATIENCE:?}"))
    }

    /// Nothing can be written: the session must say that its events are not on disk.
    pub fn trouble_is_said(&self) -> Checked {
        let Some(id) = self.id(FIRST) else {
            return Ok(());
        };
        let session = format!("{SESSIONS}/{id}");
        let before = self.ask("GET", &session, None, None)?;
        self.patch(FIRST, false)?;
        let after = self.ask("GET", &session, None, None)?;
        let (Some(before), Some(after)) = (before, after) else {
            return Ok(());
        };
        let happened = after.body["sequence"].as_u64() > before.body["sequence"].as_u64();
        match happened && after.body["history"].is_null() {
            true => broken("what cannot be kept is said", after.body.to_string()),
            false => Ok(()),
        }
    }

    /// Compares everything that clients were told of a session with its current data, if it is
    /// open.
    pub fn check(&self, id: &str) -> Checked {
        let known = self.known(id);
        let session = format!("{SESSIONS}/{id}");
        let Some(now) = self.ask("GET", &session, None, None)? else {
            return Ok(());
        };
        if now.status != 200 || now.body["state"] == "closing" {
            return Ok(());
        }
        self.seen(id, &known, &now.body)?;
        if self.disk_fails.load(Ordering::SeqCst) {
            // The disk is checked later, when it works.
            return Ok(());
        }
        let latest = now.body["sequence"].as_u64().unwrap_or(0);
        let Some(events) = super::listener::read_all(self, id, latest)? else {
            return Ok(());
        };
        self.note(id, |told| {
            told.all_events(&known, &events)?;
            told.results_add_up()
        })?;
        let Some(runs) = self.ask("GET", &format!("{session}/runs"), None, None)? else {
            return Ok(());
        };
        match runs.body["items"].as_array() {
            Some(runs) => self.note(id, |told| told.all_runs(&known, runs)),
            None if [404, 409].contains(&runs.status) => Ok(()),
            None => broken("the history can be read", runs.body.to_string()),
        }
    }
}
