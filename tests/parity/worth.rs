//! The worth of generated scenarios: in how many of them each rule matters.
//!
//! A rule is neutralised in the question (for example, no instance is switched off any more), and
//! Pyblish is asked again. If the answer differs, the rule mattered, and the comparison would find
//! a runtime without it.

use serde_json::{Map, Value, json};

use super::generate::generate;
use super::python::Judge;

type Neutralise = fn(&mut Value);

/// Of a question and its answer.
type Sight = fn(&Value, &Value) -> bool;

/// Each rule, and a change after which the question does not depend on it.
const RULES: &[(&str, Neutralise)] = &[
    ("publish false skips", |q| {
        data(q, |d| replace(d, "publish", |v| v == false, json!(true)))
    }),
    ("0 and null do not skip", |q| {
        data(q, |d| {
            replace(d, "publish", |v| v == 0 || v.is_null(), json!(false))
        });
    }),
    ("publish is set in mid-run", |q| {
        steps(q, |s| never_set(s, &["publish"]))
    }),
    ("activate off", |q| {
        without_steps(q, |s| s["active"] == false)
    }),
    ("activate on", |q| without_steps(q, |s| s["active"] == true)),
    ("inactive", |q| {
        plugins(q, |p| drop(p.shift_remove("active")))
    }),
    ("intersection matches", |q| {
        matching(q, "intersection", "never")
    }),
    ("intersection refuses", |q| matching(q, "intersection", "*")),
    ("subset matches", |q| matching(q, "subset", "never")),
    ("subset refuses", |q| matching(q, "subset", "*")),
    ("subset is no intersection", |q| {
        algorithm(q, "subset", "intersection")
    }),
    ("subset is not exact", |q| algorithm(q, "subset", "exact")),
    ("exact matches", |q| matching(q, "exact", "never")),
    ("exact refuses", |q| matching(q, "exact", "*")),
    ("exact is no subset", |q| algorithm(q, "exact", "subset")),
    ("exact is no intersection", |q| {
        algorithm(q, "exact", "intersection")
    }),
    ("families besides family", |q| {
        data(q, |d| drop(d.shift_remove("families")))
    }),
    ("family besides families", |q| {
        data(q, |d| drop(d.insert("family".into(), json!(""))))
    }),
    ("family changes in mid-run", |q| {
        steps(q, |s| never_set(s, &["family", "families"]))
    }),
    ("targets of plug-ins", |q| {
        plugins(q, |p| drop(p.shift_remove("targets")))
    }),
    ("targets of the run", |q| {
        drop(q.as_object_mut().and_then(|q| q.shift_remove("targets")))
    }),
    ("registered targets", |q| {
        drop(q.as_object_mut().and_then(|q| q.shift_remove("registered")))
    }),
    ("hosts", |q| plugins(q, |p| drop(p.shift_remove("hosts")))),
    ("until", |q| {
        drop(q.as_object_mut().and_then(|q| q.shift_remove("until")))
    }),
    ("removal", |q| {
        without_steps(q, |s| s.get("remove").is_some())
    }),
    ("conditions", |q| {
        steps(q, |s| {
            s.shift_remove("when");
            s.shift_remove("unless");
        });
    }),
    ("failure", |q| without_steps(q, |s| s.get("fail").is_some())),
    ("ties keep the file's order", |q| {
        if let Some(Value::Array(plugins)) = q.pointer_mut("/scenario/plugins") {
            plugins.reverse();
        }
    }),
    ("below -0.5 after collectors", |q| {
        orders(q, |order| if order < -0.5 { -0.5 } else { order })
    }),
    ("3.5 and more", |q| {
        orders(q, |order| if order >= 3.5 { 2.99 } else { order })
    }),
    ("halves belong to the stage above", |q| {
        orders(q, |order| {
            if order.rem_euclid(1.0) == 0.5 {
                order - 0.01
            } else {
                order
            }
        });
    }),
    ("both is for instances", |q| {
        plugins(q, |p| {
            if p.contains_key("context") {
                p.shift_remove("instance");
            }
        });
    }),
];

/// Properties of a single answer.
const SIGHTS: &[(&str, Sight)] = &[
    ("stopped", |_, a| !a["stopped"].is_null()),
    ("raised", |_, a| !a["raised"].is_null()),
    ("runs on what is gone", |_, a| a["gone"] != json!([])),
    ("made after collection, and run on", late),
    ("failed, yet not stopped", |_, a| {
        a["stopped"].is_null() && pairs(a).any(|pair| pair[2] == false)
    }),
    ("five pairs or more", |_, a| pairs(a).count() >= 5),
];

