//! A studio's policy for any adapter: nothing is published outside of the studio's hours.
//!
//! The component imports the service interface and exports it. `wac plug` connects the import with
//! an adapter; what comes out is an adapter, too. The policy adds a setting and a validator of its
//! own, and hands everything else on.

mod convert;

wit_bindgen::generate!({
    inline: "
        package studio:policy;
        world policy {
            import pyblish:endpoint/service@0.2.0;
            export pyblish:endpoint/service@0.2.0;
        }
    ",
    path: "../../../wit",
    generate_all,
});

use std::time::{SystemTime, UNIX_EPOCH};

// What the policy exports, and the adapter behind it.
use exports::pyblish::endpoint::service as own;
use pyblish::endpoint::service as adapter;

use pyblish::endpoint::model::{
    Change, Failure, FailureKind, MatchAlgorithm, Outcome, Pair, Plugin, Scope, Value,
};
use pyblish::endpoint::work::{Batch, Call};

/// The id of the validator that the policy adds.
const HOURS: &str = "StudioHours";
/// The setting that the policy adds.
const SETTING: &str = "studio-hours";

struct Policy;

export!(Policy);

impl own::Guest for Policy {
    type Session = Session;

    fn describe() -> own::Description {
        let mut description = convert::description(adapter::describe());
        description.settings.push(own::Setting {
            name: SETTING.into(),
            kind: own::SettingKind::Text,
            doc: "When publishing is allowed, in hours of UTC, for example 07-19.".into(),
            default: Some(Value::Text("07-19".into())),
        });
        description
    }
}

/// A session of the adapter, which belongs to the session that the policy exports.
struct Session {
    adapter: adapter::Session,
    hours: (u64, u64),
}

impl own::GuestSession for Session {
    fn open(call: &Call, mut opening: own::Opening) -> Result<own::Opened, Failure> {
        // The adapter does not know the policy's setting.
        let own_one = opening
            .settings
            .extract_if(.., |it| it.key == SETTING)
            .next();
        let hours = hours(own_one.map(|it| it.value))?;
        let opened = adapter::Session::open(call, &convert::opening(opening))?;
        let session = Session {
            adapter: opened.session,
            hours,
        };
        Ok(own::Opened {
            session: own::Session::new(session),
            host: opened.host,
            context: opened.context,
        })
    }

    fn reset(&self, call: &Call) -> Outcome {
        self.adapter.reset(call)
    }

    fn discover(&self, call: &Call) -> Result<own::Discovery, Failure> {
        let mut found = convert::discovery(self.adapter.discover(call)?);
        found.plugins.push(validator());
        Ok(found)
    }

    /// The runtime asks again for pairs that are left, so this works on the first ones only: those
    /// of the policy, or those of the adapter.
    fn process(&self, call: &Call, batch: &Batch, mut pairs: Vec<Pair>) {
        let is_own = |pair: &Pair| pair.plugin == HOURS;
        let first_is_own = pairs.first().is_some_and(is_own);
        let count = pairs
            .iter()
            .take_while(|pair| is_own(pair) == first_is_own)
            .count();
        if first_is_own {
            // One for each pair, and there is one: the validator is on the context.
            batch.finished(&[outcome(self.check_hours())]);
        } else {
            pairs.truncate(count);
            self.adapter.process(call, batch, &pairs);
        }
    }

    fn repair(&self, call: &Call, pair: Pair) -> Outcome {
        self.adapter.repair(call, &pair)
    }

    fn act(&self, call: &Call, action: own::ActionCall) -> Outcome {
        self.adapter.act(call, &convert::action(action))
    }

    fn apply(&self, call: &Call, changes: Vec<Change>) -> Outcome {
        self.adapter.apply(call, &changes)
    }

    fn notify(&self, call: &Call, event: own::Event) -> Outcome {
        self.adapter.notify(call, &convert::event(event))
    }

    fn close(&self, call: &Call) {
        self.adapter.close(call);
    }
}

impl Session {
    fn check_hours(&self) -> Option<Failure> {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let hour = since.as_secs() / 3600 % 24;
        let (from, to) = self.hours;
        let is_open = if from <= to {
            (from..to).contains(&hour)
        } else {
            hour >= from || hour < to
        };
        (!is_open).then(|| {
            failure(format!(
                "It is {hour} o'clock UTC, and the studio publishes from {from} to {to}: publish \
                 then, or ask a supervisor for another {SETTING}"
            ))
        })
    }
}

/// The hours of the setting, `07-19`.
fn hours(value: Option<Value>) -> Result<(u64, u64), Failure> {
    let hours = match &value {
        Some(Value::Text(text)) => text.split_once('-').and_then(|(from, to)| {
            let hour = |text: &str| text.parse().ok().filter(|hour| *hour <= 24);
            Some((hour(from)?, hour(to)?))
        }),
        _ => None,
    };
    hours.ok_or_else(|| {
        failure(format!(
            "the setting {SETTING} must be two hours, such as 07-19"
        ))
    })
}

fn validator() -> Plugin {
    Plugin {
        id: HOURS.into(),
        name: HOURS.into(),
        label: Some("Studio hours".into()),
        doc: Some("Publishing is only allowed in the studio's hours.".into()),
        version: vec![1],
        order: 1.0,
        families: vec!["*".into()],
        hosts: vec!["*".into()],
        targets: vec!["default".into()],
        matching: MatchAlgorithm::Intersection,
        optional: false,
        active: true,
        processes: Scope::CONTEXT,
        repairs: Scope::empty(),
        actions: vec![],
        base: "ContextPlugin".into(),
        file: None,
        category: None,
        requires: None,
    }
}

fn failure(message: String) -> Failure {
    Failure {
        kind: FailureKind::Raised(HOURS.into()),
        title: Some("Not now".into()),
        message,
        detail: None,
        location: None,
        traceback: None,
    }
}

fn outcome(failure: Option<Failure>) -> Outcome {
    Outcome {
        failure,
        changes: vec![],
        duration: None,
    }
}
