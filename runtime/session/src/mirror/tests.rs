use pyblish_promise::promise_eq;
use serde_json::json;

use super::*;
use pyblish_adapter::Discovery;
use pyblish_model::{Change, DataKey, Plugin, PluginId};

impl Mirror {
    fn apply(&mut self, changes: Vec<Change>) -> Result<(), ChangeError> {
        let mut applying = self.applying();
        changes
            .into_iter()
            .try_for_each(|change| applying.make(change))
    }

    fn names(&self) -> Vec<&str> {
        let instances = self.now.context.instances.iter();
        instances.map(|instance| instance.name.as_str()).collect()
    }
}

fn limited(limit: &str, value: &str) -> Mirror {
    let mut limits = AdapterLimits::default();
    limits.set(limit, value).unwrap();
    Mirror::new(&limits, 1)
}

fn added(id: &str) -> Change {
    Change::InstanceAdded {
        instance: Instance {
            id: InstanceId(id.into()),
            name: id.to_uppercase().into(),
            data: Data::new(),
            members: Vec::new(),
            selection: None,
        },
    }
}

fn set(id: Option<&str>, key: &str, value: serde_json::Value) -> Change {
    Change::DataSet {
        place: DataKey {
            instance: id.map(|id| InstanceId(id.into())),
            key: key.into(),
        },
        value: value.into(),
    }
}

fn removed(id: &str) -> Change {
    Change::InstanceRemoved {
        instance: InstanceId(id.into()),
    }
}

#[test]
fn changes_add_up_to_the_context() {
    let mut mirror = Mirror::new(&AdapterLimits::default(), 1);
    let changes = vec![
        added("a"),
        added("b"),
        added("c"),
        removed("b"),
        set(Some("c"), "k", json!(1)),
    ];
    mirror.apply(changes).unwrap();
    mirror
        .apply(vec![set(None, "shot", json!("sh010"))])
        .unwrap();
    let context = &mirror.now().context;
    let names: Vec<_> = context.instances.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["A", "C"]);
    assert_eq!(context.instances[1].data["k"], json!(1).into());
    assert_eq!(context.data["shot"], json!("sh010").into());
}

#[test]
fn snapshot_stays_as_it_was() {
    let mut mirror = Mirror::new(&AdapterLimits::default(), 1);
    mirror
        .apply(vec![added("a"), set(Some("a"), "k", json!(1))])
        .unwrap();
    let before = mirror.snapshot();
    mirror
        .apply(vec![set(Some("a"), "k", json!(2)), added("b")])
        .unwrap();
    assert_eq!(before.context.instances.len(), 1);
    assert_eq!(before.context.instances[0].data["k"], json!(1).into());
    assert!(mirror.now().revision > before.revision);
}

#[test]
fn invalid_change_is_named() {
    let mut mirror = Mirror::new(&AdapterLimits::default(), 1);
    let Err(ChangeError::Invalid(error)) = mirror.apply(vec![set(Some("x"), "k", json!(1))]) else {
        panic!("x was never added");
    };
    assert!(error.contains("\"x\""), "{error}");
    mirror.apply(vec![added("a")]).unwrap();
    let Err(ChangeError::Invalid(error)) = mirror.apply(vec![added("a")]) else {
        panic!("a was added");
    };
    assert!(error.contains("second"), "{error}");
}

#[test]
fn removed_instance_can_come_back() {
    let mut mirror = Mirror::new(&AdapterLimits::default(), 1);
    mirror
        .apply(["a", "b", "c", "d"].map(added).into())
        .unwrap();
    let changes = vec![
        removed("b"),
        set(Some("c"), "k", json!(1)),
        removed("a"),
        added("b"),
        set(Some("b"), "k", json!(2)),
        removed("d"),
    ];
    mirror.apply(changes).unwrap();
    assert_eq!(mirror.names(), ["C", "B"]);
    let with = |id: &str| mirror.instance(&InstanceId(id.into()));
    assert_eq!(with("c").unwrap().data["k"], json!(1).into());
    assert_eq!(with("b").unwrap().data["k"], json!(2).into());
    assert!(with("a").is_none() && with("d").is_none());
    assert!(matches!(
        mirror.apply(vec![removed("c"), set(Some("c"), "k", json!(1))]),
        Err(ChangeError::Invalid(_))
    ));
    assert_eq!(mirror.names(), ["B"]);
}

