use std::sync::Arc;

use super::{Instance, InstanceId};

/// The `data` of the context or of an instance, in the order in which it was set.
pub type Data = serde_json::Map<String, serde_json::Value>;

/// What is published: instances, and data about all of them.
///
/// Its parts are shared, so that a clone for a reader costs a pointer an instance, and a change copies
/// only the instance that it touches.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    pub data: Arc<Data>,
    pub instances: Vec<Arc<Instance>>,
}

impl Context {
    /// The instance with this id.
    pub fn instance(&self, id: &InstanceId) -> Option<&Arc<Instance>> {
        self.instances.iter().find(|instance| &instance.id == id)
    }

    /// All instances of this name; names need not be unique.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Instance>> {
        self.instances
            .iter()
            .filter(move |instance| instance.name == name)
    }
}
