//! The session as QML sees it: read once, then updated by the session's events. Parts that did not
//! change keep their JSON text.
//!
//! QML identifies a plug-in by the id from its last reset, and crashes if that id is gone. But
//! hosts give new ids at each discovery, and other frontends may reset. So the ids for QML are made
//! of names, which stay the same. For the same reason, plug-ins and inactive instances that QML
//! needs stay until its own next reset.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use super::message::ascii;
use super::shape::{self, CONTEXT, QmlInstance, QmlPlugin, VisibleData};
use pyblish_model::{Data, JsonText};

#[derive(Default)]
pub(crate) struct Mirror {
    plugins: Vec<Known>,
    instances: Vec<Seen>,
    /// The position of each, by its id.
    places: HashMap<String, usize>,
    data: VisibleData,
    /// The data that QML's own host adds to the context.
    beside: Data,
    context: Option<Arc<str>>,
    discovered: Option<Arc<str>>,
}

struct Known {
    /// The id for QML.
    id: String,
    plugin: QmlPlugin,
    json: Arc<str>,
    /// It no longer exists.
    gone: bool,
}

struct Seen {
    instance: QmlInstance,
    json: Arc<str>,
    gone: bool,
}

impl Seen {
    fn of(instance: QmlInstance) -> Self {
        let json = instance.json().into();
        Seen {
            instance,
            json,
            gone: false,
        }
    }
}

/// What else must be read after an event.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    None,
    /// The plug-ins have changed.
    Plugins,
    /// Anything may have changed.
    All,
}

/// The plug-in or instance of an id that QML uses.
pub(crate) struct QmlTarget {
    /// Its id at the endpoint; none if it no longer exists.
    pub id: Option<String>,
    /// Its description for QML.
    pub json: Arc<str>,
}

impl Mirror {
    pub(crate) fn new(beside: Data) -> Self {
        Mirror {
            beside,
            ..Mirror::default()
        }
    }

    /// The whole context.
    pub(crate) fn context(&mut self) -> Arc<str> {
        if let Some(context) = &self.context {
            return context.clone();
        }
        let length: usize = self.instances.iter().map(|seen| seen.json.len() + 2).sum();
        let mut text = String::with_capacity(length + 512);
        let data = shape::context_data(&self.data, &self.beside);
        text += &format!(
            "{{\"name\": \"{CONTEXT}\", \"id\": \"{CONTEXT}\", \"data\": {data}, \"children\": ["
        );
        for (place, seen) in self.instances.iter().enumerate() {
            if place > 0 {
                text += ", ";
            }
            text += &seen.json;
        }
        text += "]}";
        let context: Arc<str> = text.into();
        self.context = Some(context.clone());
        context
    }

    /// The context with nothing in it.
    pub(crate) fn bare(&self) -> String {
        let beside = self.beside.clone();
        Mirror::new(beside).context().to_string()
    }

    /// All plug-ins.
    pub(crate) fn discovered(&mut self) -> Arc<str> {
        let plugins = &self.plugins;
        let text = || {
            let all: Vec<&str> = plugins.iter().map(|known| &*known.json).collect();
            format!("[{}]", all.join(", ")).into()
        };
        self.discovered.get_or_insert_with(text).clone()
    }

    pub(crate) fn plugin(&self, id: &str) -> Option<QmlTarget> {
        let known = self.plugins.iter().find(|known| known.id == id)?;
        Some(QmlTarget {
            id: (!known.gone).then(|| known.plugin.id.clone()),
            json: known.json.clone(),
        })
    }

    pub(crate) fn instance(&self, id: &str) -> Option<QmlTarget> {
        let seen = self.instances.get(*self.places.get(id)?)?;
        Some(QmlTarget {
            id: (!seen.gone).then(|| seen.instance.id.clone()),
            json: seen.json.clone(),
        })
    }

