//! Random questions for `driver.py`: a scenario, and how to play it. Each is a function of its
//! seed.
//!
//! The chances are set so that each of Pyblish's rules matters in at least one scenario of twenty
//! (`worth` measures it), and few scenarios end before anything happens. Nothing is generated that
//! the README lists as not compared, except for a few families that Pyblish cannot read.

use serde_json::{Map, Value, json};

use super::plots::thicken;
use super::random::Random;
use super::steps::Steps;

/// Few families, so that plug-ins and instances match often.
pub(super) const FAMILIES: [&str; 3] = ["a", "b", "c"];

/// Every border of a stage, both its sides, what lies outside all stages, and plain bases for ties.
const ORDERS: [(usize, f64); 25] = [
    (2, -2.0),
    (3, -1.0),
    (2, -0.51),
    (2, -0.5),
    (2, -0.25),
    (7, 0.0),
    (3, 0.1),
    (2, 0.25),
    (2, 0.49),
    (3, 0.5),
    (3, 0.75),
    (14, 1.0),
    (5, 1.25),
    (4, 1.49),
    (4, 1.5),
    (2, 1.75),
    (10, 2.0),
    (2, 2.25),
    (2, 2.5),
    (6, 3.0),
    (2, 3.25),
    (2, 3.49),
    (6, 3.5),
    (5, 4.0),
    (3, 100.0),
];

/// How many plug-ins are added for a long list.
const CROWD: usize = 24;

/// What a plug-in has steps for.
#[derive(Clone, Copy)]
enum Kind {
    Context,
    Instance,
    /// Like plug-ins from before Pyblish 1.1.
    Both,
    Neither,
}

const KINDS: [(usize, Kind); 4] = [
    (25, Kind::Context),
    (60, Kind::Instance),
    (8, Kind::Both),
    (7, Kind::Neither),
];

/// The question of this seed: `scenario`, and where there are any `until`, `targets` and
/// `registered`.
pub fn generate(seed: u64) -> Value {
    let random = &mut Random::new(seed);
    let mut question = Map::new();
    let targets = random.percent(16).then(|| {
        let lists = [
            (1, json!([])),
            (1, json!(["default"])),
            (3, json!(["farm"])),
            (2, json!(["farm", "default"])),
        ];
        random.weighted(&lists).clone()
    });
    // Then plug-ins are for `farm` more often.
    let on_farm = targets.as_ref().is_some_and(|targets| targets[0] == "farm");
    question.insert(
        "scenario".into(),
        json!({ "plugins": plugins(random, on_farm) }),
    );
    question.extend(until(random).map(|until| ("until".into(), until)));
    question.extend(targets.map(|targets| ("targets".into(), targets)));
    if random.percent(18) {
        let lists = [json!(["farm"]), json!(["local", "farm"])];
        question.insert("registered".into(), random.pick(&lists).clone());
    }
    question.into()
}

fn until(random: &mut Random) -> Option<Value> {
    let all = ["collect", "validate", "extract", "integrate"];
    let kinds = [(70, 0), (3, 1), (6, 2), (14, 3), (7, 4)];
    match random.weighted(&kinds) {
        0 => None,
        1 => Some("publish".into()),
        // One stage; without collecting there are no instances, so the others are rarer.
        2 => Some(all[random.below(5) % 4].into()),
        // Up to one stage, each by its own function.
        3 => Some(all[..random.between(2, 4)].into()),
        // With a stage left out.
        _ => {
            let mut stages = all.to_vec();
            stages.remove(random.between(1, 3));
            Some(stages.into())
        }
    }
}

fn plugins(random: &mut Random, on_farm: bool) -> Vec<Value> {
    let counts = [
        (1, 0),
        (2, 1),
        (4, 2),
        (8, 3),
        (12, 4),
        (18, 5),
        (20, 6),
        (19, 7),
        (16, 8),
    ];
    let count = *random.weighted(&counts);
    let names: Vec<String> = (0..count).map(|number| name(random, number)).collect();
    let mut steps = Steps::new(names.clone());
    let mut orders: Vec<f64> = Vec::new();
    let mut plugins = Vec::new();
    for (number, name) in names.into_iter().enumerate() {
        // The first one collects, mostly: without instances little happens.
        let mut plugin = match number == 0 && random.percent(95) {
            true => collector(random, &mut steps, name),
            false => plugin(random, &mut steps, name, &orders),
        };
        if random.percent(if on_farm { 65 } else { 14 }) {
            plugin["targets"] = match number == 0 && random.percent(80) {
                true => json!(["default", "farm"]),
                false => targets(random),
            };
        }
        orders.extend(plugin["order"].as_f64());
        plugins.push(plugin);
    }
    thicken(random, &mut plugins);
    if random.percent(3) {
        crowd(random, &mut plugins, &orders);
    }
    // Shuffled last, because a file may list them in any order.
    if random.percent(70) {
        let order: Vec<usize> = (0..plugins.len()).collect();
        let order = random.some(&order, plugins.len());
        plugins = order.into_iter().map(|&at| plugins[at].clone()).collect();
    }
    plugins
}

