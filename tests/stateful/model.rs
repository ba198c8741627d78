//! What clients were told, and what must follow from it. Plain data: it does not know about
//! requests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The broken promise in a few words. A shorter sequence must break the same one.
    pub what: &'static str,
    pub words: String,
}

pub type Checked = Result<(), Finding>;

pub fn broken<T>(what: &'static str, words: impl Into<String>) -> Result<T, Finding> {
    Err(Finding {
        what,
        words: words.into(),
    })
}

/// Everything that clients of a server were told, over all of its starts.
#[derive(Debug, Default)]
pub struct ServerTold {
    /// By the sessions' ids.
    pub sessions: BTreeMap<String, SessionTold>,
}

/// What clients were told of one session.
#[derive(Debug, Default, Clone)]
pub struct SessionTold {
    /// The largest revision of the session.
    pub revision: u64,
    /// The largest revision of the context.
    pub context: u64,
    /// A revision after which the context's data changed: a change based on it is stale.
    pub stale: Option<u64>,
    /// The largest number of an event.
    pub sequence: u64,
    /// By their numbers: the name and the text.
    pub events: BTreeMap<u64, (String, String)>,
    /// The runs that were answered with 202, by their numbers.
    pub runs: BTreeSet<u64>,
    /// The runs that ended, as they were then.
    pub ended: BTreeMap<u64, Value>,
    /// Idempotency keys: what was asked, and the run.
    pub keys: BTreeMap<String, (String, u64)>,
    /// The disk fails, or failed and the session has not yet said that everything is written.
    pub trouble: bool,
    /// It failed at some time. Numbers of runs may then continue from the clock, if the given
    /// numbers could not be read.
    troubled: bool,
    /// The disk refused even to overwrite meanwhile. The given numbers are not marked, so they may
    /// be given again after the server ends. The log says so.
    unmarked: bool,
    /// The largest number of an event, and the revisions, when that began.
    marked: (u64, u64, u64),
    /// What clients were told meanwhile: it is there while the server runs, and may be lost
    /// afterwards.
    held: Held,
    /// What was lost in this way.
    lost: Held,
    /// The keys of runs that may have been lost. If the server could still write such a run when it
    /// ended, its key leads to the same run.
    lost_keys: BTreeMap<String, (String, u64)>,
}

/// Events, runs, and runs that ended, by their numbers.
#[derive(Debug, Default, Clone)]
struct Held {
    events: BTreeSet<u64>,
    runs: BTreeSet<u64>,
    ended: BTreeSet<u64>,
}

/// `r7` is 7.
fn parsed(id: &Value) -> Option<u64> {
    id.as_str()?.strip_prefix('r')?.parse().ok()
}

/// The number of a run.
pub fn number(run: &Value) -> Option<u64> {
    parsed(&run["id"])
}

impl SessionTold {
    /// The session says that everything is written.
    pub fn all_is_written(&mut self) {
        self.troubled |= self.trouble;
        self.trouble = false;
        self.unmarked = false;
        self.held = Held::default();
    }

    /// From now on nothing can be written or overwritten.
    pub fn nothing_is_marked(&mut self) {
        if !self.unmarked {
            self.unmarked = true;
            self.marked = (self.sequence, self.revision, self.context);
        }
    }

    /// The server ended while something was not written.
    pub fn server_ended(&mut self) {
        self.troubled |= self.trouble;
        let held = std::mem::take(&mut self.held);
        if std::mem::take(&mut self.unmarked) {
            let (sequence, revision, context) = self.marked;
            self.sequence = self.sequence.min(sequence);
            self.revision = self.revision.min(revision);
            self.context = self.context.min(context);
            self.stale = self.stale.filter(|stale| *stale < context);
            self.events.retain(|event, _| !held.events.contains(event));
            self.runs.retain(|run| !held.runs.contains(run));
        }
        let keys = std::mem::take(&mut self.keys);
        for (key, asked) in keys {
            match held.runs.contains(&asked.1) {
                true => self.lost_keys.insert(key, asked),
                false => self.keys.insert(key, asked),
            };
        }
        // The next server does not know that it ended.
        self.ended.retain(|run, _| !held.ended.contains(run));
        self.lost.events.extend(held.events);
        self.lost.runs.extend(held.runs);
        self.lost.ended.extend(held.ended);
    }

