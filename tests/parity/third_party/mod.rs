//! Unmodified plug-ins that others wrote for plain Pyblish, published in plain pyblish-base, in a
//! host with the bridge, and in the sandbox. Each step must have the same result. Exceptions are
//! listed here, each with its reason.
//!
//! They come from packages on PyPI: pyblish-base's own plug-ins, its tests as plug-ins
//! (`suite.py`), the demo plug-ins of Pyblish Lite and Pyblish QML, and the plug-ins of
//! pyblish-starter, pyblish-maya, pyblish-nuke, pyblish-houdini and pyblish-photoshop, which get
//! stand-ins for the modules of their hosts (`standins`).

#![cfg(unix)]

mod play;
mod sets;

use play::{Differs, Way, came_to_the_same};
use sets::Set;

#[test]
fn pyblish_base_in_a_host() {
    came_to_the_same(&Set::base(), Way::Host, &[]);
    came_to_the_same(&Set::tests(), Way::Host, &[]);
}

#[test]
fn pyblish_lite_in_a_host() {
    came_to_the_same(&Set::lite(), Way::Host, &[]);
}

#[test]
fn pyblish_qml_in_a_host() {
    came_to_the_same(&Set::qml(), Way::Host, &[]);
}

/// Starts another program.
const EXPLORER: Differs = Differs {
    what: "PluginWithActions Open in Explorer",
    comes_to: "the sandbox has no other programs",
};

#[test]
fn pyblish_base_in_the_sandbox() {
    came_to_the_same(&Set::base(), Way::Sandbox, &[]);
    // Asks for the files of Pyblish's own plug-ins, which do not exist in the sandbox.
    let source = Differs {
        what: "test_plugin_source_path",
        comes_to: "list index out of range",
    };
    came_to_the_same(&Set::tests(), Way::Sandbox, &[source]);
}

#[test]
fn packages_for_hosts_in_a_host() {
    came_to_the_same(&Set::hosts(), Way::Host, &[]);
}

#[test]
fn packages_for_hosts_in_the_sandbox() {
    came_to_the_same(&Set::hosts(), Way::Sandbox, &[]);
}

#[test]
fn pyblish_lite_in_the_sandbox() {
    came_to_the_same(&Set::lite(), Way::Sandbox, &[EXPLORER]);
}

#[test]
fn pyblish_qml_in_the_sandbox() {
    came_to_the_same(&Set::qml(), Way::Sandbox, &[EXPLORER]);
}
