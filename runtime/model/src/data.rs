use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{InstanceId, JsonText};

/// The `data` of the context or of an instance, in the order in which it was set.
pub type Data = IndexMap<String, JsonText>;

/// The address of one value: of the context's data if `instance` is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataKey {
    /// None for the context.
    pub instance: Option<InstanceId>,
    /// The key in its `data`.
    pub key: String,
}
