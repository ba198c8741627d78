//! Validators: what must be right before anything is published. They only read, and check the files
//! as they are now, not as they were collected.
//!
//! All have the order of Pyblish's own validators, 1, because frontends of REST v1 stop for no
//! other. Among each other they keep the order in which `lib.rs` lists them.

mod case;
mod empty;
mod excepted;
mod name;
mod reference;
mod sequence;
mod signature;
mod soundness;

pub use case::ValidateCase;
pub use empty::ValidateNotEmpty;
pub use excepted::Excepted;
pub use name::ValidateName;
pub use reference::ValidateReferences;
pub use sequence::ValidateSequence;
pub use signature::ValidateSignature;
pub use soundness::ValidateSoundness;

use pyblish_sdk::{Result, progress, stop_if_cancelled};

/// After how many files to check for a cancel and to report progress.
const STEP: usize = 64;

/// Between two files of a list: lets the user cancel, and reports progress.
fn step(place: usize, count: usize, file: &str) -> Result {
    if place.is_multiple_of(STEP) {
        stop_if_cancelled()?;
        if place > 0 {
            progress(place as f64 / count as f64, &crate::name::show(file));
        }
    }
    Ok(())
}
