//! The adapter that contains a Python: componentize-py builds it from the Python files in
//! `components/pyplugins`, the modules of the bridge, and pyblish-base.
//!
//! Policy: it takes twenty seconds, so it is only built when one of its inputs has changed. Unlike
//! the other adapters it needs a Python and PyPI: without them it is left out, with a message.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::pythons::COMPONENTIZE;
use crate::step;
use crate::workspace::Workspace;

/// What a user types after `--adapter`; also the name of its module.
pub const NAME: &str = "pyplugins";

/// The world in `wit/`.
const WORLD: &str = "adapter";

/// The code that starts componentize-py: its script cannot be moved with its folder.
const START: &str = "import sys, componentize_py; sys.exit(componentize_py.script())";

/// The code that prints the folder of a library of that Python.
const WHERE: &str = "import os, pyblish; print(os.path.dirname(os.path.dirname(pyblish.__file__)))";

/// Builds the adapter, or leaves it out; returns its file.
pub fn build(workspace: &Workspace) -> Result<Option<PathBuf>> {
    if let Err(error) = COMPONENTIZE.prepare(workspace) {
        step::say(&format!("without the adapter {NAME}: {error:#}"));
        return Ok(None);
    }
    let folder = workspace.target.join("componentize");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (made, stamp) = (
        folder.join("pyplugins.wasm"),
        folder.join("pyplugins.stamp"),
    );
    let inputs = inputs(&workspace.root)?;
    if made.exists() && fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == inputs) {
        return Ok(Some(made));
    }
    make(workspace, &made)?;
    // Written last, so that an interrupted build is repeated.
    fs::write(&stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(Some(made))
}

fn make(workspace: &Workspace, made: &Path) -> Result<()> {
    step::say(&format!(
        "making the adapter {NAME} with componentize-py (20 s)"
    ));
    let mut library = COMPONENTIZE.python(workspace);
    let library = library
        .args(["-c", WHERE])
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| step::cannot_start(&library))?;
    let library = String::from_utf8(library.stdout).context("a path that is not UTF-8")?;
    let components = workspace.root.join("components");
    let mut command = COMPONENTIZE.python(workspace);
    command
        .args(["-c", START, "--quiet", "--wit-path"])
        .arg(workspace.root.join("wit"))
        .args(["--world", WORLD, "componentize", NAME])
        .arg("--python-path")
        .arg(components.join(NAME))
        .arg("--python-path")
        .arg(workspace.root.join("bridge"))
        .args(["--python-path", library.trim(), "--output"])
        .arg(made)
        // componentize-py would search there, too.
        .env_remove("VIRTUAL_ENV");
    let output = command
        .output()
        .with_context(|| step::cannot_start(&command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        // After Python's message comes a trace of componentize-py itself.
        let said = said.split("Stack backtrace:").next().unwrap_or_default();
        bail!(
            "componentize-py failed ({}):\n{}",
            output.status,
            said.trim()
        );
    }
    Ok(())
}

/// A text that changes when any of its inputs changes.
fn inputs(root: &Path) -> Result<String> {
    let mut files = BTreeMap::new();
    let components = root.join("components");
    for (folder, extension) in [
        (components.join(NAME), "py"),
        (components.join(NAME).join("pyblish_endpoint_sandbox"), "py"),
        (root.join("bridge").join("pyblish_endpoint_bridge"), "py"),
        (root.join("wit"), "wit"),
    ] {
        let unreadable = || format!("cannot read {}", folder.display());
        for entry in fs::read_dir(&folder).with_context(unreadable)? {
            let path = entry.with_context(unreadable)?.path();
            if path.extension().is_some_and(|it| it == extension) {
                add(&mut files, path)?;
            }
        }
    }
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    Ok(format!(
        "{} {:016x}\n",
        COMPONENTIZE.name(),
        hasher.finish()
    ))
}

fn add(files: &mut BTreeMap<PathBuf, Vec<u8>>, path: PathBuf) -> Result<()> {
    let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    files.insert(path, bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tests::Scratch;

    #[test]
    fn it_is_made_anew_when_what_it_is_made_of_changes() {
        let root = Scratch::new("componentize");
        let files = [
            "components/pyplugins/pyplugins.py",
            "components/pyplugins/pyblish_endpoint_sandbox/service.py",
            "bridge/pyblish_endpoint_bridge/work.py",
            "wit/service.wit",
        ];
        for file in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "one").unwrap();
        }
        let before = inputs(&root).unwrap();
        assert_eq!(inputs(&root).unwrap(), before);
        for file in files {
            fs::write(root.join(file), "two").unwrap();
            assert_ne!(inputs(&root).unwrap(), before, "{file}");
            fs::write(root.join(file), "one").unwrap();
        }
        fs::write(root.join("components/pyplugins/README.md"), "text").unwrap();
        assert_eq!(inputs(&root).unwrap(), before);
        assert!(before.starts_with("componentize-py 0.25.1, pyblish-base 1.8.12 "));
    }

    #[test]
    fn what_is_missing_is_named() {
        let root = Scratch::new("componentize-missing");
        let error = inputs(&root).unwrap_err().to_string();
        assert!(error.contains("pyplugins"), "{error}");
    }
}
