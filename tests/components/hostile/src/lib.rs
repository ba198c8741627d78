//! An adapter that does every wrong that can be done, one at a time, so that whoever runs adapters can be tested
//! against it. Each deed is a plug-in of its name; and the setting `deed` is done in the export that `in` names.
//!
//! It speaks the service interface itself, for the SDK would stop half of what is done here.

mod deed;

use std::cell::{Cell, RefCell};

wit_bindgen::generate!({
    path: "../../../wit",
    world: "adapter",
    generate_unused_types: true,
});

use exports::pyblish::endpoint::service::{
    Description, Discovery, Folder, Grant, Guest, Opened, Opening, Setting, SettingKind,
};
use pyblish::endpoint::types::{
    Change, Failure, Instance, MatchAlgorithm, Outcome, Place, Plugin, Scope,
};

struct Hostile;

thread_local! {
    /// The export in which the deed is done, and the deed.
    static DEED: RefCell<(String, String)> = RefCell::default();
    /// How much of it.
    static AMOUNT: Cell<u64> = const { Cell::new(0) };
}

/// How much of a deed is wanted.
fn amount() -> u64 {
    AMOUNT.get()
}

/// What a plug-in without fault answers, so that it is seen to live.
fn healthy() -> Outcome {
    let place = Place {
        instance: None,
        key: "answer".into(),
    };
    Outcome {
        ahead: 0,
        took: None,
        failure: None,
        changes: vec![Change::DataSet((place, "42".into()))],
    }
}

/// Nothing changed.
fn nothing() -> Outcome {
    Outcome {
        ahead: 0,
        took: None,
        failure: None,
        changes: Vec::new(),
    }
}

/// A deed that was stopped, in words.
fn failed(message: String) -> Failure {
    Failure {
        title: None,
        message,
        detail: None,
        location: None,
        traceback: None,
        kind: "Refused".into(),
    }
}

fn outcome(done: Result<Outcome, String>) -> Outcome {
    done.unwrap_or_else(|message| Outcome {
        ahead: 0,
        took: None,
        failure: Some(failed(message)),
        changes: Vec::new(),
    })
}

/// In this export, the deed if it is to be done here.
fn in_export(export: &str) -> Result<Option<Outcome>, String> {
    let (place, deed) = DEED.with_borrow(Clone::clone);
    match place == export {
        true => deed::perform(&deed).map(Some),
        false => Ok(None),
    }
}

fn plain(export: &str) -> Outcome {
    outcome(in_export(export).map(|done| done.unwrap_or_else(nothing)))
}

fn setting(name: &str, kind: SettingKind, default: &str) -> Setting {
    Setting {
        name: name.into(),
        kind,
        doc: "For the tests.".into(),
        default: Some(default.into()),
    }
}

fn plugin(name: &str) -> Plugin {
    Plugin {
        id: name.into(),
        name: name.into(),
        label: None,
        doc: None,
        version: Vec::new(),
        order: 1.0,
        families: vec!["*".into()],
        hosts: vec!["*".into()],
        targets: vec!["default".into()],
        match_: MatchAlgorithm::Intersection,
        optional: false,
        active: true,
        processes: Scope::CONTEXT,
        repairs: Scope::CONTEXT,
        actions: Vec::new(),
        base: "ContextPlugin".into(),
        file: None,
        category: None,
        requires: None,
    }
}

impl Guest for Hostile {
    fn describe() -> Description {
        let folder = |path: &str| {
            Grant::Folder(Folder {
                path: path.into(),
                writable: true,
                optional: true,
                doc: "Something to write through.".into(),
            })
        };
        Description {
            name: "hostile".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            doc: "Does every wrong that can be done.".into(),
            hosts: vec!["hostile".into()],
            settings: vec![
                setting("in", SettingKind::Text, r#""""#),
                setting("deed", SettingKind::Text, r#""""#),
                setting("amount", SettingKind::Integer, "0"),
                setting("address", SettingKind::Text, r#""127.0.0.1:1""#),
            ],
            grants: vec![folder("/work"), Grant::Address("{address}".into())],
        }
    }

    fn open(opening: Opening) -> Result<Opened, Failure> {
        let text = |name: &str| {
            let mut settings = opening.settings.iter();
            let found = settings.find(|setting| setting.key == name);
            found.map_or_else(String::new, |setting| {
                setting.value.trim_matches('"').into()
            })
        };
        DEED.set((text("in"), text("deed")));
        AMOUNT.set(text("amount").parse().unwrap_or_default());
        deed::ADDRESS.set(text("address"));
        in_export("open").map_err(failed)?;
        Ok(Opened {
            host: Vec::new(),
            context: Vec::new(),
        })
    }

    fn reset() -> Outcome {
        let mut outcome = plain("reset");
        let instance = Instance {
            id: "one".into(),
            name: "one".into(),
            data: Vec::new(),
            members: Vec::new(),
        };
        outcome.changes.push(Change::InstanceAdded(instance));
        outcome
    }

    fn discover() -> Result<Discovery, Failure> {
        in_export("discover").map_err(failed)?;
        Ok(Discovery {
            plugins: deed::NAMES.iter().map(|name| plugin(name)).collect(),
            broken: Vec::new(),
        })
    }

    fn process(plugin: String, _: Option<String>) -> Outcome {
        outcome(in_export("process").and_then(|_| deed::perform(&plugin)))
    }

    fn repair(_: String, _: Option<String>) -> Outcome {
        plain("repair")
    }

    fn act(_: String, _: String) -> Outcome {
        plain("act")
    }

    fn apply(changes: Vec<Change>) -> Outcome {
        let mut outcome = plain("apply");
        outcome.changes.extend(changes);
        outcome
    }

    fn notify(_: String, _: String) -> Outcome {
        plain("notify")
    }

    fn close() {
        // Nobody hears what it answers.
        let _ = in_export("close");
    }
}

export!(Hostile);
