//! Makes a question smaller while it still shows the difference.
//!
//! Only optional parts of a scenario are removed, so that each smaller one is valid: a plug-in
//! keeps its name and order, a step its action. Parts are removed one at a time, large ones first,
//! until no more can be removed.

use serde_json::Value;

/// The optional keys of a step.
const OPTIONAL: [&str; 5] = ["when", "unless", "data", "children", "on"];

/// The smallest question found that still `differs` like `question`. Asks at most `budget` times.
pub fn shrink(question: &Value, budget: usize, mut differs: impl FnMut(&Value) -> bool) -> Value {
    let mut smallest = question.clone();
    let mut left = budget;
    loop {
        let mut changed = false;
        let mut at = 0;
        while let Some(path) = removable(&smallest).get(at) {
            if left == 0 {
                return smallest;
            }
            left -= 1;
            let smaller = without(&smallest, path);
            if differs(&smaller) {
                // The next part has moved to this place.
                smallest = smaller;
                changed = true;
            } else {
                at += 1;
            }
        }
        // Parts that could not be removed at first may be removable now.
        if !changed {
            return smallest;
        }
    }
}

type Path = Vec<String>;

/// The paths of removable parts, large ones first.
fn removable(question: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    walk(question, &mut Vec::new(), &mut paths);
    paths.sort_by_key(Vec::len);
    paths
}

fn walk(value: &Value, path: &mut Path, paths: &mut Vec<Path>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, v)| (key.clone(), v)).collect(),
        // From the end, because later parts depend on earlier ones.
        Value::Array(items) => {
            let numbered = items.iter().enumerate().rev();
            numbered.map(|(at, item)| (at.to_string(), item)).collect()
        }
        _ => return,
    };
    // An empty list of stages would mean a publish.
    let kept_whole = *path == ["until"] && children.len() == 1;
    for (key, child) in children {
        path.push(key);
        if is_optional(path) && !kept_whole {
            paths.push(path.clone());
        }
        walk(child, path, paths);
        path.pop();
    }
}

fn is_optional(path: &[String]) -> bool {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    match words[..] {
        // A host cannot be without its own name.
        ["scenario"] | ["scenario", "plugins"] | ["hosts", ..] => false,
        ["scenario", "plugins", _, field] => !["name", "order"].contains(&field),
        ["scenario", "plugins", _, "context" | "instance", _, field] => OPTIONAL.contains(&field),
        _ => true,
    }
}

/// The question without the part at the path.
fn without(question: &Value, path: &[String]) -> Value {
    let mut smaller = question.clone();
    let removed = remove(&mut smaller, path);
    if let [_, list, _] = path
        && list == "plugins"
        && let Some(name) = removed.as_ref().and_then(|plugin| plugin["name"].as_str())
    {
        forget(&mut smaller, name);
    }
    smaller
}

fn remove(value: &mut Value, path: &[String]) -> Option<Value> {
    let (key, rest) = path.split_first()?;
    match (value, rest) {
        (Value::Object(fields), []) => fields.shift_remove(key),
        (Value::Object(fields), rest) => remove(fields.get_mut(key)?, rest),
        (Value::Array(items), rest) => {
            let at: usize = key.parse().ok()?;
            match rest {
                _ if at >= items.len() => None,
                [] => Some(items.remove(at)),
                rest => remove(&mut items[at], rest),
            }
        }
        _ => None,
    }
}

/// Removes steps that name a removed plug-in, because they would be invalid.
fn forget(question: &mut Value, name: &str) {
    let Some(plugins) = question["scenario"]["plugins"].as_array_mut() else {
        return;
    };
    if plugins.iter().any(|plugin| plugin["name"] == name) {
        return;
    }
    for plugin in plugins {
        for list in ["context", "instance"] {
            if let Some(Value::Array(steps)) = plugin.get_mut(list) {
                steps.retain(|step| step.get("activate").is_none_or(|named| named != name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::generate::generate;
    use super::*;

    fn steps(question: &Value) -> impl Iterator<Item = &Value> {
        let plugins = question["scenario"]["plugins"].as_array().unwrap();
        let lists = ["context", "instance"];
        let of = move |plugin: &'static str| plugins.iter().filter_map(move |p| p.get(plugin));
        lists
            .into_iter()
            .flat_map(of)
            .flat_map(|list| list.as_array().unwrap())
    }

    #[test]
    fn irrelevant_parts_are_removed() {
        let fails = |question: &Value| steps(question).any(|step| step.get("fail").is_some());
        let seed = (0..).find(|seed| fails(&generate(*seed))).unwrap();
        let smallest = shrink(&generate(seed), 10_000, fails);
        let plugins = smallest["scenario"]["plugins"].as_array().unwrap();
        assert_eq!(plugins.len(), 1);
        let [step] = steps(&smallest).collect::<Vec<_>>()[..] else {
            panic!("{smallest}")
        };
        assert_eq!(step.as_object().unwrap().len(), 1);
        assert_eq!(smallest.as_object().unwrap().len(), 1);
        assert_eq!(plugins[0].as_object().unwrap().len(), 3);
    }

    #[test]
    fn joint_causes_are_kept() {
        let needs = |question: &Value| {
            let text = question.to_string();
            text.contains("\"create\"") && text.contains("\"families\":[\"a\",\"b\"]")
        };
        let question = json!({"until": ["collect", "validate"], "scenario": {"plugins": [
            {"name": "P", "order": 0, "context": [{"create": "x", "data": {"k": 1}}, {"create": "y"}]},
            {"name": "Q", "order": 1, "families": ["a", "b"], "targets": ["t"], "instance": []},
        ]}});
        let smallest = shrink(&question, 1000, needs);
        assert_eq!(
            smallest,
            json!({"scenario": {"plugins": [
                {"name": "P", "order": 0, "context": [{"create": "x"}]},
                {"name": "Q", "order": 1, "families": ["a", "b"]},
            ]}})
        );
    }

    #[test]
    fn plugin_goes_with_its_steps() {
        let question = json!({"scenario": {"plugins": [
            {"name": "P", "order": 0, "context": [{"activate": "Q", "active": false}, {"fail": "f"}]},
            {"name": "Q", "order": 1, "context": []},
        ]}});
        let right = |question: &Value| {
            let text = question.to_string();
            text.contains("fail")
                && text.contains("\"activate\":\"Q\"") == text.contains("\"name\":\"Q\"")
        };
        assert_eq!(
            shrink(&question, 100, right),
            json!({"scenario": {"plugins": [{"name": "P", "order": 0, "context": [{"fail": "f"}]}]}})
        );
    }

    #[test]
    fn attempts_are_capped() {
        let mut asked = 0;
        let question = generate(3);
        let same = shrink(&question, 5, |_| {
            asked += 1;
            false
        });
        assert_eq!((asked, same), (5, question));
    }
}
