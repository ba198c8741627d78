//! The session as QML is to see it: read once, and kept as it is by the session's events. What did not change since it was
//! asked for is the same text.
//!
//! QML knows a plug-in by the id that it was told at its reset, and ends where that is gone; hosts give new ids at each
//! discovery, and other frontends may reset. So QML's ids are made of names, which stay. For the same reason what QML
//! has, and cannot do without, stays until its own next reset: plug-ins, and instances that are left out.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::message::ascii;
use super::shape::{self, CONTEXT, Instance, Plugin, Visible};

#[derive(Default)]
pub struct Mirror {
    plugins: Vec<Known>,
    instances: Vec<Seen>,
    /// Where each is, by its id.
    places: HashMap<String, usize>,
    data: Visible,
    /// What QML's own host adds to the context's data.
    beside: Map<String, Value>,
    context: Option<Arc<str>>,
    discovered: Option<Arc<str>>,
}

struct Known {
    /// To QML.
    id: String,
    plugin: Plugin,
    json: Arc<str>,
    /// There is none any more.
    gone: bool,
}

struct Seen {
    instance: Instance,
    json: Arc<str>,
    gone: bool,
}

impl Seen {
    fn of(instance: Instance) -> Self {
        let json = instance.json().into();
        Seen {
            instance,
            json,
            gone: false,
        }
    }
}

/// What an event asks for beyond what it says.
#[derive(Debug, PartialEq)]
pub enum Effect {
    None,
    /// There are other plug-ins.
    Plugins,
    /// Anything may be otherwise.
    All,
}

/// A thing that QML means.
pub struct Meant {
    /// Its id at the endpoint; none where it is gone.
    pub id: Option<String>,
    /// As QML is told of it.
    pub json: Arc<str>,
}

impl Mirror {
    pub fn new(beside: Map<String, Value>) -> Self {
        Mirror {
            beside,
            ..Mirror::default()
        }
    }

    /// All of the context.
    pub fn context(&mut self) -> Arc<str> {
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
    pub fn bare(&self) -> String {
        let beside = self.beside.clone();
        Mirror::new(beside).context().to_string()
    }

    /// All plug-ins.
    pub fn discovered(&mut self) -> Arc<str> {
        let plugins = &self.plugins;
        let text = || {
            let all: Vec<&str> = plugins.iter().map(|known| &*known.json).collect();
            format!("[{}]", all.join(", ")).into()
        };
        self.discovered.get_or_insert_with(text).clone()
    }

    pub fn plugin(&self, id: &str) -> Option<Meant> {
        let known = self.plugins.iter().find(|known| known.id == id)?;
        Some(Meant {
            id: (!known.gone).then(|| known.plugin.id.clone()),
            json: known.json.clone(),
        })
    }

    pub fn instance(&self, id: &str) -> Option<Meant> {
        let seen = self.instances.get(*self.places.get(id)?)?;
        Some(Meant {
            id: (!seen.gone).then(|| seen.instance.id.clone()),
            json: seen.json.clone(),
        })
    }

    /// The comment as it is, empty where there is none.
    pub fn comment(&self) -> &str {
        self.data.comment().and_then(Value::as_str).unwrap_or("")
    }

    /// What there is now; what QML has beyond that stays.
    pub fn set_plugins(&mut self, plugins: Vec<Plugin>) {
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

    pub fn set_context(&mut self, data: Visible, instances: Vec<Instance>) {
        self.clear();
        self.data = data;
        for instance in instances {
            self.add(instance);
        }
    }

    /// QML begins anew, and has nothing.
    pub fn forget_gone(&mut self) {
        self.plugins.retain(|known| !known.gone);
        self.instances.retain(|seen| !seen.gone);
        self.index();
        (self.context, self.discovered) = (None, None);
    }

    /// Takes what was not read anew over from before.
    pub fn inherit(&mut self, before: Mirror) {
        let now: Vec<Plugin> = std::mem::take(&mut self.plugins)
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
        self.data = Visible::default();
        self.context = None;
        self.instances.retain_mut(|seen| {
            seen.gone |= seen.instance.data.is_off();
            seen.gone
        });
        self.index();
    }

    fn add(&mut self, instance: Instance) {
        self.context = None;
        match self.places.get(&instance.id) {
            // It was read already, or is there again.
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

    /// Makes the change that an event of the session tells.
    ///
    /// # Errors
    /// The event is none that is known here.
    pub fn apply(&mut self, name: &str, data: &str) -> Result<Effect, serde_json::Error> {
        match name {
            "reset" => self.clear(),
            "pluginsDiscovered" => return Ok(Effect::Plugins),
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
            // Of work under way, and of what QML does not see.
            _ => {}
        }
        Ok(Effect::None)
    }
}

#[derive(Deserialize)]
struct Toggled {
    plugin: String,
    active: bool,
}

#[derive(Deserialize)]
struct Added {
    instance: Instance,
}

#[derive(Deserialize)]
struct Removed {
    instance: String,
}

#[derive(Deserialize)]
struct Changed {
    /// None for the context.
    #[serde(default)]
    instance: Option<String>,
    key: String,
    /// None where it was taken away.
    #[serde(default, deserialize_with = "shape::some")]
    value: Option<Value>,
}

/// JSON in ASCII of what is not in the mirror.
pub fn as_told(value: &Value) -> Arc<str> {
    ascii(value.to_string()).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plugin(id: &str, name: &str) -> Plugin {
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
        let event = json!({"instance": id, "key": key, "value": value});
        mirror.apply("instanceChanged", &event.to_string()).unwrap();
    }

    #[test]
    fn events_make_it_what_the_session_is() {
        let mut mirror = Mirror::default();
        added(&mut mirror, "a", json!({"family": "x", "secret": 1}));
        added(&mut mirror, "b", json!({}));
        changed(&mut mirror, "a", "publish", json!(false));
        changed(&mut mirror, "a", "secret", json!(2));
        let unset = json!({"instance": "a", "key": "publish"}).to_string();
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
            .apply("instanceRemoved", r#"{"instance": "a"}"#)
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
        let instance = |id: &str| Instance {
            id: id.into(),
            name: id.into(),
            data: Visible::default(),
        };
        mirror.set_context(Visible::default(), vec![instance("b"), instance("c")]);
        added(&mut mirror, "a", json!({}));
        mirror
            .apply("instanceRemoved", r#"{"instance": "a"}"#)
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
        // QML has them, and looks for them.
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
            .apply("instanceRemoved", r#"{"instance": "other"}"#)
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
