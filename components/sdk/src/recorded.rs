//! What an adapter said outside the sandbox, where there is no runtime: kept for the test that
//! asks.

use std::cell::{Cell, RefCell};

use crate::bindings::pyblish::endpoint::model;
#[cfg(not(target_arch = "wasm32"))]
use crate::bindings::pyblish::endpoint::work::{Batch, Call};

thread_local! {
    static RECORDS: RefCell<Vec<(u32, String)>> = const { RefCell::new(Vec::new()) };
    static PROGRESS: RefCell<Vec<(f64, String)>> = const { RefCell::new(Vec::new()) };
    static DECLARED: RefCell<Vec<(String, Vec<model::Attribute>)>> =
        const { RefCell::new(Vec::new()) };
    static CANCELLED: Cell<bool> = const { Cell::new(false) };
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn during<T>(_: &Call, _: Option<&Batch>, work: impl FnOnce() -> T) -> T {
    work()
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn log(record: model::LogRecord) {
    let level = match record.level {
        model::Level::Debug => 10,
        model::Level::Info => 20,
        model::Level::Warning => 30,
        model::Level::Error => 40,
        model::Level::Critical => 50,
        model::Level::Other(number) => number,
    };
    RECORDS.with_borrow_mut(|records| records.push((level, record.message)));
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn progress(fraction: f64, message: &str) {
    PROGRESS.with_borrow_mut(|progress| progress.push((fraction, message.into())));
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn declare(plugin: &str, attributes: &[model::Attribute]) {
    let declared = (plugin.to_owned(), attributes.to_vec());
    DECLARED.with_borrow_mut(|all| all.push(declared));
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn host_lost(reason: &str) {
    log::error!("the host is lost: {reason}");
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn cancelled() -> bool {
    CANCELLED.get()
}

/// Asks the calls of this thread to stop, or no longer.
pub(crate) fn set_cancelled(cancelled: bool) {
    CANCELLED.set(cancelled);
}

/// The records of this thread since the last time, each with Python's number of its level.
pub fn take_records() -> Vec<(u32, String)> {
    RECORDS.take()
}

/// What was declared in this thread since the last time: ids of plug-ins, and their attributes.
pub fn take_declared() -> Vec<(String, Vec<model::Attribute>)> {
    DECLARED.take()
}

/// The progress of this thread since the last call: fractions and messages.
pub fn take_progress() -> Vec<(f64, String)> {
    PROGRESS.take()
}
