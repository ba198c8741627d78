//! An adapter for the attacks in `tests/attacks`: each attack is a plug-in of its name. The deeds
//! for the tests of limits are in `hostile`.
//!
//! It does not use the SDK, because the SDK would stop half of the attacks.

mod attack;
mod settings;

use bare_adapter::model::{Change, Failure, Outcome, Pair, Value};
use bare_adapter::service::{
    ActionCall, Description, Discovery, Event, GrantRequest, Guest, GuestSession, Opened, Opening,
    SettingKind,
};
use bare_adapter::work::{Batch, Call};
use bare_adapter::{
    changed, discovery, failed, failure, folder, one_by_one, opened, plugin, setting, value,
};

use settings::{ADDRESS, AMOUNT, CLOSES, TEXT};

struct Evil;

struct EvilSession;

impl Guest for Evil {
    type Session = EvilSession;

    fn describe() -> Description {
        let text = |text: &str| Value::Text(text.into());
        Description {
            name: "evil".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            doc: "Attacks the runtime, and what it was not granted.".into(),
            hosts: vec!["evil".into()],
            settings: vec![
                setting("amount", SettingKind::Integer, Value::Integer(0)),
                setting("text", SettingKind::Text, text("")),
                setting("address", SettingKind::Text, text("127.0.0.1:1")),
                setting("closes", SettingKind::Boolean, Value::Boolean(true)),
            ],
            // One of the two folders is inside the other, if the user grants both.
            grants: vec![
                folder("/outer", "Something to get out of."),
                folder("/inner", "Something to get out of."),
                GrantRequest::Address("{address}".into()),
            ],
        }
    }
}

impl GuestSession for EvilSession {
    fn open(_: &Call, opening: Opening) -> Result<Opened, Failure> {
        AMOUNT.set(value(&opening, "amount").parse().unwrap_or_default());
        TEXT.set(value(&opening, "text"));
        ADDRESS.set(value(&opening, "address"));
        CLOSES.set(value(&opening, "closes") != "false");
        Ok(opened(EvilSession))
    }

    fn reset(&self, _: &Call) -> Outcome {
        changed(Vec::new())
    }

    fn discover(&self, _: &Call) -> Result<Discovery, Failure> {
        let plugins = attack::ALL.iter().map(|(name, _)| plugin(name));
        Ok(discovery(plugins.collect()))
    }

    fn process(&self, call: &Call, batch: &Batch, pairs: Vec<Pair>) {
        one_by_one(batch, &pairs, |pair| {
            let plugin = &pair.plugin;
            let attack = attack::ALL.iter().find(|(name, _)| name == plugin);
            match attack.map(|(_, attack)| attack(call)) {
                Some(Ok(changes)) => changed(changes),
                Some(Err(message)) => failed(failure("Attack", message)),
                None => failed(failure("Attack", format!("there is no attack {plugin}"))),
            }
        });
    }

    fn repair(&self, _: &Call, _: Pair) -> Outcome {
        changed(Vec::new())
    }

    fn act(&self, _: &Call, _: ActionCall) -> Outcome {
        changed(Vec::new())
    }

    fn apply(&self, _: &Call, changes: Vec<Change>) -> Outcome {
        changed(changes)
    }

    fn notify(&self, _: &Call, _: Event) -> Outcome {
        changed(Vec::new())
    }

    fn close(&self, _: &Call) {
        while !CLOSES.get() {
            std::hint::spin_loop();
        }
    }
}

bare_adapter::export!(Evil);
