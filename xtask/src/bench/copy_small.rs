//! The time of a publish of many small files, compared with the same commands as in `copy`.

use super::copy::{self, Delivery};
use super::figure::Figure;
use super::measure::Bound;

pub const FIGURE: Figure = Figure {
    name: "copy-small",
    about: "a publish of 5,000 files of 20 KiB, against `cp -r`, `sync` and `sha256sum` one after the other",
    bound: Bound::AtMost(1.2),
    goal: None,
    unit: "x",
    measure: |place| copy::measure(place, Delivery::new(5000, 20 << 10)),
};
