//! What somebody at a frontend switches on or off.

use pyblish_model::{Change, JsonText};
use pyblish_rules::PyblishEvent;

/// The event of Pyblish for a change that switches something on or off, with its arguments.
pub(crate) fn event(change: &Change) -> Option<(PyblishEvent, JsonText)> {
    match change {
        Change::DataSet { place, value } if place.key == "publish" => {
            let instance = JsonText::of_value(place.instance.as_ref()?);
            let arguments = [("instance", instance), ("new_value", value.clone())];
            let event = PyblishEvent::InstanceToggled;
            Some((event, JsonText::object(arguments)))
        }
        Change::PluginActivated { plugin, active } => {
            let plugin = JsonText::of_value(plugin);
            let arguments = [("plugin", plugin), ("new_value", (*active).into())];
            let event = PyblishEvent::PluginToggled;
            Some((event, JsonText::object(arguments)))
        }
        _ => None,
    }
}
