use serde::{Deserialize, Serialize};

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLocation {
    /// The file, as the host names it.
    pub file: String,
    /// Starts at 1.
    pub line: u32,
    /// The function, where it is known.
    pub function: Option<String>,
    /// The line itself.
    pub text: Option<String>,
}
