//! Frontends: the Python client, and `pyblish-endpoint qml`. The tests of the page are in
//! `tests/page`.

mod generated;
mod javascript;
mod python;
mod qml;
