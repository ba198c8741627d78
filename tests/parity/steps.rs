//! Random steps. Most name existing plug-ins, and instances that earlier steps made, because a step
//! whose object is missing fails and ends the list.

use serde_json::{Map, Value, json};

use super::generate::FAMILIES;
use super::random::Random;

const NAMES: [(usize, &str); 6] = [
    (30, "x"),
    (25, "y"),
    (20, "z"),
    (10, "w"),
    (1, "a/b c"),
    (1, "Größe ☃"),
];

#[derive(Clone, Copy)]
enum Deed {
    Log,
    Create,
    Set,
    SetOn,
    Publish,
    Family,
    Unset,
    Remove,
    RemoveItself,
    Activate,
    Fail,
    Quiet,
}

const DEEDS: [(usize, Deed); 12] = [
    (6, Deed::Log),
    (15, Deed::Create),
    (16, Deed::Set),
    (7, Deed::SetOn),
    (8, Deed::Publish),
    (7, Deed::Family),
    (4, Deed::Unset),
    (4, Deed::Remove),
    (3, Deed::RemoveItself),
    (8, Deed::Activate),
    (22, Deed::Fail),
    (2, Deed::Quiet),
];

pub(super) struct Steps {
    /// The names of the instances that were made so far.
    instances: Vec<String>,
    /// The families of each.
    families: Vec<Vec<Value>>,
    /// The names of all plug-ins.
    plugins: Vec<String>,
}

impl Steps {
    pub(super) fn new(plugins: Vec<String>) -> Self {
        Steps {
            instances: Vec::new(),
            families: Vec::new(),
            plugins,
        }
    }

    /// A list of steps for an instance, or for the context.
    pub(super) fn list(&mut self, random: &mut Random, on_instance: bool) -> Vec<Value> {
        let count = *random.weighted(&[(10, 0), (36, 1), (30, 2), (15, 3), (9, 4)]);
        (0..count).map(|_| self.step(random, on_instance)).collect()
    }

    fn step(&mut self, random: &mut Random, on_instance: bool) -> Value {
        let deed = *random.weighted(&DEEDS);
        let mut step = self.deed(random, deed, on_instance);
        let conditional = match deed {
            Deed::Fail => 55,
            // Run once for each instance, such steps multiply.
            Deed::Create | Deed::Remove | Deed::RemoveItself if on_instance => 60,
            _ => 25,
        };
        if let (true, Value::Object(fields)) = (random.percent(conditional), &mut step) {
            let word = *random.pick(&["when", "when", "unless"]);
            fields.insert(word.into(), condition(random, on_instance));
            if random.percent(8) {
                let other = if word == "when" { "unless" } else { "when" };
                fields.insert(other.into(), condition(random, on_instance));
            }
        }
        step
    }

    fn deed(&mut self, random: &mut Random, deed: Deed, on_instance: bool) -> Value {
        match deed {
            Deed::Log => {
                let levels = ["debug", "info", "warning", "error", "critical"];
                json!({"log": random.pick(&levels), "message": "Here"})
            }
            Deed::Create => self.create(random),
            Deed::Set => json!({"set": values(random)}),
            Deed::SetOn => json!({"set": values(random), "on": self.instance(random)}),
            Deed::Publish => {
                let set = json!({"publish": publish(random)});
                self.maybe_on(random, set, on_instance)
            }
            Deed::Family => {
                let mut set = Map::new();
                match random.percent(60) {
                    true => set.insert("family".into(), family(random)),
                    false => set.insert("families".into(), families(random)),
                };
                self.maybe_on(random, set.into(), on_instance)
            }
            Deed::Unset => {
                let keys = random.some(&["k", "m", "publish", "family", "families"], 2);
                let mut step = json!({ "unset": keys });
                if let (true, Value::Object(fields)) = (random.percent(40), &mut step) {
                    fields.insert("on".into(), self.instance(random).into());
                }
                step
            }
            Deed::RemoveItself if on_instance => json!({"remove": true}),
            Deed::Remove | Deed::RemoveItself => json!({"remove": self.instance(random)}),
            Deed::Activate => {
                let active = random.percent(30);
                json!({"activate": random.pick(&self.plugins), "active": active})
            }
            Deed::Fail => json!({"fail": random.pick(&["no", "Größer: ☃", ""])}),
            Deed::Quiet => random
                .pick(&[
                    json!({"sleep": 0}),
                    json!({"progress": 0.5}),
                    json!({"flood": 3}),
                ])
                .clone(),
        }
    }