    /// The comment, empty if there is none.
    pub(crate) fn comment(&self) -> Cow<'_, str> {
        let comment = self.data.comment().and_then(JsonText::as_str);
        comment.unwrap_or_default()
    }

    /// Takes over the current state; what only QML still has stays.
    pub(crate) fn set_plugins(&mut self, plugins: Vec<QmlPlugin>) {
        self.discovered = None;
        let before = std::mem::take(&mut self.plugins);
        let mut times: HashMap<String, usize> = HashMap::new();
        for plugin in plugins {
            let time = times.entry(plugin.name.clone()).or_default();
            *time += 1;
            let id = match *time {
                1 => plugin.name.clone(),
                time => format!("{}#{time}", plugin.name),
            };
            self.plugins.push(Known {
                json: plugin.json(&id).into(),
                id,
                plugin,
                gone: false,
            });
        }
        for mut known in before {
            if !self.plugins.iter().any(|now| now.id == known.id) {
                known.gone = true;
                self.plugins.push(known);
            }
        }
    }

    pub(crate) fn set_context(&mut self, data: VisibleData, instances: Vec<QmlInstance>) {
        self.clear();
        self.data = data;
        for instance in instances {
            self.add(instance);
        }
    }

    /// QML was reset, and holds nothing any more.
    pub(crate) fn forget_gone(&mut self) {
        self.plugins.retain(|known| !known.gone);
        self.instances.retain(|seen| !seen.gone);
        self.index();
        (self.context, self.discovered) = (None, None);
    }

    /// Takes over from the old mirror what QML still needs.
    pub(crate) fn inherit(&mut self, before: Mirror) {
        let now: Vec<QmlPlugin> = std::mem::take(&mut self.plugins)
            .into_iter()
            .map(|known| known.plugin)
            .collect();
        self.plugins = before.plugins;
        self.set_plugins(now);
        for mut seen in before.instances {
            if seen.instance.data.is_off() && !self.places.contains_key(&seen.instance.id) {
                seen.gone = true;
                self.instances.push(seen);
            }
        }
        self.index();
        self.context = None;
    }

    fn index(&mut self) {
        let places = self.instances.iter().enumerate();
        self.places = places
            .map(|(place, seen)| (seen.instance.id.clone(), place))
            .collect();
    }

    fn clear(&mut self) {
        self.data = VisibleData::default();
        self.context = None;
        self.instances.retain_mut(|seen| {
            seen.gone |= seen.instance.data.is_off();
            seen.gone
        });
        self.index();
    }

    fn add(&mut self, instance: QmlInstance) {
        self.context = None;
        match self.places.get(&instance.id) {
            // It was read already, or exists again.
            Some(&place) => self.instances[place] = Seen::of(instance),
            None => {
                self.places
                    .insert(instance.id.clone(), self.instances.len());
                self.instances.push(Seen::of(instance));
            }
        }
    }

    fn remove(&mut self, id: &str) {
        let Some(&place) = self.places.get(id) else {
            return;
        };
        let seen = &mut self.instances[place];
        if seen.instance.data.is_off() {
            seen.gone = true;
            return;
        }
        self.instances.remove(place);
        self.index();
        self.context = None;
    }

    /// Applies an event of the session.
    ///
    /// # Errors
    /// The event is not known here.
    pub(crate) fn apply(&mut self, name: &str, data: &str) -> Result<Effect, serde_json::Error> {
        match name {
            "reset" => self.clear(),
            "pluginsDiscovered" | "pluginsChanged" => return Ok(Effect::Plugins),
            "hostFound" => return Ok(Effect::All),
            "pluginToggled" => {
                let Toggled { plugin, active } = serde_json::from_str(data)?;
                let known = self.plugins.iter_mut();
                for known in known.filter(|known| known.plugin.id == plugin) {
                    known.plugin.active = active;
                    known.json = known.plugin.json(&known.id).into();
                    self.discovered = None;
                }
            }
            "instanceAdded" => {
                let Added { instance } = serde_json::from_str(data)?;
                self.add(instance);
            }
            "instanceRemoved" => {
                let Removed { instance } = serde_json::from_str(data)?;
                self.remove(&instance);
            }
            "instanceChanged" => {
                let Changed {
                    instance,
                    key,
                    value,
                } = serde_json::from_str(data)?;
                let place = instance.as_ref().and_then(|id| self.places.get(id));
                let seen = place.and_then(|&place| self.instances.get_mut(place));
                if let Some(seen) = seen
                    && let Some(at) = seen.instance.data.at(&key)
                {
                    *at = value;
                    seen.json = seen.instance.json().into();
                    self.context = None;
                }
            }
            "contextChanged" => {
                let Changed { key, value, .. } = serde_json::from_str(data)?;
                if let Some(at) = self.data.at(&key) {
                    *at = value;
                    self.context = None;
                }
            }
            // Events about work in progress, and about what QML does not show.
            _ => {}
        }
        Ok(Effect::None)
    }
}

