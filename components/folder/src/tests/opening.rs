//! Tests of opening a session, and of the plug-ins that it offers.

use std::collections::BTreeSet;

use pyblish_sdk::Adapter;
use pyblish_sdk::bindings::exports::pyblish::endpoint::service::Description;

use crate::testing::{Studio, done, failed, instances};
use crate::{FolderAdapter, NAMES};

#[test]
fn every_setting_has_a_default_and_every_part_a_doc() {
    let described = Description::from(FolderAdapter::describe());
    assert_eq!(
        (described.name.as_str(), described.hosts),
        ("folder", vec!["folder".to_owned()])
    );
    let names: Vec<_> = described
        .settings
        .iter()
        .map(|setting| setting.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "inbox",
            "root",
            "pattern",
            "off",
            "template",
            "values",
            "leave-out",
            "optional",
            "exceptions",
            "longest-path"
        ]
    );
    for setting in described.settings {
        assert!(
            setting.default.is_some() && setting.doc.ends_with('.'),
            "{}",
            setting.name
        );
    }
    let session = Studio::new().open();
    let discovered = session.discover().unwrap();
    assert_eq!(
        discovered
            .iter()
            .map(|p| p.name.as_str())
            .collect::<Vec<_>>(),
        NAMES
    );
    for plugin in discovered {
        assert!(
            plugin.label.is_some() && plugin.doc.is_some(),
            "{}",
            plugin.name
        );
    }
}

#[test]
fn plug_ins_stand_in_the_order_of_pyblish() {
    let session = Studio::new().open();
    let plugins = session.discover().unwrap();
    let orders: Vec<f64> = plugins.iter().map(|plugin| plugin.order).collect();
    // Frontends of REST v1 stop only for a validator of exactly this order.
    assert_eq!(
        orders,
        [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.1, 3.0]
    );
}

#[test]
fn plug_ins_can_be_left_out() {
    let studio = Studio::with(&["a.png"]).set("off", vec!["ValidateSignature"]);
    let session = studio.collected();
    assert!(failed(session.process("ValidateSignature", Some("a"))).contains("no plug-in"));
    done(session.process("ValidateName", Some("a")));
    assert_eq!(
        Studio::new().set("off", vec!["ValidateNames"]).refused(),
        format!(
            "the setting off names \"ValidateNames\", which is not a plug-in of this adapter; it \
             has {}",
            NAMES.join(", ")
        )
    );
    assert_eq!(NAMES.iter().collect::<BTreeSet<_>>().len(), NAMES.len());
}

#[test]
fn a_pattern_that_is_none_is_refused() {
    for pattern in ["[a-z", "a)(b", "*"] {
        let message = Studio::new().set("pattern", pattern).refused();
        assert!(
            message.contains(pattern) && message.contains("is not a regular expression"),
            "{message}"
        );
    }
}

#[test]
fn a_mistake_in_a_setting_is_named() {
    for (setting, value, part) in [
        ("exceptions", "ValidateSequence", "without a reason"),
        ("exceptions", "ValidateSequence: ", "without a reason"),
        ("exceptions", "ValidateNames: x", "names \"ValidateNames\""),
        ("optional", "Sequence", "which is no validator"),
        ("values", "project", "which is no KEY=VALUE"),
    ] {
        let message = Studio::new().set(setting, vec![value]).refused();
        assert!(
            message.contains(part) && message.contains(setting),
            "{message}"
        );
    }
    let message = Studio::new().set("template", "{name}").refused();
    assert!(message.contains("must end with /{file}"), "{message}");
}

#[test]
fn folders_that_are_missing_or_none_are_refused() {
    let studio = Studio::with(&["file"]);
    let file = studio.inbox("file").to_str().unwrap().to_owned();
    for setting in ["inbox", "root"] {
        let message = Studio::new().set(setting, "/no/such/folder").refused();
        assert!(message.contains("no folder /no/such/folder"), "{message}");
        assert!(
            message.contains("--dir HOST_PATH=/no/such/folder"),
            "{message}"
        );
        assert!(
            Studio::new()
                .set(setting, file.clone())
                .refused()
                .contains("is not a folder")
        );
        assert!(
            Studio::new()
                .set(setting, "relative")
                .refused()
                .contains("full path")
        );
    }
    assert!(
        Studio::new()
            .set("inbox", "/no/such")
            .refused()
            .ends_with("/no/such:ro")
    );
}

#[test]
fn the_host_is_known_and_a_slash_at_the_end_is_no_other_folder() {
    let studio = Studio::with(&["a.png"]);
    let inbox = studio.inbox("").to_str().unwrap().to_owned();
    assert!(inbox.ends_with('/'));
    let studio = studio.set("inbox", inbox.clone());
    let session = studio.collected();
    assert_eq!(instances(&session), ["a"]);
    let members = session.context(|context| {
        let id = context.find("a").unwrap();
        context.instance(&id).unwrap().members().to_vec()
    });
    assert_eq!(members, [format!("{inbox}a.png")]);
    let _ = FolderAdapter::describe();
}
