//! Reports of a run, for people and machines.
//!
//! A [`Report`] is everything that a run left behind. [`document`], [`to_html`] and [`to_junit`]
//! render it. All of them are pure functions of it, with no I/O and no clock. So the same run gives
//! the same bytes now and from the history in a year.
//!
//! - `digest` works everything out once: what failed, what to do about it, and where the time went.
//!   The page, the JSON and the XML render that one digest, so they cannot contradict each other.
//! - What an artist can act on comes first, in the artist's words. Details for developers come
//!   after it.
//! - Names, messages and tracebacks come from outside. They reach a document only through `markup`,
//!   which escapes everything but literals.
//! - JSON and XML are complete. The page is for reading: its size is limited, and it says what it
//!   leaves out.

mod cards;
mod digest;
mod html;
mod json;
mod junit;
mod markup;
mod not_run;
mod outcome;
mod plugin_index;
mod problem;
mod report;
mod summary;
/// Numbers, durations and dates as people read them.
pub mod text;
mod timeline;

#[cfg(test)]
mod check;
#[cfg(test)]
mod fixtures;

pub use cards::Card;
pub use html::to_html;
pub use json::{ReportDocument, document, to_json};
pub use junit::to_junit;
pub use outcome::{RunOutcome, Verdict};
pub use report::Report;
pub use summary::Summary;
