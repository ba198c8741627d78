//! Measurements: one value per round, and their summary.
//!
//! Policy: the summary is the median, because a busy machine may disturb a single round; the lowest
//! and the highest are shown beside it. A ratio is computed within a round, from two values that
//! were measured one after the other.

use anyhow::{Result, ensure};
use serde::Serialize;

/// What a figure must be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    pub fn holds(self, value: f64) -> bool {
        // A value that is not a number breaks every bound.
        match self {
            Bound::AtLeast(bound) => value >= bound,
            Bound::AtMost(bound) => value <= bound,
        }
    }
}

/// One value for each round.
#[derive(Debug, Clone)]
pub struct Series {
    pub what: String,
    pub unit: &'static str,
    values: Vec<f64>,
}

impl Series {
    pub fn new(what: &str, unit: &'static str) -> Self {
        Series::of(what, unit, Vec::new())
    }

    pub fn of(what: &str, unit: &'static str, values: Vec<f64>) -> Self {
        Series {
            what: what.into(),
            unit,
            values,
        }
    }

    pub fn push(&mut self, value: f64) {
        self.values.push(value);
    }

    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The middle value, or the mean of the two middle ones; NaN if there is none.
    pub fn median(&self) -> f64 {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => f64::NAN,
            even if even % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        }
    }

    pub fn lowest(&self) -> f64 {
        self.values.iter().copied().fold(f64::NAN, f64::min)
    }

    pub fn highest(&self) -> f64 {
        self.values.iter().copied().fold(f64::NAN, f64::max)
    }

    /// This divided by that, round by round.
    pub fn by(&self, other: &Series, what: &str) -> Series {
        let rounds = self.values.iter().zip(&other.values);
        Series::of(what, "x", rounds.map(|(this, that)| this / that).collect())
    }
}

/// A figure, and the values that it is computed from.
#[derive(Debug)]
pub struct Measured {
    pub figure: Series,
    /// The values that it is computed from, and other observations.
    pub beside: Vec<Series>,
}

impl Measured {
    pub fn of(figure: Series) -> Self {
        Measured {
            figure,
            beside: Vec::new(),
        }
    }

    pub fn beside(mut self, more: impl IntoIterator<Item = Series>) -> Self {
        self.beside.extend(more);
        self
    }
}

/// Checks that both sides have done the same work; otherwise their times cannot be compared.
pub fn same(what: &str, expected: u64, found: u64) -> Result<()> {
    ensure!(
        expected == found,
        "{what}: {found} instead of {expected}, so the times cannot be compared; fix the benchmark"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        let median = |values: &[f64]| Series::of("", "", values.to_vec()).median();
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), 3.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_ratio_is_made_within_a_round() {
        let (this, that) = (vec![2.0, 30.0, 4.0], vec![1.0, 10.0, 4.0]);
        let ratio = Series::of("", "", this).by(&Series::of("", "", that), "ratio");
        assert_eq!(ratio.values(), [2.0, 3.0, 1.0]);
        assert_eq!((ratio.lowest(), ratio.highest()), (1.0, 3.0));
    }

    #[test]
    fn a_bound_is_held_at_its_edge_and_by_no_number_that_is_none() {
        assert!(Bound::AtLeast(3.0).holds(3.0) && !Bound::AtLeast(3.0).holds(2.99));
        assert!(Bound::AtMost(3.0).holds(3.0) && !Bound::AtMost(3.0).holds(3.01));
        assert!(!Bound::AtMost(3.0).holds(f64::NAN) && !Bound::AtLeast(3.0).holds(f64::NAN));
    }

    #[test]
    fn different_work_is_no_comparison() {
        assert!(same("pairs", 7, 7).is_ok());
        assert!(
            same("pairs", 7, 6)
                .unwrap_err()
                .to_string()
                .contains("6 instead of 7")
        );
    }
}
