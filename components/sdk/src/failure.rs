use std::error::Error;
use std::panic::Location;

use crate::bindings::pyblish::endpoint::model::{self, FailureKind};

/// The result of a plug-in's `process`.
pub type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// Why a plug-in or the adapter failed.
///
/// The message is for an artist: what is wrong, where, and what to do next. `?` turns every Rust
/// error into a failure; [`Failure::new`] and [`fail!`](crate::fail) create one from a message. The
/// line of code that created it is stored.
#[derive(Debug, Clone)]
pub struct Failure {
    title: Option<String>,
    message: String,
    detail: Option<String>,
    kind: FailureKind,
    place: &'static Location<'static>,
}

impl Failure {
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Failure {
            title: None,
            message: message.into(),
            detail: None,
            kind: FailureKind::Raised("Failure".into()),
            place: Location::caller(),
        }
    }

    /// A few words above the message.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// More information, shown on request.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The name of the kind of error that it is, for programs, for example `FramesMissing`.
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = FailureKind::Raised(kind.into());
        self
    }

    /// The work stopped because the user asked for it. A run that goes on later does it again.
    #[track_caller]
    pub fn cancelled() -> Self {
        Failure {
            kind: FailureKind::Cancelled,
            ..Failure::new("Cancelled, as you asked").title("Cancelled")
        }
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
            kind: FailureKind::Raised(path.rsplit("::").next().unwrap_or(path).into()),
            ..Failure::new(message)
        }
    }
}

impl From<Failure> for model::Failure {
    fn from(failure: Failure) -> Self {
        model::Failure {
            title: failure.title,
            message: failure.message,
            detail: failure.detail,
            location: Some(model::SourceLocation {
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

/// Names the file that an error is about: `fs::read(path).at(path)?`. An error of the system does
/// not say it by itself.
pub trait At<T> {
    /// The same, with the path in its message.
    ///
    /// # Errors
    /// Those of the result.
    fn at(self, path: impl std::fmt::Display) -> Result<T>;
}

impl<T, E: Error> At<T> for std::result::Result<T, E> {
    #[track_caller]
    fn at(self, path: impl std::fmt::Display) -> Result<T> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => {
                let mut failure = Failure::from(error);
                failure.message = format!("{path}: {}", failure.message);
                Err(failure)
            }
        }
    }
}

/// Ends a plug-in with a [`Failure`](crate::Failure) with this message:
/// `fail!("{} is empty", path)`.
#[macro_export]
macro_rules! fail {
    ($($message:tt)+) => {
        return ::core::result::Result::Err($crate::Failure::new(::std::format!($($message)+)))
    };
}
