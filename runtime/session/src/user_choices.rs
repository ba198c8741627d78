//! What clients have changed in a session, for readers.

use pyblish_model::{JsonText, SmolStr};

/// What clients have changed in a session, by names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserChoices {
    /// The plug-ins that were switched on (true) or off.
    pub plugins: Vec<(SmolStr, bool)>,
    /// The values of data that were set or removed.
    pub data: Vec<ChosenData>,
}

/// A value of data that a client has set or removed.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenData {
    /// The name of the instance, and how many of that name come before it; none for the context.
    pub instance: Option<(SmolStr, usize)>,
    /// The key.
    pub key: String,
    /// The value; none if it was removed.
    pub value: Option<JsonText>,
}