    fn lost_something(&self) -> bool {
        !self.lost.events.is_empty() || !self.lost.runs.is_empty() || !self.lost.ended.is_empty()
    }

    /// The state of the session, requested when clients knew `known`.
    pub fn seen(&mut self, known: &SessionTold, shape: &Value) -> Checked {
        let (revision, sequence) = (shape["revision"].as_u64(), shape["sequence"].as_u64());
        let (Some(revision), Some(sequence)) = (revision, sequence) else {
            return broken("an answer has its shape", shape.to_string());
        };
        if revision < known.revision {
            let before = known.revision;
            let words = format!("revision {before} was told, then {revision}");
            return broken("revisions never shrink", words);
        }
        if sequence < known.sequence {
            let before = known.sequence;
            let words = format!("event {before} was told, then the latest was {sequence}");
            return broken("numbers of events never shrink", words);
        }
        self.revision = self.revision.max(revision);
        self.sequence = self.sequence.max(sequence);
        match shape["run"].as_object() {
            Some(_) => self.run_seen(&shape["run"]),
            None => Ok(()),
        }
    }

    /// An event that a client got.
    pub fn event(&mut self, number: u64, name: &str, text: &str) -> Checked {
        let new = (name.to_owned(), text.to_owned());
        match self.events.get(&number) {
            Some(known) if *known != new => {
                let words = format!("event {number} was {known:?}, then {new:?}");
                return broken("an event's number is given once", words);
            }
            Some(_) => return Ok(()),
            None => {}
        }
        self.sequence = self.sequence.max(number);
        self.events.insert(number, new);
        if self.trouble {
            self.held.events.insert(number);
        }
        match name {
            "runEnded" => self.run_seen(&serde_json::from_str(text).unwrap_or_default()),
            _ => Ok(()),
        }
    }

    /// A run that was answered with 202.
    pub fn accepted(&mut self, run: &Value, asked: &str, key: Option<&str>) -> Checked {
        let Some(number) = number(run) else {
            return broken("an answer has its shape", run.to_string());
        };
        let known = key.and_then(|key| self.keys.get(key));
        if let Some((before, first)) = known {
            if before != asked {
                let words = format!("{key:?} came with {before}, then {asked}: run r{number}");
                return broken("a key that comes with another body is refused", words);
            }
            if *first != number {
                let words = format!("{key:?} was run r{first}, then run r{number}");
                return broken("a repeated start is the same run", words);
            }
            return Ok(());
        }
        let of_lost = key.and_then(|key| self.lost_keys.remove(key));
        let is_repeated = of_lost.is_some_and(|lost| lost == (asked.into(), number));
        if !self.runs.insert(number) && !is_repeated {
            let words = format!("run r{number} was answered to two starts");
            return broken("a run's number is given once", words);
        }
        if self.trouble {
            self.held.runs.insert(number);
        }
        if let Some(key) = key {
            self.keys.insert(key.into(), (asked.into(), number));
        }
        Ok(())
    }

    /// A run as a client saw it. Once it has ended, it must stay as it is.
    pub fn run_seen(&mut self, run: &Value) -> Checked {
        let (Some(number), Some(state)) = (number(run), run["state"].as_str()) else {
            return broken("an answer has its shape", run.to_string());
        };
        if state == "running" {
            return Ok(());
        }
        let state = Value::from(state);
        match self.ended.get(&number) {
            Some(known) if known["state"] != state => {
                let words = format!("run r{number} was {known}, then {run}");
                broken("a run that ended stays as it is", words)
            }
            Some(_) => Ok(()),
            None => {
                self.ended.insert(number, run.clone());
                if self.trouble {
                    self.held.ended.insert(number);
                }
                Ok(())
            }
        }
    }

    /// All events from the first that is kept to the latest, and the reported gaps.
    pub fn all_events(&mut self, known: &SessionTold, all: &AllEvents) -> Checked {
        let mut expected = all.events.first().map_or(1, |event| event.0);
        for (number, name, text) in &all.events {
            let told = |gap: &(u64, u64)| gap.0 <= expected && *number <= gap.1 + 1;
            if *number != expected && !all.gaps.iter().any(told) {
                let words = format!("event {number} comes where {expected} should be");
                return broken("events have no gap", words);
            }
            self.event(*number, name, text)?;
            expected = number + 1;
        }
        let there: BTreeSet<u64> = all.events.iter().map(|event| event.0).collect();
        let excused = |number: &u64| there.contains(number) || self.lost.events.contains(number);
        match known.events.keys().find(|number| !excused(number)) {
            Some(number) => {
                let words = format!("event {number}, {:?}, was told", known.events[number]);
                broken("an event that was told is kept", words)
            }
            None => Ok(()),
        }
    }