/// In how many of these scenarios each rule matters, or each property holds.
///
/// # Errors
/// The judge's own.
pub fn worth(
    seeds: std::ops::Range<u64>,
    judge: &mut Judge,
) -> Result<Vec<(&'static str, usize)>, String> {
    let names = RULES
        .iter()
        .map(|rule| rule.0)
        .chain(SIGHTS.iter().map(|sight| sight.0));
    let mut counts: Vec<(&str, usize)> = names.map(|name| (name, 0)).collect();
    for seed in seeds {
        let question = generate(seed);
        let answer = judge.ask(&question)?;
        if let Some(error) = answer.get("error") {
            return Err(format!("seed {seed}: {error}\n{question}"));
        }
        for (count, (_, neutralise)) in counts.iter_mut().zip(RULES) {
            let mut other = question.clone();
            neutralise(&mut other);
            let changed = other != question && outcome(&judge.ask(&other)?) != outcome(&answer);
            count.1 += usize::from(changed);
        }
        for (count, (_, seen)) in counts.iter_mut().skip(RULES.len()).zip(SIGHTS) {
            count.1 += usize::from(seen(&question, &answer));
        }
    }
    Ok(counts)
}

/// The pairs of an answer. The data is left out, because it changes with nearly everything.
fn outcome(answer: &Value) -> (&Value, &Value) {
    (&answer["pairs"], &answer["stopped"])
}

fn pairs(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["pairs"].as_array().into_iter().flatten()
}

/// Whether a plug-in ran on an instance whose name only steps after collection make.
fn late(question: &Value, answer: &Value) -> bool {
    let mut names: (Vec<&Value>, Vec<&Value>) = Default::default();
    let plugins = question["scenario"]["plugins"]
        .as_array()
        .into_iter()
        .flatten();
    for plugin in plugins {
        let collects = plugin["order"]
            .as_f64()
            .is_some_and(|order| (-0.5..0.5).contains(&order));
        let made = if collects { &mut names.0 } else { &mut names.1 };
        for list in [&plugin["context"], &plugin["instance"]] {
            let steps = list.as_array().into_iter().flatten();
            made.extend(steps.filter_map(|step| step.get("create")));
        }
    }
    names.1.retain(|name| !names.0.contains(name));
    pairs(answer).any(|pair| names.1.contains(&&pair[1]))
}

fn plugins(question: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    let plugins = question
        .pointer_mut("/scenario/plugins")
        .and_then(Value::as_array_mut);
    for plugin in plugins.into_iter().flatten() {
        if let Value::Object(plugin) = plugin {
            change(plugin);
        }
    }
}

fn lists(question: &mut Value, mut change: impl FnMut(&mut Vec<Value>)) {
    plugins(question, |plugin| {
        for list in ["context", "instance"] {
            if let Some(Value::Array(steps)) = plugin.get_mut(list) {
                change(steps);
            }
        }
    });
}

fn steps(question: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    lists(question, |steps| {
        steps
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .for_each(&mut change);
    });
}

fn without_steps(question: &mut Value, leave_out: fn(&Value) -> bool) {
    lists(question, |steps| steps.retain(|step| !leave_out(step)));
}

/// Changes what instances are made with, and what is set.
fn data(question: &mut Value, change: impl Fn(&mut Map<String, Value>)) {
    steps(question, |step| {
        for key in ["data", "set"] {
            if let Some(Value::Object(data)) = step.get_mut(key) {
                change(data);
            }
        }
    });
}

fn replace(data: &mut Map<String, Value>, key: &str, which: fn(&Value) -> bool, with: Value) {
    if let Some(value) = data.get_mut(key).filter(|value| which(value)) {
        *value = with;
    }
}

/// Sets nothing at these keys.
fn never_set(step: &mut Map<String, Value>, keys: &[&str]) {
    if let Some(Value::Object(set)) = step.get_mut("set") {
        set.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

fn has_algorithm(plugin: &Map<String, Value>, word: &str) -> bool {
    let own = plugin.get("match").and_then(Value::as_str);
    own.unwrap_or("intersection") == word
}

/// Gives all plug-ins of this algorithm one family; their targets stay what they are.
fn matching(question: &mut Value, word: &str, family: &str) {
    plugins(question, |plugin| {
        let named = plugin
            .get("families")
            .is_some_and(|families| *families != json!(["*"]));
        if has_algorithm(plugin, word) && named {
            plugin.insert("families".into(), json!([family]));
        }
    });
}

fn algorithm(question: &mut Value, word: &str, other: &str) {
    plugins(question, |plugin| {
        if has_algorithm(plugin, word) {
            plugin.insert("match".into(), other.into());
        }
    });
}

fn orders(question: &mut Value, change: fn(f64) -> f64) {
    plugins(question, |plugin| {
        if let Some(order) = plugin.get("order").and_then(Value::as_f64)
            && change(order) != order
        {
            plugin.insert("order".into(), change(order).into());
        }
    });
}
