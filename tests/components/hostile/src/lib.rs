//! An adapter that misbehaves in every way, one at a time, to test the runtime. Each deed is a
//! plug-in of its name. The setting `deed` also names one that is done in the export that `in`
//! names.
//!
//! It does not use the SDK, because the SDK would stop half of the deeds.

mod answer;
mod bad_answers;
mod batches;
mod computing;
mod copies;
mod deed;
mod folders;
mod network;
mod records;
mod resources;

use std::cell::RefCell;

use bare_adapter::model::{Change, Failure, Outcome, Pair, Plugin, Value};
use bare_adapter::service::{
    ActionCall, Description, Discovery, Event, GrantRequest, Guest, GuestSession, Opened, Opening,
    SettingKind,
};
use bare_adapter::work::{Batch, Call};
use bare_adapter::{added, discovery, failed, failure, folder, opened, plugin, setting, value};

use answer::{AMOUNT, amount, nothing};
use deed::Deed;

struct Hostile;

struct HostileSession;

thread_local! {
    /// The export in which the deed is done, and the deed.
    static DEED: RefCell<(String, String)> = RefCell::default();
}

/// The failure of a deed that was stopped.
fn stopped(message: String) -> Failure {
    failure("Refused", message)
}

fn outcome(done: Result<Outcome, String>) -> Outcome {
    done.unwrap_or_else(|message| failed(stopped(message)))
}

/// Does the deed if it is meant for this export.
fn in_export(export: &str, call: &Call) -> Result<Option<Outcome>, String> {
    let (place, deed) = DEED.with_borrow(Clone::clone);
    match place == export {
        true => deed::perform(&deed, call).map(Some),
        false => Ok(None),
    }
}

fn plain(export: &str, call: &Call) -> Outcome {
    outcome(in_export(export, call).map(|done| done.unwrap_or_else(nothing)))
}

impl Guest for Hostile {
    type Session = HostileSession;

    fn describe() -> Description {
        let text = |text: &str| Value::Text(text.into());
        Description {
            name: "hostile".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            doc: "Misbehaves in every way, for tests.".into(),
            hosts: vec!["hostile".into()],
            settings: vec![
                setting("in", SettingKind::Text, text("")),
                setting("deed", SettingKind::Text, text("")),
                setting("amount", SettingKind::Integer, Value::Integer(0)),
                setting("address", SettingKind::Text, text("127.0.0.1:1")),
            ],
            grants: vec![
                folder("/work", "Something to write through."),
                folder("/input", "Something that it may only read."),
                GrantRequest::Address("{address}".into()),
            ],
        }
    }
}

impl GuestSession for HostileSession {
    fn open(call: &Call, opening: Opening) -> Result<Opened, Failure> {
        DEED.set((value(&opening, "in"), value(&opening, "deed")));
        AMOUNT.set(value(&opening, "amount").parse().unwrap_or_default());
        network::ADDRESS.set(value(&opening, "address"));
        in_export("open", call).map_err(stopped)?;
        Ok(opened(HostileSession))
    }

    fn reset(&self, call: &Call) -> Outcome {
        let mut outcome = plain("reset", call);
        outcome.changes.push(added("one".into(), "one".into()));
        outcome
    }

    fn discover(&self, call: &Call) -> Result<Discovery, Failure> {
        in_export("discover", call).map_err(stopped)?;
        let known = deed::NAMES.iter().map(|name| Plugin {
            order: if *name == deed::LATE { 2.0 } else { 1.0 },
            ..plugin(name)
        });
        // More plug-ins than anybody has.
        let more = DEED.with_borrow(|(place, _)| if place == "plugins" { amount() } else { 0 });
        let more = (0..more).map(|number| plugin(&format!("More{number}")));
        Ok(discovery(known.chain(more).collect()))
    }

    fn process(&self, call: &Call, batch: &Batch, pairs: Vec<Pair>) {
        for (place, pair) in pairs.iter().enumerate() {
            if let Ok(Deed::InBatch(deed)) = deed::find(&pair.plugin) {
                return deed(batch, pairs.len() - place);
            }
            let done = in_export("process", call).and_then(|_| deed::perform(&pair.plugin, call));
            if !batch.finished(&[outcome(done)]) {
                return;
            }
        }
    }

    fn repair(&self, call: &Call, _: Pair) -> Outcome {
        plain("repair", call)
    }

    fn act(&self, call: &Call, _: ActionCall) -> Outcome {
        plain("act", call)
    }

    fn apply(&self, call: &Call, changes: Vec<Change>) -> Outcome {
        let mut outcome = plain("apply", call);
        outcome.changes.extend(changes);
        outcome
    }

    fn notify(&self, call: &Call, _: Event) -> Outcome {
        plain("notify", call)
    }

    fn close(&self, call: &Call) {
        // Nobody hears what it answers.
        let _ = in_export("close", call);
    }
}

bare_adapter::export!(Hostile);
