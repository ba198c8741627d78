//! The Python of the adapter and of the template for adapters, outside of the sandbox: their own
//! tests, in the Python that makes the component.

use std::path::Path;
use std::process::Command;

use pyblish_endpoint_tests::python;

#[track_caller]
fn passes(folder: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(python("componentize-python"))
        .args(["-B", "-m", "unittest", "discover", "-v", "-s", folder])
        .current_dir(root)
        .output()
        .expect("the Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{said}");
    // Finding no test is a failure.
    assert!(!said.contains("Ran 0 tests"), "{said}");
}

#[test]
fn own_tests_pass() {
    passes("components/pyplugins/tests");
}

#[test]
fn template_library_tests_pass() {
    passes("tests/data/sdk_python");
}
