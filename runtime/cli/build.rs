//! Tells the program what `--version` says and only the build knows: the target, and the version of
//! wasmtime. The commit comes from whoever makes a release, as `PYBLISH_ENDPOINT_COMMIT`: a build in
//! a working copy may have changes that no commit has.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = env::var("TARGET").expect("cargo sets TARGET");
    println!("cargo::rustc-env=PYBLISH_ENDPOINT_TARGET={target}");
    let lock = Path::new("../../Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    let text = fs::read_to_string(lock).unwrap_or_default();
    match version(&text, "wasmtime") {
        Some(version) => println!("cargo::rustc-env=PYBLISH_ENDPOINT_WASMTIME={version}"),
        None => println!("cargo::error=no version of wasmtime in {}", lock.display()),
    }
    // Where the frameworks of macOS are, for a build on another system.
    println!("cargo::rerun-if-env-changed={FRAMEWORKS}");
    if let Ok(folder) = env::var(FRAMEWORKS)
        && target.ends_with("-apple-darwin")
    {
        println!("cargo::rustc-link-search=framework={folder}");
    }
}

const FRAMEWORKS: &str = "PYBLISH_ENDPOINT_FRAMEWORKS";

/// The version of a package in a lock file.
fn version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let start = format!("name = \"{package}\"\nversion = \"");
    let (_, rest) = lock.split_once(&start)?;
    rest.split('"').next()
}
