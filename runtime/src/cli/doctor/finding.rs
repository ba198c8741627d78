use serde_json::{Value, json};

use super::super::text;

/// How it stands with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Ok,
    /// It works, and could be better.
    Advice,
    /// Something does not work.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    pub state: State,
    about: &'static str,
    found: String,
    /// What to do about it; empty where there is nothing to do, or `found` says it already.
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

    /// For people, with its end.
    pub fn line(&self) -> String {
        let mut said = self.found.clone();
        if !self.todo.is_empty() {
            said = format!("{said}: {}", self.todo);
        }
        let said = text::one_line(&said);
        format!("{:<8} {:<9} {said}\n", self.word(), self.about)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let todo = Some(&self.todo).filter(|todo| !todo.is_empty());
        json!({"state": self.word(), "about": self.about, "found": self.found, "todo": todo})
    }
}
