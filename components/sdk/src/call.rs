//! The call that is under way: records, progress, and whether the user cancelled it.
//!
//! Outside the sandbox, in an adapter's own tests, there is no runtime: records and progress are
//! kept for the test that asks, in [`crate::testing`].

use std::sync::Once;

use crate::bindings::pyblish::endpoint::model;
use crate::bindings::pyblish::endpoint::work::{Batch, Call};
use crate::{Failure, Result};

#[cfg(not(target_arch = "wasm32"))]
use crate::recorded as side;
#[cfg(target_arch = "wasm32")]
use sandboxed as side;

/// The level of a record.
pub use model::Level;

/// Writes a record of any level; usually you use the macros of [`log`].
pub fn record(level: Level, logger: &str, message: &str) {
    send_record(model::LogRecord {
        level,
        message: message.into(),
        logger: logger.into(),
        location: None,
        traceback: None,
        created: None,
    });
}

/// Reports the progress of the current call; `fraction` is from 0 to 1.
pub fn progress(fraction: f64, message: &str) {
    side::progress(fraction, message);
}

/// Whether the user asked to stop the current call.
pub fn cancelled() -> bool {
    side::cancelled()
}

/// Says that the host is gone, and why: the current call is the last one.
pub fn lost(reason: &str) {
    side::host_lost(reason);
}

/// Declares what users can set for the plug-in with this id.
pub(crate) fn declare(plugin: &str, attributes: &[model::Attribute]) {
    side::declare(plugin, attributes);
}

/// Ends a long call, by `?`, if the user asked for it.
///
/// # Errors
/// The user did.
#[track_caller]
pub fn stop_if_cancelled() -> Result {
    if cancelled() {
        Err(Failure::cancelled())
    } else {
        Ok(())
    }
}

/// Writes a record that has everything that records can have, such as its time and its place.
pub fn send_record(record: model::LogRecord) {
    side::log(record);
}

/// Does the work of a call, with the handles that the runtime lent for it. Meanwhile the functions of
/// this module are about that call. For crates that implement the service interface themselves.
pub fn during<T>(call: &Call, batch: Option<&Batch>, work: impl FnOnce() -> T) -> T {
    side::during(call, batch, work)
}

/// The handles of the call under way, which the runtime lent for it.
#[cfg(target_arch = "wasm32")]
pub(crate) mod sandboxed {
    use std::cell::{Cell, RefCell};
    use std::mem::ManuallyDrop;

    use crate::bindings::pyblish::endpoint::model::{Attribute, LogRecord, Outcome};
    use crate::bindings::pyblish::endpoint::work::{Batch, Call};

    /// What is known of the call under way.
    struct Current {
        /// Lent: the runtime takes the handle back by itself.
        call: ManuallyDrop<Call>,
        /// Likewise, for `process`.
        batch: Option<ManuallyDrop<Batch>>,
    }

    thread_local! {
        static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
        /// Outcomes that are not told yet.
        static UNTOLD: RefCell<Vec<Outcome>> = const { RefCell::new(Vec::new()) };
        /// What the runtime said last: whether to begin the next pair.
        static GOES_ON: Cell<bool> = const { Cell::new(true) };
    }

    /// Does something during a call.
    pub(crate) fn during<T>(call: &Call, batch: Option<&Batch>, work: impl FnOnce() -> T) -> T {
        /// Forgets the handles also where the work panics.
        struct End;
        impl Drop for End {
            fn drop(&mut self) {
                CURRENT.set(None);
            }
        }
        // SAFETY: both handles are lent for the whole of this function, at the end of which these
        // copies are forgotten; ManuallyDrop keeps the copies from giving the handles back.
        let current = unsafe {
            Current {
                call: ManuallyDrop::new(Call::from_handle(call.handle())),
                batch: batch.map(|batch| ManuallyDrop::new(Batch::from_handle(batch.handle()))),
            }
        };
        CURRENT.set(Some(current));
        GOES_ON.set(true);
        let _end = End;
        work()
    }

    fn with_call(say: impl FnOnce(&Call)) {
        // What is told belongs to the pair that comes after those.
        tell();
        CURRENT.with_borrow(|current| {
            if let Some(current) = current {
                say(&current.call);
            }
        });
    }

    pub(crate) fn log(record: LogRecord) {
        with_call(|call| call.log(&record));
    }

    pub(crate) fn progress(fraction: f64, message: &str) {
        with_call(|call| call.progress(fraction, message));
    }

    pub(crate) fn declare(plugin: &str, attributes: &[Attribute]) {
        with_call(|call| call.declare(plugin, attributes));
    }

    pub(crate) fn host_lost(reason: &str) {
        with_call(|call| call.host_lost(reason));
    }

    pub(crate) fn cancelled() -> bool {
        CURRENT.with_borrow(|current| current.as_ref().is_some_and(|it| it.call.cancelled()))
    }

    /// Keeps the outcome of a pair until it is told.
    pub(crate) fn finish(outcome: Outcome) {
        UNTOLD.with_borrow_mut(|untold| untold.push(outcome));
    }

    /// Tells the outcomes that are kept. Answers whether to begin the next pair.
    pub(crate) fn tell() -> bool {
        let untold = UNTOLD.take();
        if !untold.is_empty() {
            CURRENT.with_borrow(|current| {
                let batch = current.as_ref().and_then(|current| current.batch.as_ref());
                if let Some(batch) = batch {
                    let goes_on = batch.finished(&untold);
                    // A pair that has begun is finished after a no, and none is begun.
                    GOES_ON.set(GOES_ON.get() && goes_on);
                }
            });
        }
        GOES_ON.get()
    }

    /// Whether to begin the next pair, as far as the runtime said.
    pub(crate) fn goes_on() -> bool {
        GOES_ON.get()
    }

    /// The handle of the call under way, for functions that take it.
    pub(crate) fn with_handle<T>(work: impl FnOnce(&Call) -> T) -> Option<T> {
        tell();
        CURRENT.with_borrow(|current| current.as_ref().map(|current| work(&current.call)))
    }
}

/// Turns what the `log` crate's macros write into records.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }

    fn log(&self, record: &log::Record) {
        send_record(model::LogRecord {
            level: match record.level() {
                log::Level::Error => Level::Error,
                log::Level::Warn => Level::Warning,
                log::Level::Info => Level::Info,
                log::Level::Debug | log::Level::Trace => Level::Debug,
            },
            message: record.args().to_string(),
            logger: record.target().into(),
            location: record.file().map(|file| model::SourceLocation {
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

/// Sends records to the runtime, from now on. What a panic prints, the runtime hears by itself.
pub(crate) fn start() {
    static START: Once = Once::new();
    START.call_once(|| {
        if log::set_logger(&Logger).is_ok() {
            log::set_max_level(log::LevelFilter::Trace);
        }
    });
}
