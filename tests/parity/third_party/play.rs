//! Plays a set of plug-ins in plain Pyblish, which reports each step, and repeats the steps over
//! HTTP.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::hosts::{Host, Place, Session, python};
use serde_json::{Value, json};

use super::sets::{self, Set};

/// Where plug-ins run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    /// In a plain Python with the bridge in it.
    Host,
    /// The adapter `pyplugins`.
    Sandbox,
}

/// A step whose result differs from plain Pyblish.
pub struct Differs {
    /// The plug-in, or the plug-in's action, or the test: the end of its name.
    pub what: &'static str,
    /// A part of its message; empty if it succeeds.
    pub comes_to: &'static str,
}

/// Plays the set this way. Each step must have the same result as in plain Pyblish, except for
/// those that are listed.
#[track_caller]
pub fn came_to_the_same(set: &Set, way: Way, differing: &[Differs]) {
    let place = set.place();
    let judged = judge(&place);
    let steps = judged["steps"].as_array().expect("steps");
    let (_host, session) = match way {
        Way::Host => {
            // Pyblish writes failures to stderr, too.
            let log = File::create(place.path("host.log")).expect("a log");
            let mut command = place.python_command();
            command.stderr(log);
            (Some(Host::start(command)), place.serve())
        }
        Way::Sandbox => (None, place.serve_sandbox()),
    };
    let mut differs = Vec::new();
    for (step, came) in steps
        .iter()
        .zip(played(&session, &judged["plugins"], steps))
    {
        let (expected, came) = (plain(step, &place), plain(&came, &place));
        if expected != came {
            differs.push((named(step), expected, came));
        }
    }
    let listed = |(name, _, came): &&(String, Value, Value)| {
        let error = came["error"].as_str().unwrap_or_default();
        differing.iter().any(|known| {
            name.ends_with(known.what)
                && error.contains(known.comes_to)
                && error.is_empty() == known.comes_to.is_empty()
        })
    };
    let (known, unknown): (Vec<_>, Vec<_>) = differs.iter().partition(listed);
    assert!(
        unknown.is_empty(),
        "{} of {}: {unknown:#?}",
        unknown.len(),
        steps.len()
    );
    let names: Vec<&str> = known.iter().map(|(name, ..)| name.as_str()).collect();
    for Differs { what, .. } in differing {
        let found = names.iter().any(|name| name.ends_with(what));
        assert!(found, "{what} is listed and comes to the same");
    }
}

/// The steps of plain Pyblish with these plug-ins.
fn judge(place: &Place) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("parity/third_party/judge.py");
    let mut command = Command::new(python());
    command.args(["-I", "-B"]).arg(file);
    command.arg(place.path("plugins"));
    let output = place.command(command).output().expect("the judge");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("what it did")
}

/// The results of the same steps: those of the publish in a run, the others one by one.
/// Other plug-ins of the host are left out.
fn played(session: &Session, plugins: &Value, steps: &[Value]) -> Vec<Value> {
    session.run(json!({}));
    let plugins = plugins.as_array().expect("plug-ins");
    let results = session.get("/results?limit=10000");
    let results = results["items"].as_array().expect("results").iter();
    let of_these = results.filter(|result| plugins.contains(&result["plugin"]));
    let came: Vec<Value> = of_these.cloned().collect();
    let published = steps.iter().filter(|step| step["does"] == "publish");
    let pairs = |steps: &[&Value]| -> Vec<[Value; 2]> {
        let steps = steps.iter().filter(|step| !is_pyblishs_own(step));
        steps.map(|step| pair(step)).collect()
    };
    assert_eq!(
        pairs(&came.iter().collect::<Vec<_>>()),
        pairs(&published.clone().collect::<Vec<_>>()),
        "the run has other steps"
    );
    let mut came: Vec<Value> = published
        .map(|step| {
            let found = came.iter().find(|came| pair(came) == pair(step));
            found
                .unwrap_or_else(|| panic!("no {}", named(step)))
                .clone()
        })
        .collect();
    let instances = session.get("/instances?limit=10000");
    for step in &steps[came.len()..] {
        let plugin = step["plugin"].as_str().expect("a plug-in");
        let mut request = json!({"pluginId": session.plugin(plugin)});
        if let Some(name) = step["instance"].as_str() {
            let mut all = instances["items"].as_array().expect("instances").iter();
            let found = all.find(|instance| instance["name"] == name);
            request["instanceId"] = found.unwrap_or_else(|| panic!("no {name}"))["id"].clone();
        }
        let path = match step["does"].as_str().expect("what it does") {
            "action" => {
                request["actionId"] = action(session, plugin, &step["action"]);
                "/actions"
            }
            "repair" => "/repair",
            _ => "/process",
        };
        let answer = session.post(path, &request);
        // Pyblish does nothing for a repair that a plug-in does not have, and calls it a success.
        if answer.status == 409 && answer.body["code"] == "no-repair" {
            let nothing = step["error"].is_null() && step["records"] == json!([]);
            assert!(nothing, "a repair was refused that did something: {step:#}");
            came.push(step.clone());
            continue;
        }
        came.push(answer.ok());
    }
    came
}

