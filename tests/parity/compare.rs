//! Compares the runtime's answer with Pyblish's, and names the first difference.
//!
//! Values are compared as JSON: 1 is 1.0, the order of an object's keys does not matter, true is
//! not 1. Of an object of Python, `{"$": CLASS}`, only the key is compared. Parts that the README
//! lists as not compared are removed from both answers first.

use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Same,
    /// Pyblish gave up during the run, for this reason.
    Skipped(String),
    /// The judge refuses the question, which is invalid.
    Refused(String),
    /// The judge could play the question, but the runtime could not.
    Unplayed(String),
    /// The first difference.
    Different(String),
}

/// Compares two answers in `driver.py`'s form.
pub fn compare(judge: &Value, runtime: &Value) -> Verdict {
    if let Some(error) = text(judge, "error") {
        return Verdict::Refused(error);
    }
    if let Some(raised) = text(judge, "raised") {
        return Verdict::Skipped(raised);
    }
    if let Some(error) = text(runtime, "error").or_else(|| text(runtime, "raised")) {
        return Verdict::Unplayed(error);
    }
    let difference = pairs(judge, runtime)
        .and_then(|()| stopped(judge, runtime))
        .and_then(|()| {
            let of = |answer: &Value| fields(answer.get("context"));
            data("the context's data", &of(judge), &of(runtime))
        })
        .and_then(|()| instances(judge, runtime));
    match difference {
        Ok(()) => Verdict::Same,
        Err(words) => Verdict::Different(words),
    }
}

type Difference = Result<(), String>;

fn pairs(judge: &Value, runtime: &Value) -> Difference {
    let (judge, runtime) = (ran(judge), ran(runtime));
    let nothing = || "no more pairs".to_owned();
    for at in 0..judge.len().max(runtime.len()) {
        let (one, other) = (judge.get(at), runtime.get(at));
        if one != other {
            let said = |pair: Option<&&Value>| pair.map_or_else(nothing, |pair| in_words(pair));
            return Err(format!(
                "pair {}: Pyblish has {}; the runtime has {}",
                at + 1,
                said(one),
                said(other),
            ));
        }
    }
    Ok(())
}

/// The pairs of an answer, without those whose instance was gone.
fn ran(answer: &Value) -> Vec<&Value> {
    let gone = list(answer, "gone");
    let is_gone = |at: usize| gone.iter().any(|number| number.as_u64() == Some(at as u64));
    let pairs = list(answer, "pairs").iter().enumerate();
    pairs
        .filter(|(at, _)| !is_gone(*at))
        .map(|(_, pair)| pair)
        .collect()
}

fn in_words(pair: &Value) -> String {
    let plugin = pair[0].as_str().unwrap_or("?");
    let on = match pair[1].as_str() {
        Some(instance) => format!("{plugin} on {instance}"),
        None => plugin.to_owned(),
    };
    match (pair[2].as_bool(), &pair[3]) {
        (Some(true), Value::Null) => format!("{on}, which succeeds"),
        (Some(false), message) => format!("{on}, which fails with {message}"),
        _ => format!("{on}, which is {pair}"),
    }
}

fn stopped(judge: &Value, runtime: &Value) -> Difference {
    // A host with a studio's own test stops a run in another way, and does not say it here.
    if runtime.get("stopped").is_none() {
        return Ok(());
    }
    match (text(judge, "stopped"), text(runtime, "stopped")) {
        (one, other) if one == other => Ok(()),
        (one, other) => {
            let said = |reason: Option<String>| match reason {
                Some(reason) => format!("is stopped by {reason:?}"),
                None => "is not stopped".into(),
            };
            Err(format!(
                "Pyblish {}; the runtime {}",
                said(one),
                said(other)
            ))
        }
    }
}

fn instances(judge: &Value, runtime: &Value) -> Difference {
    let (judge, runtime) = (list(judge, "instances"), list(runtime, "instances"));
    let names = |instances: &[Value]| -> Vec<String> {
        let names = instances.iter().map(|instance| instance[0].as_str());
        names.map(|name| name.unwrap_or("?").to_owned()).collect()
    };
    let (one, other) = (names(judge), names(runtime));
    if one != other {
        return Err(format!(
            "the instances at the end: Pyblish has {one:?}; the runtime has {other:?}"
        ));
    }
    for (at, name) in one.iter().enumerate() {
        let of = |instances: &[Value]| {
            let mut data = fields(instances.get(at).and_then(|instance| instance.get(1)));
            // Pyblish adds it itself.
            if data.get("name").and_then(Value::as_str) == Some(name) {
                data.shift_remove("name");
            }
            data
        };
        let place = format!("the data of instance {}, {name}", at + 1);
        data(&place, &of(judge), &of(runtime))?;
    }
    Ok(())
}

