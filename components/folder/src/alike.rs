//! Names that are alike.

/// Names that only differ by their numbers, all of them with the same padding.
#[derive(Debug, Clone, Copy)]
pub struct Alike<'a> {
    pub prefix: &'a str,
    pub separator: &'a str,
    pub extension: &'a str,
    /// In ascending order, and never empty.
    pub digits: &'a [&'a str],
}