fn pair(step: &Value) -> [Value; 2] {
    [step["plugin"].clone(), step["instance"].clone()]
}

/// Its collectors have one order, so the file system decides which comes first.
fn is_pyblishs_own(step: &Value) -> bool {
    let plugin = step["plugin"].as_str().unwrap_or_default();
    plugin.starts_with("CollectCurrent")
}

/// The id of the plug-in's action with this label.
fn action(session: &Session, plugin: &str, label: &Value) -> Value {
    let plugins = session.get("/plugins");
    let mut all = plugins["items"].as_array().expect("plug-ins").iter();
    let plugin = all
        .find(|known| known["name"] == plugin)
        .expect("it is there");
    let mut actions = plugin["actions"].as_array().expect("actions").iter();
    let found = actions.find(|action| &action["label"] == label);
    found.unwrap_or_else(|| panic!("no {label} in {plugin}"))["id"].clone()
}

/// The name of a step: what it does with which plug-in and instance.
fn named(step: &Value) -> String {
    let word = |key: &str| step[key].as_str().map(|text| format!(" {text}"));
    let words = ["does", "plugin", "action", "instance"].map(|key| word(key).unwrap_or_default());
    words.concat().trim().to_owned()
}

/// The result of a step without parts that always differ: locations, addresses in memory, random
/// ids. Blank lines after a message are removed, and an error without a message gets its name.
fn plain(step: &Value, place: &Place) -> Value {
    let text = |text: &str| {
        let text = text.replace(&place.path("plugins").display().to_string(), "/plugins");
        let text = text.replace(&sets::pyblish().display().to_string(), "/2");
        // Some Pythons underline the error in a line, each in its own way.
        let lines = text.split_inclusive('\n');
        let lines = lines.filter(|line| {
            line.trim().is_empty() || !line.trim_matches(['^', '~', ' ', '\n']).is_empty()
        });
        let text: String = lines.collect();
        let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let words = words.map(|word| if is_made_by_chance(word) { "…" } else { word });
        words.collect::<String>().trim_end().to_owned()
    };
    let error = step["error"]["message"].as_str().or(step["error"].as_str());
    let error = error.map(|error| match error.strip_suffix(", without a message") {
        Some(_) => String::new(),
        None => text(error),
    });
    let records = step["records"].as_array().expect("records").iter();
    // Printed lines are records, too; Pyblish itself has none for them.
    let is_printed = |logger: &Value| logger == "stdout" || logger == "stderr";
    let records = records.filter(|record| !record.get("logger").is_some_and(is_printed));
    let records = records.map(|record| {
        let (level, message) = match record.get("message") {
            Some(message) => (&record["level"], message),
            None => (&record[0], &record[1]),
        };
        (level, text(message.as_str().expect("a message")))
    });
    // Pyblish's debug log about other files in its own folder is not from the plug-ins.
    let records = records.filter(|(level, text)| **level != 10 || !text.starts_with("Skipped: "));
    json!({
        "plugin": step["plugin"],
        "instance": step["instance"],
        "error": error,
        "records": records.collect::<Vec<_>>(),
    })
}

/// Whether a word is an address, `0x7f…`, or a UUID.
fn is_made_by_chance(word: &str) -> bool {
    let word = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
    match word.strip_prefix("0x") {
        Some(address) => address.len() == digits - 1,
        None => word.len() == 36 && digits == 32,
    }
}
