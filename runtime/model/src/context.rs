use std::sync::Arc;

use super::{Data, Instance, InstanceId};

/// What is published: instances, and data about all of them.
///
/// Its parts are shared. So a clone costs one pointer for each instance, and a change copies
/// only the instance that it touches.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// The context's own data.
    pub data: Arc<Data>,
    /// In the order in which they were added.
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
