//! Plug-ins that others wrote for plain Pyblish, unmodified: published in plain pyblish-base, in a host with the bridge
//! in it, and in the sandbox, each step of it must come to the same. What does not is listed here, each with why.
//!
//! They are what PyPI's packages have in them: pyblish-base's own plug-ins and its tests, played as plug-ins
//! (`others/suite.py`), and the plug-ins with which Pyblish Lite and Pyblish QML show what they can.

#![cfg(unix)]

#[path = "others/play.rs"]
mod play;
#[path = "others/sets.rs"]
mod sets;

use play::{Differs, Way, came_to_the_same};
use sets::Set;

#[test]
fn pyblish_base_and_its_tests_in_a_host() {
    came_to_the_same(&Set::base(), Way::Host, &[]);
    came_to_the_same(&Set::tests(), Way::Host, &[]);
}

#[test]
fn what_pyblish_lite_shows_in_a_host() {
    came_to_the_same(&Set::lite(), Way::Host, &[]);
}

#[test]
fn what_pyblish_qml_shows_in_a_host() {
    came_to_the_same(&Set::qml(), Way::Host, &[]);
}

/// Starts another program.
const EXPLORER: Differs = Differs {
    what: "PluginWithActions Open in Explorer",
    comes_to: "there are no other programs in the sandbox",
};

#[test]
fn pyblish_base_and_its_tests_in_the_sandbox() {
    came_to_the_same(&Set::base(), Way::Sandbox, &[]);
    // Asks for the files of Pyblish's own plug-ins, which are no files there.
    let source = Differs {
        what: "test_plugin_source_path",
        comes_to: "list index out of range",
    };
    came_to_the_same(&Set::tests(), Way::Sandbox, &[source]);
}

#[test]
fn what_pyblish_lite_shows_in_the_sandbox() {
    came_to_the_same(&Set::lite(), Way::Sandbox, &[EXPLORER]);
}

#[test]
fn what_pyblish_qml_shows_in_the_sandbox() {
    came_to_the_same(&Set::qml(), Way::Sandbox, &[EXPLORER]);
}