    /// An instance step sets it there or on another instance; a context step sets it on some
    /// instance.
    fn maybe_on(&self, random: &mut Random, set: Value, on_instance: bool) -> Value {
        match on_instance && random.percent(40) {
            true => json!({ "set": set }),
            false => json!({"set": set, "on": self.instance(random)}),
        }
    }

    pub(super) fn create(&mut self, random: &mut Random) -> Value {
        let name = (*random.weighted(&NAMES)).to_owned();
        let mut step = Map::new();
        step.insert("create".into(), name.as_str().into());
        let data = if random.percent(90) {
            data(random)
        } else {
            Value::Null
        };
        let family = data.get("family").cloned().unwrap_or("default".into());
        let families = data.get("families").and_then(Value::as_array);
        let mut all = vec![family];
        all.extend(families.cloned().unwrap_or_default());
        all.retain(Value::is_string);
        self.families.push(all);
        if data.is_object() {
            step.insert("data".into(), data);
        }
        if random.percent(4) {
            step.insert("children".into(), json!(["one", "two"]));
        }
        self.instances.push(name);
        step.into()
    }

    /// The families with which some instance was made.
    pub(super) fn made(&self, random: &mut Random) -> Value {
        match self.families.is_empty() {
            true => json!([]),
            false => random.pick(&self.families).clone().into(),
        }
    }

    /// The name of an instance; seldom one that does not exist.
    fn instance(&self, random: &mut Random) -> String {
        match self.instances.is_empty() || random.percent(4) {
            true => "nobody".into(),
            false => random.pick(&self.instances).clone(),
        }
    }
}

/// The data that an instance is made with.
fn data(random: &mut Random) -> Value {
    let mut data = Map::new();
    if random.percent(85) {
        data.insert("family".into(), family(random));
    }
    if random.percent(45) {
        data.insert("families".into(), families(random));
    }
    if random.percent(20) {
        data.insert("publish".into(), publish(random));
    }
    if random.percent(60) {
        data.insert("k".into(), json!(random.below(3)));
    }
    data.into()
}

fn family(random: &mut Random) -> Value {
    match random.below(100) {
        0..90 => (*random.pick(&FAMILIES)).into(),
        90..94 => "default".into(),
        94..96 => Value::Null,
        // Values that no plug-in can name; the last one is `*`, which is no wildcard here.
        _ => random
            .pick(&[json!(""), json!(0), json!(7), json!("*")])
            .clone(),
    }
}

fn families(random: &mut Random) -> Value {
    if random.below(150) == 0 {
        // Pyblish ends the run with an error.
        return Value::Null;
    }
    let count = *random.weighted(&[(30, 0), (50, 1), (20, 2)]);
    let mut families: Vec<Value> = (0..count)
        .map(|_| (*random.pick(&FAMILIES)).into())
        .collect();
    if random.percent(3) {
        families.push(random.pick(&[json!(1), Value::Null, json!("*")]).clone());
    }
    families.into()
}

fn publish(random: &mut Random) -> Value {
    let values = [
        (46, json!(false)),
        (24, json!(true)),
        (13, json!(0)),
        (13, Value::Null),
        (2, json!("")),
        (2, json!("false")),
    ];
    random.weighted(&values).clone()
}

/// One or two values of the keys that conditions ask for.
fn values(random: &mut Random) -> Value {
    let mut values = Map::new();
    for _ in 0..random.between(1, 2) {
        values.insert((*random.pick(&["k", "m"])).into(), value(random));
    }
    values.into()
}

/// Numbers, and values that might compare as equal to them.
fn value(random: &mut Random) -> Value {
    match random.below(100) {
        0..80 => json!(random.below(3)),
        _ => random
            .pick(&[
                json!(1.0),
                json!(true),
                json!(false),
                Value::Null,
                json!("1"),
                json!([1, 2.5]),
                json!({"a": [true, null], "ü": "☃"}),
            ])
            .clone(),
    }
}

fn condition(random: &mut Random, on_instance: bool) -> Value {
    let mut condition = Map::new();
    match random.below(100) {
        0..3 => {}
        3..20 if on_instance => {
            condition.insert("family".into(), (*random.pick(&FAMILIES)).into());
        }
        20..26 if on_instance => {
            condition.insert("publish".into(), publish(random));
        }
        26..30 if on_instance => {
            condition.insert("family".into(), "default".into());
        }
        30..40 => {
            condition.insert("k".into(), value(random));
            condition.insert("m".into(), value(random));
        }
        40..50 => {
            condition.insert("m".into(), Value::Null);
        }
        _ => {
            condition.insert((*random.pick(&["k", "k", "m"])).into(), value(random));
        }
    }
    condition.into()
}
