//! The bridge, which runs in hosts: its own tests in Python (`bridge/tests`) run in the parity
//! Python, which has pyblish-base 1.8.12. They start real bridges in processes of their own.

use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::hosts::{bridge, python};

#[test]
fn python_tests_pass() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bridge");
    let output = Command::new(python())
        .args(["-B", "-m", "unittest", "discover", "-v", "-s", "tests"])
        .env("BRIDGE_TEST_FILE", bridge())
        .current_dir(source)
        .output()
        .expect("the Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{said}");
    // Finding no test is a failure.
    assert!(!said.contains("Ran 0 tests"), "{said}");
}
