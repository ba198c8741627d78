use std::str::FromStr;

use super::tool::{self, Tool};

/// A language that adapters are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Rust,
    Python,
    Js,
}

pub const LANGUAGES: [Language; 3] = [Language::Rust, Language::Python, Language::Js];

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = LANGUAGES.into_iter().find(|it| it.name() == text);
        found.ok_or_else(|| {
            let names = LANGUAGES.map(Language::name).join(", ");
            format!("there is no template for this language; the languages are {names}")
        })
    }
}

impl Language {
    pub fn name(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::Python => "python",
            Language::Js => "js",
        }
    }

    /// The name in texts for users.
    pub fn label(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::Python => "Python",
            Language::Js => "JavaScript",
        }
    }

    /// The tools that this language needs, and whether this machine has them. Asks each tool for
    /// its version, which takes a few tenths of a second.
    pub fn tools(self) -> Vec<Tool> {
        match self {
            Language::Rust => tool::of_rust(),
            Language::Python => tool::of_python(),
            Language::Js => tool::of_js(),
        }
    }

    /// What the first build of the project downloads.
    pub fn brings(self) -> &'static str {
        match self {
            Language::Rust => "a few crates, from crates.io",
            Language::Python => "componentize-py, from PyPI, into .venv (72 MB)",
            Language::Js => "componentize-js, from npm, into node_modules (215 MB)",
        }
    }

    /// The command that builds the project, publishes with it, and checks the result; it runs in
    /// the project's folder.
    pub fn test(self) -> String {
        match self {
            Language::Rust => "cargo test".into(),
            Language::Python => format!("{} test.py", tool::python()),
            Language::Js => "npm install-test".into(),
        }
    }
}
