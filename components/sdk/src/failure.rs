use std::error::Error;
use std::panic::Location;

use crate::bindings::pyblish::endpoint::types;

/// What a plug-in's `process` answers.
pub type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// Why a plug-in, or the adapter, could not do its work.
///
/// The message is for an artist: what is wrong, where, and what to do next. Every error of Rust's becomes
/// a failure by `?`; [`Failure::new`] and [`fail!`](crate::fail) make one from words. The line that made
/// it is kept.
#[derive(Debug, Clone)]
pub struct Failure {
    title: Option<String>,
    message: String,
    detail: Option<String>,
    kind: String,
    place: &'static Location<'static>,
}

impl Failure {
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Failure {
            title: None,
            message: message.into(),
            detail: None,
            kind: "Failure".into(),
            place: Location::caller(),
        }
    }

    /// A few words that stand above the message.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Whatever else helps; shown when asked for.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// What kind of error it is, for programs; `Cancelled` for work that a run that goes on later does again.
    pub(crate) fn kind(mut self, kind: &str) -> Self {
        self.kind = kind.into();
        self
    }

    pub fn message(&self) -> &str {
        &self.message
    }
}

impl<E: Error> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(next) = cause {
            message = format!("{message}: {next}");
            cause = next.source();
        }
        let path = std::any::type_name::<E>();
        Failure {
            kind: path.rsplit("::").next().unwrap_or(path).into(),
            ..Failure::new(message)
        }
    }
}

impl From<Failure> for types::Failure {
    fn from(failure: Failure) -> Self {
        types::Failure {
            title: failure.title,
            message: failure.message,
            detail: failure.detail,
            location: Some(types::Location {
                file: failure.place.file().into(),
                line: failure.place.line(),
                function: None,
                text: None,
            }),
            traceback: None,
            kind: failure.kind,
        }
    }
}

/// Ends a plug-in with a [`Failure`](crate::Failure) of this message: `fail!("{} is empty", path)`.
#[macro_export]
macro_rules! fail {
    ($($message:tt)+) => {
        return ::core::result::Result::Err($crate::Failure::new(::std::format!($($message)+)))
    };
}
