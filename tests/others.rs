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

use play::{Way, came_to_the_same};
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
