//! A figure: its name, its bound, and how it is measured.

use anyhow::Result;

use super::measure::{Bound, Measured};
use super::place::Place;

/// Something that is promised, and how to check it.
pub struct Figure {
    pub name: &'static str,
    pub about: &'static str,
    /// What is promised.
    pub bound: Bound,
    /// What is wished for, where that is more than what is promised.
    pub goal: Option<Bound>,
    pub unit: &'static str,
    pub measure: fn(&Place) -> Result<Measured>,
}
