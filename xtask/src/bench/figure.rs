//! A figure: its name, its bound, and how it is measured.

use anyhow::Result;

use super::measure::{Bound, Measured};
use super::place::Place;

/// Something that is promised, and how to check it.
pub struct Figure {
    pub name: &'static str,
    pub about: &'static str,
    pub bound: Bound,
    pub unit: &'static str,
    pub measure: fn(&Place) -> Result<Measured>,
}
