//! `pyblish-endpoint qml`, without a screen: a mock of QML speaks its side of the protocol. The real one is in
//! `real_qml.rs`.

#![cfg(unix)]

#[path = "qml/errors.rs"]
mod errors;
#[path = "qml/parity.rs"]
mod parity;
#[path = "qml/start.rs"]
mod start;
#[path = "qml/work.rs"]
mod work;
