use serde_json::{Value, json};

use crate::text;

/// How good or bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Ok,
    /// It works, but could be better.
    Advice,
    /// Something does not work.
    Problem,
}

/// The result of checking one thing.
#[derive(Debug)]
pub struct Finding {
    pub state: State,
    about: &'static str,
    found: String,
    /// What to do about it; empty if there is nothing to do or `found` says it already.
    todo: String,
}

impl Finding {
    pub fn ok(about: &'static str, found: impl Into<String>) -> Self {
        Finding::new(State::Ok, about, found, "")
    }

    pub fn advice(about: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Finding::new(State::Advice, about, found, todo)
    }

    pub fn problem(about: &'static str, found: impl Into<String>, todo: impl Into<String>) -> Self {
        Finding::new(State::Problem, about, found, todo)
    }

    fn new(
        state: State,
        about: &'static str,
        found: impl Into<String>,
        todo: impl Into<String>,
    ) -> Self {
        Finding {
            state,
            about,
            found: found.into(),
            todo: todo.into(),
        }
    }

    fn word(&self) -> &'static str {
        match self.state {
            State::Ok => "ok",
            State::Advice => "advice",
            State::Problem => "problem",
        }
    }

    /// As a line of text, with the line break.
    pub fn line(&self) -> String {
        let mut said = self.found.clone();
        if !self.todo.is_empty() {
            said = format!("{said}: {}", self.todo);
        }
        let said = text::one_line(&said);
        format!("{:<8} {:<9} {said}\n", self.word(), self.about)
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let todo = Some(&self.todo).filter(|todo| !todo.is_empty());
        json!({"state": self.word(), "about": self.about, "found": self.found, "todo": todo})
    }
}
