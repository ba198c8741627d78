//! Plug-ins, instances and contexts for the tests of this crate.

use std::sync::Arc;

use pyblish_model::{Context, Data, Instance, InstanceId, MatchAlgorithm, Plugin, PluginId, Scope};

/// `data! {"key" => value}`: data of whatever turns into a value.
macro_rules! data {
    ($($key:literal => $value:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut data = pyblish_model::Data::new();
        $(data.insert($key.into(), pyblish_model::JsonText::of_value(&$value));)*
        data
    }};
}
pub(super) use data;

pub(super) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// A plug-in on instances of all families, of which nothing but its name and order is special.
pub(super) fn plugin(name: &str, order: f64) -> Plugin {
    Plugin {
        id: PluginId(name.into()),
        name: name.into(),
        label: None,
        doc: None,
        version: vec![0, 0, 0],
        order,
        families: texts(&["*"]),
        hosts: texts(&["*"]),
        targets: texts(&["default"]),
        algorithm: MatchAlgorithm::Intersection,
        optional: false,
        active: true,
        processes: Scope {
            context: false,
            instance: true,
        },
        repairs: Scope::default(),
        actions: Vec::new(),
        base: "InstancePlugin".to_owned(),
        file: None,
        category: None,
        requires: None,
        attributes: Vec::new(),
    }
}

/// The same for a plug-in on the context.
pub(super) fn context_plugin(name: &str, order: f64) -> Plugin {
    Plugin {
        processes: Scope {
            context: true,
            instance: false,
        },
        base: "ContextPlugin".to_owned(),
        ..plugin(name, order)
    }
}

/// The same for a plug-in on instances of one family.
pub(super) fn family_plugin(name: &str, order: f64, family: &str) -> Plugin {
    Plugin {
        families: texts(&[family]),
        ..plugin(name, order)
    }
}

/// An instance whose id is its name.
pub(super) fn instance(name: &str, data: Data) -> Instance {
    Instance {
        id: InstanceId(name.into()),
        name: name.into(),
        data,
        members: Vec::new(),
        selection: None,
    }
}

pub(super) fn context(instances: impl IntoIterator<Item = Instance>) -> Context {
    Context {
        data: Arc::default(),
        instances: instances.into_iter().map(Arc::new).collect(),
    }
}
