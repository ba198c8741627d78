//! What a client does in one step of a sequence.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::client::{Clients, SESSIONS};
use super::model::{Checked, Finding, SessionTold, broken};
use super::step::Step;

/// The paths below a session that `Step::Read` requests.
const READS: [&str; 12] = [
    "",
    "/plugins",
    "/instances",
    "/instances?state=failed&limit=2",
    "/states",
    "/results?limit=5",
    "/results?latest=true",
    "/context",
    "/runs",
    "/runs/r1",
    "/runs/r1/report",
    "/runs/r1/report?format=html",
];

/// The deeds of the hostile adapter that end soon, or at a limit of a few seconds.
const DEEDS: [&str; 26] = [
    "Answer",
    "Trap",
    "Panic",
    "Exit",
    "Recurse",
    "NoText",
    "NoTextRecord",
    "NoJson",
    "DeepJson",
    "NoInstance",
    "SameInstance",
    "Nothing",
    "Lost",
    "Flood",
    "FloodData",
    "FloodProgress",
    "Long",
    "LongRecord",
    "Files",
    "Timers",
    "Sockets",
    "Random",
    "Upwards",
    "Connect",
    "Spin",
    "Pipe",
];

/// The ways to run a single plug-in.
const WAYS: [&str; 3] = ["process", "repair", "actions"];

/// The name of a session without the number that it gets if another one with the same adapter,
/// settings and folders is open: `folder-96f07014` for `folder-96f07014-2`.
fn first_name(id: &str) -> &str {
    match id.rsplit_once('-') {
        Some((first, number)) if first.contains('-') && number.len() < 4 => first,
        _ => id,
    }
}

impl Clients {
    /// Does a step of a client.
    pub fn step(&self, step: &Step) -> Checked {
        match step {
            Step::Open(slot) => self.open(*slot),
            Step::Run { slot, what, key } => self.run(*slot, *what, *key),
            Step::Work { slot, way, plugin } => self.work(*slot, *way, *plugin),
            Step::Patch { slot, stale } => self.patch(*slot, *stale),
            Step::Read { slot, what } => self.read(*slot, *what),
            Step::Cancel { slot, grace } => self.cancel(*slot, *grace),
            Step::Toggle(slot) => self.toggle(*slot),
            Step::Delete(slot) => self.plain("DELETE", *slot, ""),
            Step::Reset(slot) => self.plain("POST", *slot, "/reset"),
            Step::Restart(slot) => self.plain("POST", *slot, "/restart"),
            other => unreachable!("{other:?} is no client's"),
        }
    }

    /// The request that opens the session of this slot.
    fn wanted(slot: usize) -> Value {
        match slot {
            0 => json!({}),
            1 => json!({"adapter": "scenario", "settings": {"file": "/scenario/s.json"}}),
            2 => json!({"adapter": "folder"}),
            slot => {
                json!({"adapter": "hostile", "settings": {"amount": 10_u64.pow(slot as u32 - 2)}})
            }
        }
    }

    fn open(&self, slot: usize) -> Checked {
        let open = self.open_sessions()?;
        let Some(reply) = self.ask("POST", SESSIONS, Some(&Self::wanted(slot)), None)? else {
            return Ok(());
        };
        match (reply.status, reply.body["id"].as_str()) {
            (201, Some(id)) => {
                let first = first_name(id);
                let is_free = !open.iter().any(|open| open == first);
                let other = self
                    .ids(slot)
                    .into_iter()
                    .find(|it| first_name(it) != first);
                if let Some(other) = other {
                    let words = format!("it was {other}, and then {id}");
                    return broken("a session has the same name at each start", words);
                }
                if id != first && is_free && self.alone.load(Ordering::SeqCst) {
                    let words = format!("it was called {id}, and no other was {first}");
                    return broken("a session has the same name at each start", words);
                }
                let mut ids = self.ids.lock().expect("no client crashed");
                ids[slot].retain(|known| known != id);
                ids[slot].push(id.into());
                // The one without a number comes first.
                ids[slot].sort_by_key(|id| std::cmp::Reverse(id.len()));
                ids[slot].reverse();
                drop(ids);
                self.seen(id, &SessionTold::default(), &reply.body)
            }
            // There is no room, or the session is closing.
            (400.., _) => Ok(()),
            _ => broken("an answer has its shape", reply.body.to_string()),
        }
    }

