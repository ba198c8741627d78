//! The service interface itself, for test adapters that do what the SDK prevents, and their common
//! parts.

pub use pyblish_sdk::bindings;
pub use pyblish_sdk::bindings::exports::pyblish::endpoint::service;
pub use pyblish_sdk::bindings::pyblish::endpoint::{files, hosts, model, work};
pub use pyblish_sdk::bindings::wasi::{filesystem, io};

use model::{
    Change, DataOwner, DataSet, Failure, FailureKind, Instance, Level, LogRecord, MatchAlgorithm,
    Outcome, Pair, Plugin, Scope, StopTest, Value,
};
use service::{
    Discovery, FolderRequest, GrantRequest, GuestSession, Opened, Opening, Session, Setting,
    SettingKind,
};
use work::Batch;

/// Exports an adapter, which implements [`service::Guest`].
#[macro_export]
macro_rules! export {
    ($adapter:ident) => {
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::export_adapter!($adapter with_types_in $crate::bindings);
        // A native linker does not accept such names; this still type-checks the adapter.
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> $crate::service::Description =
            <$adapter as $crate::service::Guest>::describe;
    };
}

/// The outcome of a call that made these changes, and did not fail.
pub fn changed(changes: Vec<Change>) -> Outcome {
    Outcome {
        failure: None,
        changes,
        duration: None,
    }
}

/// A call that failed.
pub fn failed(failure: Failure) -> Outcome {
    Outcome {
        failure: Some(failure),
        ..changed(Vec::new())
    }
}

/// A failure with only a kind and a message.
pub fn failure(kind: &str, message: String) -> Failure {
    Failure {
        kind: FailureKind::Raised(kind.into()),
        title: None,
        message,
        detail: None,
        location: None,
        traceback: None,
    }
}

/// A new value, of the context or of the instance with this id.
pub fn set(instance: Option<&str>, key: &str, value: Value) -> Change {
    let owner = instance.map_or(DataOwner::Context, |id| DataOwner::Instance(id.into()));
    let key = key.into();
    Change::DataSet(DataSet { owner, key, value })
}

/// A new instance without data and members.
pub fn added(id: String, name: String) -> Change {
    Change::InstanceAdded(Instance {
        id,
        name,
        data: Vec::new(),
        members: Vec::new(),
        selection: None,
    })
}

/// A record with only a logger and a message.
pub fn record(logger: &str, message: String) -> LogRecord {
    LogRecord {
        level: Level::Info,
        message,
        logger: logger.into(),
        location: None,
        traceback: None,
        created: None,
    }
}

/// Runs the pairs one by one, and tells each outcome, until the runtime says no.
pub fn one_by_one(batch: &Batch, pairs: &[Pair], mut process: impl FnMut(&Pair) -> Outcome) {
    for pair in pairs {
        if !batch.finished(&[process(pair)]) {
            break;
        }
    }
}

/// An open session of a host without a name, and an empty context.
pub fn opened(session: impl GuestSession) -> Opened {
    Opened {
        session: Session::new(session),
        host: Vec::new(),
        context: Vec::new(),
    }
}

/// Plug-ins, none of which is broken.
pub fn discovery(plugins: Vec<Plugin>) -> Discovery {
    Discovery {
        plugins,
        broken: Vec::new(),
        left_out: Vec::new(),
        hosts: Vec::new(),
        targets: Vec::new(),
        stop_test: StopTest::Pyblish,
    }
}

/// A validator of the context; its id is its name.
pub fn plugin(name: &str) -> Plugin {
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
        matching: MatchAlgorithm::Intersection,
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

/// A setting.
pub fn setting(name: &str, kind: SettingKind, default: Value) -> Setting {
    Setting {
        name: name.into(),
        kind,
        doc: "For the tests.".into(),
        default: Some(default),
    }
}

/// The value of a setting as text; empty where it is not set.
pub fn value(opening: &Opening, name: &str) -> String {
    let mut settings = opening.settings.iter();
    let found = settings.find(|setting| setting.key == name);
    match found.map(|setting| &setting.value) {
        Some(Value::Text(text) | Value::Json(text)) => text.clone(),
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Boolean(value)) => value.to_string(),
        _ => String::new(),
    }
}

/// A folder that it may write to, if the user grants it.
pub fn folder(path: &str, doc: &str) -> GrantRequest {
    GrantRequest::Folder(FolderRequest {
        path: path.into(),
        writable: true,
        optional: true,
        doc: doc.into(),
    })
}
