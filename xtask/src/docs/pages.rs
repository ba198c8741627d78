//! The paths of the pages of the book.

/// The folder of the pages, from the root of the project.
pub const PAGES: &str = "docs/src";

/// The generated pages, from the folder of the pages.
pub const GENERATED: [&str; 3] = [
    "reference/cli.md",
    "reference/rest-v2.md",
    "reference/wit.md",
];