    /// All runs of the history.
    pub fn all_runs(&mut self, known: &SessionTold, runs: &[Value]) -> Checked {
        let mut there = BTreeSet::new();
        for run in runs {
            let Some(number) = number(run) else {
                return broken("an answer has its shape", run.to_string());
            };
            if !there.insert(number) {
                return broken("a run's number is given once", format!("r{number} twice"));
            }
            if run["state"] == "running" && known.ended.contains_key(&number) {
                let words = format!("run r{number} ended, and runs again: {run}");
                return broken("a run that ended stays as it is", words);
            }
            self.run_seen(run)?;
        }
        let answered = known.runs.iter().chain(known.ended.keys());
        let excused = |run: &u64| there.contains(run) || self.lost.runs.contains(run);
        if let Some(lost) = answered.copied().find(|run| !excused(run)) {
            let words = format!("run r{lost} was answered, and the history has {there:?}");
            return broken("a run that was answered is kept", words);
        }
        if self.lost_something() || self.trouble || self.troubled {
            return Ok(());
        }
        // Each number between is there, also of a start whose answer was lost.
        let gap = (1..=there.last().copied().unwrap_or(0)).find(|run| !there.contains(run));
        match gap {
            Some(gap) => broken("runs have no gap", format!("r{gap} is not in {there:?}")),
            None => Ok(()),
        }
    }

    /// The counts of an ended run match its results, once all events are known.
    pub fn results_add_up(&self) -> Checked {
        if self.lost_something() {
            return Ok(());
        }
        let mut results: BTreeMap<u64, u64> = BTreeMap::new();
        for (name, text) in self.events.values() {
            let event: Value = match name.as_str() {
                "runStarted" | "result" | "runEnded" => {
                    serde_json::from_str(text).unwrap_or_default()
                }
                _ => continue,
            };
            let counted = [&event["succeeded"], &event["failed"]].map(Value::as_u64);
            let counted: u64 = counted.into_iter().flatten().sum();
            match (name.as_str(), number(&event)) {
                ("runStarted", Some(run)) if event["continuesRunId"].is_null() => {
                    results.insert(run, 0);
                }
                ("runEnded", Some(run)) => {
                    // A run whose beginning is forgotten is not counted.
                    let told = results.get(&run).copied().unwrap_or(counted);
                    if told != counted {
                        let words = format!("there are {told} results of {event}");
                        return broken("results add up", words);
                    }
                }
                _ => {
                    let run = parsed(&event["runId"]);
                    if let Some(count) = run.and_then(|run| results.get_mut(&run)) {
                        *count += 1;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The events of a session, read from the first.
#[derive(Debug, Default)]
pub struct AllEvents {
    /// Number, name and text.
    pub events: Vec<(u64, String, String)>,
    /// Gaps, from and to.
    pub gaps: Vec<(u64, u64)>,
}

/// A run began while the disk was full, and the server ended before it said that the run was
/// written.
#[test]
fn start_may_repeat_a_lost_run() {
    let ended = || {
        let mut told = SessionTold {
            trouble: true,
            ..SessionTold::default()
        };
        let run = serde_json::json!({"id": "r4"});
        told.accepted(&run, "{}", Some("key")).unwrap();
        told.server_ended();
        (told, run)
    };
    let (mut told, run) = ended();
    told.accepted(&run, "{}", Some("key")).unwrap();
    told.accepted(&run, "{}", Some("key")).unwrap();
    for (asked, key) in [("{}", None), ("{}", Some("other")), ("{ }", Some("key"))] {
        let (mut told, run) = ended();
        told.accepted(&run, asked, key).unwrap_err();
    }
    // If it was lost, the key begins another run.
    let (mut told, _) = ended();
    let next = serde_json::json!({"id": "r5"});
    told.accepted(&next, "{}", Some("key")).unwrap();
}
