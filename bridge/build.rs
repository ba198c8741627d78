//! Makes the one file of the bridge, which `src/lib.rs` embeds.

use std::path::Path;
use std::{env, fs};

#[path = "src/bundle.rs"]
mod bundle;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/bundle.rs");
    // Relative to this crate, where cargo runs this: two clones may share a target folder.
    let folder = Path::new("pyblish_endpoint_bridge");
    let bundle = match bundle::bundle(folder) {
        Ok(bundle) => bundle,
        Err(error) => {
            // Also after an error: cargo runs this again when one of the files changes.
            println!("cargo::rerun-if-changed={}", folder.display());
            println!("cargo::error={error}");
            return;
        }
    };
    // Each file, not the folder: Python writes its cache there. A new module is noticed, because
    // one of these files must import it.
    for file in &bundle.files {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let to = Path::new(&out).join("pyblish_endpoint_bridge.py");
    if let Err(error) = fs::write(&to, bundle.text) {
        println!("cargo::error=cannot write {}: {error}", to.display());
    }
}