#[test]
fn data_keep_their_order() {
    let unset = |id: Option<&str>, key: &str| Change::DataUnset {
        place: DataKey {
            instance: id.map(|id| InstanceId(id.into())),
            key: key.into(),
        },
    };
    for id in [None, Some("a")] {
        let mut mirror = Mirror::new(&AdapterLimits::default(), 1);
        let changes = vec![
            added("a"),
            set(id, "x", json!(1)),
            set(id, "y", json!(1)),
            unset(id, "x"),
            set(id, "z", json!(1)),
            set(id, "y", json!(2)),
            set(id, "x", json!(3)),
        ];
        mirror.apply(changes).unwrap();
        let data = match id {
            None => json!(mirror.now.context.data.as_ref()),
            Some(_) => json!(mirror.now.context.instances[0].data),
        };
        assert_eq!(data.to_string(), r#"{"y":2,"z":1,"x":3}"#);
    }
}

/// Removing instances and keys from the front once took quadratic time.
#[test]
fn many_removals_take_linear_time() {
    const MANY: usize = 300_000;
    let id = |n: usize| format!("{n}");
    let mut mirror = Mirror::new(&AdapterLimits::default(), 1);
    let mut changes: Vec<_> = (0..MANY / 2).map(|n| added(&id(n))).collect();
    changes.extend((0..MANY).map(|n| set(None, &id(n), json!(n))));
    mirror.apply(changes).unwrap();
    let mut changes: Vec<_> = (0..MANY / 2).map(|n| removed(&id(n))).collect();
    changes.extend((0..MANY).map(|n| Change::DataUnset {
        place: DataKey {
            instance: None,
            key: id(n),
        },
    }));
    changes.extend((0..MANY).map(|_| Change::PluginActivated {
        plugin: PluginId("p".into()),
        active: true,
    }));
    mirror.apply(changes).unwrap();
    let context = &mirror.now.context;
    assert!(context.instances.is_empty() && context.data.is_empty());
    // Nothing is left of what is gone.
    assert_eq!((mirror.size, mirror.numbers.len()), (0, 0));
    promise_eq!(
        "SANDBOX-11",
        (mirror.order.len(), mirror.changed.len()),
        (0, 1)
    );
}

#[test]
fn instances_are_counted() {
    let mut mirror = limited("context-instances", "2");
    mirror.apply(vec![added("a"), added("b")]).unwrap();
    let over = mirror.apply(vec![removed("a"), added("c"), added("d")]);
    assert_eq!(over, Err(ChangeError::OverLimit(Limit::ContextInstances)));
    // What came before it is there.
    promise_eq!("LIMIT-18", mirror.names(), ["B", "C"]);
}

#[test]
fn data_are_counted() {
    let mut mirror = limited("context-data", "10K");
    let text = |length: usize| json!("x".repeat(length));
    let members = |length: usize| Change::MembersSet {
        instance: InstanceId("a".into()),
        members: vec!["x".repeat(length)],
    };
    mirror.apply(vec![added("a")]).unwrap();
    let too_much = Err(ChangeError::OverLimit(Limit::ContextData));
    for id in [None, Some("a")] {
        assert_eq!(mirror.apply(vec![set(id, "k", text(9000))]), Ok(()));
        // What takes its place counts, not both.
        assert_eq!(mirror.apply(vec![set(id, "k", text(9000))]), Ok(()));
        assert_eq!(mirror.apply(vec![set(id, "l", text(2000))]), too_much);
        assert_eq!(mirror.apply(vec![set(id, "l", json!(1))]), Ok(()));
        assert_eq!(mirror.apply(vec![set(id, "k", json!(1))]), Ok(()));
    }
    assert_eq!(mirror.apply(vec![members(11_000)]), too_much);
    assert_eq!(mirror.apply(vec![members(8000)]), Ok(()));
    let nested = json!({"list": [{"text": "x".repeat(5000)}]});
    assert_eq!(mirror.apply(vec![set(None, "n", nested)]), too_much);
    mirror.clear();
    promise_eq!(
        "LIMIT-19",
        mirror.apply(vec![set(None, "k", text(9000))]),
        Ok(())
    );
}

#[test]
fn precondition_fails_after_a_change() {
    let mut mirror = Mirror::new(&AdapterLimits::default(), 1);
    mirror.apply(vec![added("a"), added("b")]).unwrap();
    let expects = |id: &str, revision| Precondition {
        resources: vec![Resource::Instance(InstanceId(id.into()))],
        revision,
    };
    let seen = mirror.now.revision;
    mirror
        .apply(vec![removed("a"), set(Some("b"), "k", json!(1))])
        .unwrap();
    for id in ["a", "b"] {
        assert!(mirror.check(expects(id, seen)).is_err(), "{id}");
    }
    let seen = mirror.now.revision;
    assert!(mirror.check(expects("b", seen)).is_ok());
}

#[test]
fn clear_raises_the_revision() {
    let mut mirror = Mirror::new(&AdapterLimits::default(), 1);
    mirror.apply(vec![added("a")]).unwrap();
    let before = mirror.now().revision;
    mirror.clear();
    assert!(mirror.now().revision > before);
    assert!(mirror.now().context.instances.is_empty());
}

fn plugin(id: &str, order: f64) -> Plugin {
    Plugin {
        order,
        ..crate::fixtures::plugin(id)
    }
}

#[test]
fn plugin_described_anew_keeps_its_place() {
    let mut mirror = Mirror::new(&AdapterLimits::default(), 1);
    mirror.set_discovery(Discovery {
        plugins: vec![plugin("a", 1.0), plugin("b", 2.0)],
        ..Discovery::default()
    });
    let before = mirror.now.plugins_revision;
    let described = Change::PluginsChanged {
        plugins: vec![plugin("a", 9.0), plugin("unknown", 0.0)],
    };
    let off = Change::PluginActivated {
        plugin: PluginId("a".into()),
        active: false,
    };
    mirror.apply(vec![described, off]).unwrap();
    let plugins = mirror.now.plugins.iter();
    let plugins = plugins.map(|it| (it.id.0.as_str(), it.order, it.active));
    assert_eq!(
        plugins.collect::<Vec<_>>(),
        [("a", 9.0, false), ("b", 2.0, true)]
    );
    assert!(mirror.now.plugins_revision > before);
}
