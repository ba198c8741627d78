//! The bridge, which runs in hosts: its own tests (`components/bridge/tests`, in Python), played by the judge's
//! Python, which has the pyblish-base that is followed. They start real bridges in processes of their own.

use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::hosts::python;

#[test]
fn the_bridge_passes_its_own_tests() {
    let bridge = Path::new(env!("CARGO_MANIFEST_DIR")).join("../components/bridge");
    let output = Command::new(python())
        .args(["-B", "-m", "unittest", "discover", "-s", "tests"])
        .current_dir(bridge)
        .output()
        .expect("the Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{said}");
    // Discovery that finds nothing is no success.
    assert!(!said.contains("Ran 0 tests"), "{said}");
}
