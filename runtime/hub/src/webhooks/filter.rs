//! Of which runs a webhook tells.

/// The states in which a run can end.
const ENDS: [&str; 6] = [
    "succeeded",
    "failed",
    "stopped",
    "cancelled",
    "lost",
    "interrupted",
];

/// Which runs. An empty list allows all; otherwise one of its values must be that of the run. All
/// lists must allow it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// The state in which it ended.
    pub states: Vec<String>,
    /// The project of the context, where machines send `data:project`.
    pub projects: Vec<String>,
    /// The name of the adapter.
    pub adapters: Vec<String>,
    /// The user that the runtime ran as.
    pub users: Vec<String>,
    /// Plug-ins, one of which failed in the run.
    pub plugins: Vec<String>,
    /// Whether it must have published something that was not there before.
    pub published: bool,
}

impl RunFilter {
    /// # Errors
    /// No run ends in such a state.
    pub(super) fn check(&self) -> Result<(), String> {
        let wrong = self
            .states
            .iter()
            .find(|state| !ENDS.contains(&state.as_str()));
        match wrong {
            None => Ok(()),
            Some(wrong) => Err(format!(
                "no run ends in the state {wrong:?}; there are {}",
                ENDS.join(", ")
            )),
        }
    }
}