fn data(place: &str, judge: &Map<String, Value>, runtime: &Map<String, Value>) -> Difference {
    let said = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
    for key in judge.keys().chain(runtime.keys()) {
        let (one, other) = (judge.get(key), runtime.get(key));
        let equal = one.zip(other).is_some_and(|(one, other)| same(one, other));
        if !equal {
            let (one, other) = (said(one), said(other));
            return Err(format!(
                "{place}: {key:?} is {one} in Pyblish, {other} in the runtime"
            ));
        }
    }
    Ok(())
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), _) if one.contains_key("$") => true,
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64() && one.is_f64() != other.is_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let within = |(key, one)| other.get(key).is_some_and(|other| same(one, other));
            one.len() == other.len() && one.iter().all(within)
        }
        _ => one == other,
    }
}

fn text(answer: &Value, key: &str) -> Option<String> {
    match answer.get(key)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn list<'a>(answer: &'a Value, key: &str) -> &'a [Value] {
    answer
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn fields(value: Option<&Value>) -> Map<String, Value> {
    value
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        json!({
            "pairs": [["C", null, true, null], ["V", "x", false, "no"], ["V", "y", true, null]],
            "gone": [], "context": {"k": 1}, "instances": [["x", {"family": "a"}], ["y", {}]],
            "stopped": "failed validation", "raised": null,
        })
    }

    /// The difference if the runtime's answer has this value at the pointer.
    fn differ(pointer: &str, value: Value) -> String {
        let mut runtime = answer();
        *runtime.pointer_mut(pointer).unwrap() = value;
        match compare(&answer(), &runtime) {
            Verdict::Different(words) => words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn equal_answers_agree() {
        assert_eq!(compare(&answer(), &answer()), Verdict::Same);
    }

    #[test]
    fn values_compare_as_json() {
        let mut runtime = answer();
        runtime["context"] = json!({"k": 1.0});
        runtime["instances"] = json!([["x", {"name": "x", "family": "a"}], ["y", {}]]);
        assert_eq!(compare(&answer(), &runtime), Verdict::Same);
        let words = differ("/context/k", json!(true));
        assert_eq!(
            words,
            "the context's data: \"k\" is 1 in Pyblish, true in the runtime"
        );
    }

    #[test]
    fn first_difference_is_named() {
        assert_eq!(
            differ("/pairs/1/1", json!("y")),
            "pair 2: Pyblish has V on x, which fails with \"no\"; \
             the runtime has V on y, which fails with \"no\""
        );
        assert_eq!(
            differ("/pairs", json!([["C", null, true, null]])),
            "pair 2: Pyblish has V on x, which fails with \"no\"; the runtime has no more pairs"
        );
        assert_eq!(
            differ("/stopped", Value::Null),
            "Pyblish is stopped by \"failed validation\"; the runtime is not stopped"
        );
        assert_eq!(
            differ("/instances", json!([])),
            "the instances at the end: Pyblish has [\"x\", \"y\"]; the runtime has []"
        );
        assert_eq!(
            differ("/instances/0/1", json!({"family": "a", "m": null})),
            "the data of instance 1, x: \"m\" is nothing in Pyblish, null in the runtime"
        );
    }

    #[test]
    fn removed_instances_do_not_count() {
        let mut judge = answer();
        judge["pairs"] = json!([
            ["C", null, true, null],
            ["V", "x", false, "no"],
            ["V", "z", true, null],
            ["V", "y", true, null],
        ]);
        judge["gone"] = json!([2]);
        assert_eq!(compare(&judge, &answer()), Verdict::Same);
    }

    #[test]
    fn skipped_is_not_compared() {
        let mut judge = answer();
        judge["raised"] = json!("TypeError: no");
        assert_eq!(
            compare(&judge, &json!({})),
            Verdict::Skipped("TypeError: no".into())
        );
        let error = json!({"error": "wrong"});
        assert_eq!(compare(&error, &answer()), Verdict::Refused("wrong".into()));
        assert_eq!(
            compare(&answer(), &error),
            Verdict::Unplayed("wrong".into())
        );
    }
}
