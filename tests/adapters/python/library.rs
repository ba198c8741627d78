//! Python's standard library, module by module and function by function: each works, or its error
//! says what to do instead.

use std::process::Command;

use pyblish_endpoint_tests::hosts::python;
use serde_json::json;

use super::place::Place;

/// Errors that a plain Python has, too, on some systems.
const AS_ANYWHERE: &[(&str, &str)] = &[(
    "platform.freedesktop_os_release()",
    "Unable to read files /etc/os-release",
)];

/// The calls of `library.py`, in its order.
fn calls() -> Vec<&'static str> {
    let text = include_str!("library.py");
    let calls = text
        .split_once("CALLS = \"\"\"\n")
        .and_then(|(_, rest)| rest.split_once("\n\"\"\""));
    calls.expect("the calls").0.lines().collect()
}

#[test]
fn standard_library_works_or_advises() {
    let place = Place::with("");
    place.write("plugins/plugins.py", include_str!("library.py"));
    let mut command = Command::new(python());
    command.args(["-I", "-c", include_str!("names.py")]);
    let output = command.output().expect("the tests' Python");
    let names = String::from_utf8(output.stdout).expect("names");
    assert!(output.status.success(), "{names}");
    place.write("work/names.json", &names);
    let session = place.serve();
    let run = session.start(json!({}));
    let ended = pyblish_endpoint_tests::v2::end(&session.server, &session.path, &run);
    assert_eq!(ended["state"], "failed", "{ended}");
    let results = session.results(&run);
    let calls = calls();
    let (mut modules, mut called, mut silent) = (0, 0, Vec::new());
    for (plugin, _, message) in results {
        let what = match plugin.strip_prefix("Call_") {
            Some(number) => {
                called += 1;
                calls[number.parse::<usize>().expect("a number")]
            }
            None if plugin.starts_with("Module_") => {
                modules += 1;
                plugin.as_str()
            }
            None => {
                assert_eq!(message, None, "{plugin}");
                continue;
            }
        };
        let Some(message) = message else { continue };
        println!("{what}: {message}");
        let is_known = AS_ANYWHERE
            .iter()
            .any(|(call, words)| *call == what && message.contains(words));
        // What is in no sandbox, but in any Python.
        let advises = message.contains("sandbox") || message.contains("has no `");
        if !advises && !is_known || message.starts_with("without advice") {
            silent.push(format!("{what}: {message}"));
        }
    }
    assert!(modules > 250, "{modules} modules");
    assert_eq!(called, calls.len());
    assert!(silent.is_empty(), "{silent:#?}");
}
