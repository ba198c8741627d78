//! What only Python has: sets and enums as families, odd numbers as orders, a studio's own test of
//! when to stop. Such questions are played where the plug-ins are Python, in a host and in the
//! sandbox.

use serde_json::{Map, Value, json};

use super::generate::generate;
use super::random::Random;

/// How likely a step changes another plug-in in mid-run, in percent.
const CHANGES: usize = 20;

/// The question of this seed, with objects in it.
pub fn generate_objects(seed: u64) -> Value {
    let mut question = generate(seed);
    question["hosts"] = json!(["python"]);
    // Not the numbers of `generate`, whose questions must stay the same.
    let random = &mut Random::new(seed ^ 0x6f62_6a65_6374_7300);
    for plugin in question["scenario"]["plugins"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        enrich_plugin(random, plugin);
    }
    change_plugins(random, &mut question);
    if random.percent(20) {
        question["test"] = own_test(random);
    }
    question
}

fn enrich_plugin(random: &mut Random, plugin: &mut Value) {
    // What the host is called there.
    for host in plugin
        .get_mut("hosts")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if host == "scenario" {
            *host = "python".into();
        }
    }
    if random.percent(40)
        && let Some(order) = plugin["order"].as_f64()
    {
        plugin["order"] = odd_order(random, order);
    }
    // Pyblish refuses a plug-in whose families are no list of texts.
    if let Some(families) = plugin.get_mut("families").and_then(Value::as_array_mut) {
        for family in families {
            *family = odd_text(random, family, 25);
        }
        if random.percent(2) {
            plugin["families"] = container(random, plugin["families"].take());
        }
    }
    for list in ["context", "instance"] {
        let steps = plugin.get_mut(list).and_then(Value::as_array_mut);
        for step in steps.into_iter().flatten() {
            for key in ["data", "set"] {
                if let Some(data) = step.get_mut(key).and_then(Value::as_object_mut) {
                    enrich_data(random, data);
                }
            }
        }
    }
}

/// The same number, of another type.
fn odd_order(random: &mut Random, order: f64) -> Value {
    if order >= 100.0 {
        return json!({"$": "infinity", "of": 1});
    }
    let kinds = ["float", "decimal", "fraction"];
    match order {
        1.0 if random.percent(40) => json!(true),
        0.0 if random.percent(40) => json!(false),
        -2.0 if random.percent(40) => json!({"$": "infinity", "of": -1}),
        _ => json!({"$": random.pick(&kinds), "of": order}),
    }
}

fn enrich_data(random: &mut Random, data: &mut Map<String, Value>) {
    if let Some(family) = data.get_mut("family") {
        *family = odd_text(random, family, 30);
    }
    if let Some(families) = data.get_mut("families") {
        if let Some(families) = families.as_array_mut() {
            for family in families {
                *family = odd_text(random, family, 25);
            }
        }
        if families.is_array() && random.percent(50) {
            *families = container(random, families.take());
        }
    }
    if let Some(publish) = data.get_mut("publish")
        && random.percent(30)
    {
        let truth = publish.as_bool().unwrap_or(false);
        let number = i32::from(truth);
        *publish = match random.below(3) {
            0 => json!({"$": "truth", "of": truth}),
            1 => json!({"$": "fraction", "of": number}),
            _ => json!({"$": "decimal", "of": number}),
        };
    }
}

/// A text as an enum or a subclass, this often in percent.
fn odd_text(random: &mut Random, text: &Value, chance: usize) -> Value {
    let known = ["a", "b", "c", "default", "*"];
    match text.as_str() {
        Some(word) if known.contains(&word) && random.percent(chance) => {
            json!({"$": random.pick(&["enum", "text"]), "of": word})
        }
        _ => text.clone(),
    }
}

/// A list as another container.
fn container(random: &mut Random, list: Value) -> Value {
    // Not even Python has a set of lists.
    let kinds = ["set", "frozenset", "tuple", "deque", "keys"];
    json!({"$": random.pick(&kinds), "of": list})
}

/// A test that stops after errors in a range of orders. A lenient one does not stop after a failed
/// validation.
fn own_test(random: &mut Random) -> Value {
    let (of, from) = *random.pick(&[
        (0.5, 1.25),
        (1.5, 2.25),
        (1.5, 2.5),
        (0.5, 3.0),
        (-2.0, 1.0),
    ]);
    let lenient = random.percent(40);
    json!({"of": of, "from": from, "message": "errors before", "lenient": lenient})
}

/// Steps that change other plug-ins.
///
/// No orders where functions are called one after another: each of them discovers anew, so a plug-in
/// with a new order moves among those that have it already, which the runtime does at a reset only.
fn change_plugins(random: &mut Random, question: &mut Value) {
    let has_steps = question["until"].is_array();
    let plugins = question["scenario"]["plugins"].as_array_mut();
    let Some(plugins) = plugins else { return };
    let names: Vec<Value> = plugins.iter().map(|it| it["name"].clone()).collect();
    for plugin in plugins {
        for list in ["context", "instance"] {
            if let Some(steps) = plugin.get_mut(list).and_then(Value::as_array_mut)
                && random.percent(CHANGES)
            {
                let to = match random.below(3) {
                    0 => json!({"families": [random.pick(&["a", "b", "c"])]}),
                    1 if !has_steps => json!({"order": random.below(4)}),
                    _ => json!({"active": random.percent(50)}),
                };
                steps.push(json!({"change": random.pick(&names), "to": to}));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_object_is_drawn() {
        let all: String = (0..300)
            .map(|seed| generate_objects(seed).to_string())
            .collect();
        for kind in [
            "set",
            "frozenset",
            "tuple",
            "deque",
            "keys",
            "enum",
            "text",
            "float",
            "decimal",
            "fraction",
            "infinity",
            "truth",
        ] {
            assert!(all.contains(&format!("\"$\":\"{kind}\"")), "{kind}");
        }
        for part in [
            "\"order\":true",
            "\"test\":{",
            "\"targets\":",
            "\"lenient\":true",
            "\"change\":",
        ] {
            assert!(all.contains(part), "{part}");
        }
    }

    #[test]
    fn seed_is_reproducible() {
        for seed in 0..20 {
            assert_eq!(generate_objects(seed), generate_objects(seed));
        }
    }
}
