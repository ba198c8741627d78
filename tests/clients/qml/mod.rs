//! `pyblish-endpoint qml`, without a screen: a mock of QML speaks its side of the protocol. Tests
//! with the real QML are in `tests/real`.

#![cfg(unix)]

mod errors;
mod parity;
mod start;
mod work;