#[derive(Deserialize)]
struct Toggled {
    #[serde(rename = "pluginId")]
    plugin: String,
    active: bool,
}

#[derive(Deserialize)]
struct Added {
    instance: QmlInstance,
}

#[derive(Deserialize)]
struct Removed {
    #[serde(rename = "instanceId")]
    instance: String,
}

#[derive(Deserialize)]
struct Changed {
    /// None for the context.
    #[serde(default, rename = "instanceId")]
    instance: Option<String>,
    key: String,
    /// None if it was removed.
    #[serde(default, deserialize_with = "shape::some")]
    value: Option<JsonText>,
}

/// The description, as JSON in ASCII, of something that is not in the mirror.
pub(crate) fn as_told(value: &JsonText) -> Arc<str> {
    ascii(value.text().to_owned()).into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn plugin(id: &str, name: &str) -> QmlPlugin {
        let told = json!({
            "id": id, "name": name, "label": null, "doc": null, "version": [0, 0, 0], "order": 1.0, "families": [],
            "hosts": ["*"], "targets": ["default"], "match": "intersection", "optional": true, "active": true,
            "processes": {"context": false, "instance": true}, "repairs": {"context": false, "instance": false},
            "actions": [], "file": null, "category": null,
        });
        serde_json::from_value(told).unwrap()
    }

    fn context(mirror: &mut Mirror) -> Value {
        serde_json::from_str(&mirror.context()).unwrap()
    }

    /// The names of the instances.
    fn names(mirror: &mut Mirror) -> Vec<String> {
        let context = context(mirror);
        let all = context["children"].as_array().unwrap().iter();
        all.map(|child| child["name"].as_str().unwrap().to_owned())
            .collect()
    }

    fn added(mirror: &mut Mirror, id: &str, data: Value) {
        let event = json!({"instance": {"id": id, "name": id, "data": data, "members": ["m"]}});
        mirror.apply("instanceAdded", &event.to_string()).unwrap();
    }

    fn changed(mirror: &mut Mirror, id: &str, key: &str, value: Value) {
        let event = json!({"instanceId": id, "key": key, "value": value});
        mirror.apply("instanceChanged", &event.to_string()).unwrap();
    }

    #[test]
    fn events_make_it_what_the_session_is() {
        let mut mirror = Mirror::default();
        added(&mut mirror, "a", json!({"family": "x", "secret": 1}));
        added(&mut mirror, "b", json!({}));
        changed(&mut mirror, "a", "publish", json!(false));
        changed(&mut mirror, "a", "secret", json!(2));
        let unset = json!({"instanceId": "a", "key": "publish"}).to_string();
        let seen = context(&mut mirror);
        let data = &seen["children"][0]["data"];
        assert_eq!(*data, json!({"family": "x", "publish": false}));
        mirror.apply("instanceChanged", &unset).unwrap();
        assert_eq!(
            context(&mut mirror)["children"][0]["data"],
            json!({"family": "x"})
        );
        let comment = json!({"key": "comment", "value": "hi"}).to_string();
        mirror.apply("contextChanged", &comment).unwrap();
        assert_eq!(context(&mut mirror)["data"]["comment"], "hi");
        assert_eq!(mirror.comment(), "hi");
        mirror
            .apply("instanceRemoved", r#"{"instanceId": "a"}"#)
            .unwrap();
        assert_eq!(names(&mut mirror), ["b"]);
        mirror.apply("reset", "{}").unwrap();
        assert!(names(&mut mirror).is_empty() && mirror.comment().is_empty());
    }

    #[test]
    fn what_did_not_change_is_the_same_text() {
        let mut mirror = Mirror::default();
        added(&mut mirror, "a", json!({"family": "x"}));
        let before = mirror.context();
        changed(&mut mirror, "a", "secret", json!(2));
        mirror.apply("result", "{}").unwrap();
        assert!(Arc::ptr_eq(&before, &mirror.context()));
        changed(&mut mirror, "a", "label", json!("A"));
        assert!(!Arc::ptr_eq(&before, &mirror.context()));
    }

    #[test]
    fn an_event_that_was_read_already_changes_nothing() {
        let mut mirror = Mirror::default();
        let instance = |id: &str| QmlInstance {
            id: id.into(),
            name: id.into(),
            data: VisibleData::default(),
        };
        mirror.set_context(VisibleData::default(), vec![instance("b"), instance("c")]);
        added(&mut mirror, "a", json!({}));
        mirror
            .apply("instanceRemoved", r#"{"instanceId": "a"}"#)
            .unwrap();
        added(&mut mirror, "b", json!({}));
        assert_eq!(names(&mut mirror), ["b", "c"]);
    }

    #[test]
    fn ids_stay_when_plugins_are_found_anew() {
        let mut mirror = Mirror::default();
        mirror.set_plugins(vec![plugin("1", "A"), plugin("2", "A"), plugin("3", "B")]);
        mirror.set_plugins(vec![plugin("4", "A"), plugin("5", "C")]);
        let id = |mirror: &Mirror, id: &str| mirror.plugin(id).unwrap().id;
        assert_eq!(id(&mirror, "A").unwrap(), "4");
        assert_eq!(id(&mirror, "C").unwrap(), "5");
        // QML holds these instances, and looks for them.
        assert_eq!((id(&mirror, "A#2"), id(&mirror, "B")), (None, None));
        let told: Value = serde_json::from_str(&mirror.discovered()).unwrap();
        assert_eq!(told.as_array().unwrap().len(), 4);
        mirror.forget_gone();
        assert!(mirror.plugin("B").is_none());
    }

    #[test]
    fn an_instance_that_is_left_out_stays_until_qml_begins_anew() {
        let mut mirror = Mirror::default();
        added(&mut mirror, "on", json!({}));
        added(&mut mirror, "off", json!({"publish": false}));
        mirror.apply("reset", "{}").unwrap();
        assert_eq!(names(&mut mirror), ["off"]);
        assert_eq!(mirror.instance("off").unwrap().id, None);
        added(&mut mirror, "off", json!({}));
        assert!(mirror.instance("off").unwrap().id.is_some());
        added(&mut mirror, "other", json!({"publish": false}));
        mirror
            .apply("instanceRemoved", r#"{"instanceId": "other"}"#)
            .unwrap();
        mirror.forget_gone();
        assert_eq!(names(&mut mirror), ["off"]);
    }

    #[test]
    fn what_qml_cannot_take_is_mended() {
        let mut mirror = Mirror::default();
        added(
            &mut mirror,
            "a",
            json!({"family": null, "families": "x", "label": 7, "category": ["c"]}),
        );
        added(&mut mirror, "b", json!({"families": ["x", 5]}));
        let seen = context(&mut mirror);
        assert_eq!(
            seen["children"][0]["data"],
            json!({"label": "7", "family": "default", "families": ["x"], "category": "[\"c\"]"})
        );
        assert_eq!(seen["children"][1]["data"]["families"], json!(["x", "5"]));
    }
}