    fn plain(&self, method: &str, slot: usize, path: &str) -> Checked {
        let Some(session) = self.session(slot) else {
            return Ok(());
        };
        self.ask(method, &format!("{session}{path}"), None, None)?;
        Ok(())
    }

    fn run(&self, slot: usize, what: usize, key: Option<usize>) -> Checked {
        let Some(id) = self.id(slot) else {
            return Ok(());
        };
        let comment = format!("comment {}", self.next());
        let latest = self.known(&id).ended.keys().next_back().copied();
        let request = match what {
            // A key is used with the same body, or sometimes with another.
            _ if key.is_some() => {
                json!({"until": *["collect", "publish", "extract"].get(what % 2).expect("one")})
            }
            0 => json!({}),
            1 => json!({"until": "validate"}),
            2 => json!({"only": "collect"}),
            3 => json!({"comment": comment}),
            4 => json!({"pluginIds": ["Flaky", "Slow"]}),
            5 => json!({"instanceIds": ["nobody"]}),
            _ => json!({"continuesRunId": format!("r{}", latest.unwrap_or(1))}),
        };
        let key = key.map(|key| format!("key-{key}"));
        let path = format!("{SESSIONS}/{id}/runs");
        let reply = self.ask("POST", &path, Some(&request), key.as_deref())?;
        let Some(reply) = reply.filter(|reply| reply.status == 202) else {
            return Ok(());
        };
        let asked = request.to_string();
        self.note(&id, |told| {
            told.accepted(&reply.body, &asked, key.as_deref())
        })?;
        // The run can be read as soon as its start was answered.
        let run = reply.body["id"].as_str().unwrap_or_default();
        match self.ask("GET", &format!("{path}/{run}"), None, None)? {
            Some(there) if there.status == 200 => self.note(&id, |told| told.run_seen(&there.body)),
            // The session was closed meanwhile, or the disk cannot be read.
            Some(there) if there.body["title"] == "Not found" && self.is_open(&id)? => broken(
                "a run that was answered is kept",
                format!("{run} was answered, and then: {}", there.body),
            ),
            _ => Ok(()),
        }
    }

    fn cancel(&self, slot: usize, grace: f64) -> Checked {
        let Some(id) = self.id(slot) else {
            return Ok(());
        };
        let latest = self.known(&id).runs.last().copied().unwrap_or(1);
        let path = format!(
            "{SESSIONS}/{id}/runs/r{latest}/cancel?grace={}",
            grace * 1e3
        );
        match self.ask("POST", &path, None, None)? {
            Some(reply) if reply.status == 202 => self.note(&id, |told| told.run_seen(&reply.body)),
            _ => Ok(()),
        }
    }

    fn work(&self, slot: usize, way: usize, plugin: usize) -> Checked {
        let Some(session) = self.session(slot) else {
            return Ok(());
        };
        if way == WAYS.len() {
            return self.of_v1(plugin);
        }
        let instances = self.instances(&session)?;
        let instance = instances.get(plugin % 8).map(|it| it["id"].clone());
        let hostile = slot >= 3;
        let body = match (WAYS[way], hostile) {
            (_, true) => json!({"pluginId": DEEDS[plugin % DEEDS.len()]}),
            ("process", _) => {
                let name = ["Collect", "Validate0", "Slow", "Crash", "Nothing"][plugin % 5];
                json!({"pluginId": name, "instanceId": instance.filter(|_| name == "Validate0")})
            }
            ("repair", _) => json!({"pluginId": "Flaky", "instanceId": instance}),
            _ => json!({"pluginId": "Flaky", "actionId": "mend"}),
        };
        let way = if hostile { "process" } else { WAYS[way] };
        self.ask("POST", &format!("{session}/{way}"), Some(&body), None)?;
        Ok(())
    }

