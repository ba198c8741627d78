//! What the runtime offers while a call is under way: records, progress, and whether the user cancelled.
//!
//! Outside the sandbox, in an adapter's own tests, records go to the thread's list in [`crate::testing`].

use std::sync::Once;

use crate::bindings::pyblish::endpoint::types;
use crate::{Failure, Result};

/// A level of Python's logging, for [`record`].
pub const CRITICAL: u32 = 50;

/// Writes a record of any level; [`log`]'s macros are the usual way.
pub fn record(level: u32, logger: &str, message: &str) {
    send_record(types::Record {
        level,
        message: message.into(),
        logger: logger.into(),
        location: None,
        traceback: None,
        created: None,
    });
}

/// Says how far the call under way has come; `fraction` lies between 0 and 1.
pub fn progress(fraction: f64, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::pyblish::endpoint::runtime::progress(fraction, message);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::note_progress(fraction, message);
}

/// Whether the user asked for the call under way to stop.
pub fn cancelled() -> bool {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::pyblish::endpoint::runtime::cancelled();
    #[cfg(not(target_arch = "wasm32"))]
    return false;
}

/// Says that the host is gone, and why: the call under way is the last one.
pub fn lost(reason: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::pyblish::endpoint::runtime::lost(reason);
    #[cfg(not(target_arch = "wasm32"))]
    log::error!("the host is lost: {reason}");
}

/// The pairs of a plug-in and an instance that come next in the run under way, at most so many: for hosts to which
/// several are handed at once.
pub fn upcoming(limit: u32) -> Vec<crate::bindings::pyblish::endpoint::types::Pair> {
    #[cfg(target_arch = "wasm32")]
    return crate::bindings::pyblish::endpoint::runtime::upcoming(limit);
    #[cfg(not(target_arch = "wasm32"))]
    {
        let _ = limit;
        Vec::new()
    }
}

/// Ends a long call, by `?`, if the user asked for it.
#[track_caller]
pub fn stop_if_cancelled() -> Result {
    match cancelled() {
        true => Err(Failure::new("Cancelled, as you asked")
            .title("Cancelled")
            .kind("Cancelled")),
        false => Ok(()),
    }
}

/// Writes a record that has everything that records can have, its time and its place among it.
pub fn send_record(record: types::Record) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::pyblish::endpoint::runtime::log(&record);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::note_record(record);
}

/// Turns what the `log` crate's macros write into records.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }

    fn log(&self, record: &log::Record) {
        send_record(types::Record {
            level: match record.level() {
                log::Level::Error => 40,
                log::Level::Warn => 30,
                log::Level::Info => 20,
                log::Level::Debug | log::Level::Trace => 10,
            },
            message: record.args().to_string(),
            logger: record.target().into(),
            location: record.file().map(|file| types::Location {
                file: file.into(),
                line: record.line().unwrap_or(0),
                function: record.module_path().map(Into::into),
                text: None,
            }),
            traceback: None,
            created: None,
        });
    }

    fn flush(&self) {}
}

/// Sends records and panics to the runtime, from now on.
pub(crate) fn start() {
    static START: Once = Once::new();
    START.call_once(|| {
        if log::set_logger(&Logger).is_ok() {
            log::set_max_level(log::LevelFilter::Trace);
        }
        // A panic traps, and a trap has no words of its own.
        #[cfg(target_arch = "wasm32")]
        std::panic::set_hook(Box::new(|panic| {
            record(CRITICAL, "panic", &panic.to_string());
        }));
    });
}
