//! Frontends: the Python client, and `pyblish-endpoint qml`. The tests of the page are in
//! `tests/page`.

mod python;
mod qml;