    /// Requests of v1 frontends, with the first session.
    fn of_v1(&self, which: usize) -> Checked {
        let state = "/pyblish/v1/state";
        let change = json!({"context": {"i1": {"publish": {"new": false, "old": true}}}});
        let (method, path, body) = match which % 7 {
            0 => ("GET", state, None),
            1 => ("PUT", state, Some(json!({"plugin": "Collect"}))),
            2 => (
                "PUT",
                state,
                Some(json!({"plugin": "Validate1", "instance": "i1"})),
            ),
            3 => ("POST", state, Some(json!({"changes": change.to_string()}))),
            4 => ("POST", state, None),
            5 => ("GET", "/pyblish/v1/client", None),
            _ => ("GET", "/pyblish/v1/hello", None),
        };
        self.ask(method, path, body.as_ref(), None)?;
        Ok(())
    }

    fn instances(&self, session: &str) -> Result<Vec<Value>, Finding> {
        let page = self.ask("GET", &format!("{session}/instances"), None, None)?;
        let list = page.map(|mut page| page.body["items"].take());
        Ok(list
            .and_then(|list| list.as_array().cloned())
            .unwrap_or_default())
    }

    fn read(&self, slot: usize, what: usize) -> Checked {
        let Some(id) = self.id(slot) else {
            return Ok(());
        };
        let known = self.known(&id);
        let path = format!("{SESSIONS}/{id}{}", READS[what]);
        match self.ask("GET", &path, None, None)? {
            Some(reply) if reply.status == 200 => match READS[what] {
                "" => self.seen(&id, &known, &reply.body),
                "/runs/r1" => self.note(&id, |told| told.run_seen(&reply.body)),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Changes the context's data. If `stale`, with a revision from before a later change.
    pub fn patch(&self, slot: usize, stale: bool) -> Checked {
        let Some(id) = self.id(slot) else {
            return Ok(());
        };
        let known = self.known(&id);
        let path = format!("{SESSIONS}/{id}/context");
        let revision = match self.ask("GET", &path, None, None)? {
            Some(now) if now.status == 200 => now.body["revision"].as_u64(),
            _ => return Ok(()),
        };
        let Some(revision) = revision else {
            return broken("an answer has its shape", path);
        };
        if revision < known.context {
            let words = format!("the context was at {}, then at {revision}", known.context);
            return broken("revisions never shrink", words);
        }
        self.note(&id, |told| told.context = told.context.max(revision));
        let asked = match (stale, known.stale) {
            (true, Some(old)) => old,
            (true, None) => return Ok(()),
            (false, _) => revision,
        };
        let count = self.next();
        let change = json!({
            "revision": asked,
            "set": {format!("note{}", count % 8): count, "crash": count.is_multiple_of(11)},
        });
        let Some(reply) = self.ask("PATCH", &path, Some(&change), None)? else {
            return Ok(());
        };
        if reply.status != 200 {
            return Ok(());
        }
        if stale {
            let words = format!("a change as of {asked} was made, and there was one since");
            return broken("a stale change is refused", words);
        }
        let then = reply.body["revision"].as_u64().unwrap_or(0);
        if then <= revision {
            let words = format!("a change of {revision} was made, and it is at {then}");
            return broken("a change makes the revision larger", words);
        }
        self.note(&id, |told| {
            told.context = told.context.max(then);
            told.stale = told.stale.max(Some(revision));
        });
        Ok(())
    }

    fn toggle(&self, slot: usize) -> Checked {
        let Some(session) = self.session(slot) else {
            return Ok(());
        };
        let plugins = format!("{session}/plugins");
        let Some(now) = self.ask("GET", &plugins, None, None)? else {
            return Ok(());
        };
        let change =
            json!({"revision": now.body["revision"], "active": self.next().is_multiple_of(2)});
        self.ask("PATCH", &format!("{plugins}/Flaky"), Some(&change), None)?;
        Ok(())
    }
}
