//! What a run came to, for people and machines.
//!
//! A [`Report`] is all that a run left behind; [`document`], [`to_html`] and [`to_junit`] turn it into
//! text. Everything here is a pure function of it: no I/O, no clock, so the same run gives the same bytes
//! today and from the history in a year.
//!
//! - One digest, several renderings: what failed, what can be done about it and where the time went are
//!   worked out once, so that the page, the JSON and the XML never disagree.
//! - What an artist can act on comes first, in the artist's words; what only a developer reads is there,
//!   behind it.
//! - Names, messages and tracebacks are foreign text. They reach a document only through [`markup`], which
//!   takes nothing but literals unescaped.
//! - JSON and XML are complete. The page is for reading: it has a bound, and says what it left out.

mod digest;
mod html;
mod json;
mod junit;
mod known;
mod markup;
mod outcome;
mod problem;
mod summary;
pub(crate) mod text;
mod timeline;

#[cfg(test)]
mod check;
#[cfg(test)]
mod fixtures;

use std::sync::Arc;

use crate::model::{PairResult, Plugin, RunInfo};

pub use html::to_html;
pub use json::{Document, document, to_json};
pub use junit::to_junit;
pub use outcome::{Outcome, Verdict};
pub use summary::Summary;

/// All that is known of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The name of the session that it was a run of.
    pub session: String,
    /// The name of the adapter.
    pub adapter: String,
    /// What the adapter published from, as users know it: `Maya 2026`, a folder.
    pub host: String,
    pub run: RunInfo,
    /// Those that were known to the run, whether or not they came to run. A result whose plug-in is
    /// missing here is reported all the same, without a label and a stage.
    pub plugins: Arc<[Plugin]>,
    /// In the order in which the pairs were processed.
    pub results: Vec<Arc<PairResult>>,
}

impl Report {
    /// How it ended, in plain words.
    pub fn outcome(&self) -> Outcome {
        Outcome::of(&self.run, &self.summary())
    }

    /// How much it did.
    pub fn summary(&self) -> Summary {
        Summary::of(self, &known::Known::of(self))
    }
}
