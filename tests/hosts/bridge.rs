//! The bridge, which runs in hosts: its own tests in Python (`bridge/tests`) run in the parity
//! Python, which has pyblish-base 1.8.12. They start real bridges in processes of their own.

use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::hosts::{bridge, python};

#[test]
fn python_tests_pass() {
    run_unittest(&["discover", "-v", "-s", "tests"], &[]);
}

/// The judge of random mutations, which `python_tests_pass` only plays some hundreds of.
#[test]
#[ignore = "takes a minute: cargo xtask test -- --test hosts random_mutations -- --ignored"]
fn random_mutations_are_told() {
    run_unittest(
        &["discover", "-v", "-s", "tests", "-p", "test_mutations.py"],
        &[("BRIDGE_TEST_MUTATIONS", "20000")],
    );
}

fn run_unittest(arguments: &[&str], environment: &[(&str, &str)]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bridge");
    let output = Command::new(python())
        .args(["-B", "-m", "unittest"])
        .args(arguments)
        .env("BRIDGE_TEST_FILE", bridge())
        .envs(environment.iter().copied())
        .current_dir(source)
        .output()
        .expect("the Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{said}");
    // Finding no test is a failure.
    assert!(!said.contains("Ran 0 tests"), "{said}");
}