/// Adds many plug-ins that do nothing. An unstable sort shows only with more than twenty entries,
/// because Rust sorts shorter lists by insertion.
fn crowd(random: &mut Random, plugins: &mut Vec<Value>, orders: &[f64]) {
    let first = plugins.len();
    for number in first..first + CROWD {
        let name = name(random, number);
        let order = match !orders.is_empty() && random.percent(50) {
            true => *random.pick(orders),
            false => *random.weighted(&ORDERS),
        };
        plugins.push(json!({"name": name, "order": order, "context": []}));
    }
}

fn name(random: &mut Random, number: usize) -> String {
    match random.percent(4) {
        true => format!("Prüfe {number}/☃ names"),
        false => format!("P{number}"),
    }
}

fn collector(random: &mut Random, steps: &mut Steps, name: String) -> Value {
    let order = *random.pick(&[-0.5, -0.25, 0.0, 0.0, 0.0, 0.0]);
    let mut played: Vec<Value> = (0..random.between(2, 4))
        .map(|_| steps.create(random))
        .collect();
    if random.percent(40) {
        played.extend(steps.list(random, false));
    }
    json!({"name": name, "order": order, "context": played})
}

fn plugin(random: &mut Random, steps: &mut Steps, name: String, orders: &[f64]) -> Value {
    let mut fields = Map::new();
    fields.insert("name".into(), name.into());
    let tied = !orders.is_empty() && random.percent(25);
    let order = match tied {
        true => *random.pick(orders),
        false => *random.weighted(&ORDERS),
    };
    // 1 and 1.0 are the same order.
    let whole = order.fract() == 0.0 && random.percent(50);
    fields.insert(
        "order".into(),
        if whole {
            json!(order as i64)
        } else {
            json!(order)
        },
    );
    let kind = *random.weighted(&KINDS);
    let mut algorithm = "intersection";
    if random.percent(60) {
        let words = ["intersection", "subset", "subset", "exact", "exact"];
        algorithm = words[random.below(words.len())];
        fields.insert("match".into(), algorithm.into());
    }
    if random.percent(if let Kind::Context | Kind::Neither = kind {
        30
    } else {
        65
    }) {
        // Random sets are seldom equal.
        let families = match algorithm == "exact" && random.percent(60) {
            true => steps.made(random),
            false => families(random),
        };
        fields.insert("families".into(), families);
    }
    if random.percent(11) {
        let lists = [
            json!(["scenario"]),
            json!(["other", "scenario"]),
            json!(["*"]),
            json!(["other"]),
            json!(["other", "more"]),
        ];
        fields.insert("hosts".into(), random.pick(&lists).clone());
    }
    if random.percent(8) {
        fields.insert("active".into(), random.percent(10).into());
    }
    if let Kind::Context | Kind::Both = kind {
        fields.insert("context".into(), steps.list(random, false).into());
    }
    if let Kind::Instance | Kind::Both = kind {
        fields.insert("instance".into(), steps.list(random, true).into());
    }
    fields.into()
}

fn families(random: &mut Random) -> Value {
    let count = *random.weighted(&[(4, 0), (56, 1), (32, 2), (8, 3)]);
    let mut families = random.some(&["a", "a", "b", "b", "c", "default"], count);
    if random.percent(5) {
        families.push(&"*");
    }
    json!(families)
}

fn targets(random: &mut Random) -> Value {
    let lists = [
        (3, json!(["default"])),
        (4, json!(["farm"])),
        (4, json!(["default", "farm"])),
        (1, json!(["farm", "local"])),
        (1, json!(["*"])),
        (1, json!([])),
    ];
    random.weighted(&lists).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_is_reproducible() {
        for seed in 0..50 {
            assert_eq!(generate(seed).to_string(), generate(seed).to_string());
        }
        let distinct: std::collections::HashSet<String> =
            (0..200).map(|seed| generate(seed).to_string()).collect();
        assert!(distinct.len() > 195, "{}", distinct.len());
    }

    #[test]
    fn plugin_names_are_unique() {
        for seed in 0..200 {
            let question = generate(seed);
            let plugins = question["scenario"]["plugins"].as_array().unwrap();
            let names: std::collections::HashSet<&str> = plugins
                .iter()
                .map(|plugin| plugin["name"].as_str().unwrap())
                .collect();
            assert_eq!(names.len(), plugins.len());
            assert!(plugins.len() <= 8 || (CROWD..=CROWD + 8).contains(&plugins.len()));
        }
    }

    #[test]
    fn counts_and_orders_vary() {
        let mut counts = std::collections::HashSet::new();
        let mut orders = std::collections::HashSet::new();
        for seed in 0..1000 {
            let question = generate(seed);
            let plugins = question["scenario"]["plugins"].as_array().unwrap();
            counts.insert(plugins.len().min(9));
            orders.extend(
                plugins
                    .iter()
                    .map(|plugin| plugin["order"].as_f64().unwrap().to_bits()),
            );
        }
        assert_eq!(counts.len(), 10, "none to eight, and a crowd");
        assert_eq!(orders.len(), ORDERS.len());
    }
}
