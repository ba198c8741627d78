//! What is built, and where it goes.
//!
//! Policy: all paths come from cargo, so that `CARGO_TARGET_DIR` and a `[build]` table in the
//! user's configuration are respected. An adapter is a member under `components/` with
//!
//! ```toml
//! [package.metadata.pyblish-endpoint]
//! adapter = "NAME"
//! ```
//!
//! so a new adapter needs no change in xtask. Such a member under `tests/components/` is built in
//! the same way, but only for tests: it goes to a folder that the runtime does not search.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::step;

/// The runtime's package, which is also the name of its binary.
pub const RUNTIME: &str = "pyblish-endpoint";

/// The folders of the workspace, and its adapters.
pub struct Workspace {
    pub root: PathBuf,
    /// Cargo's target folder, as an absolute path.
    pub target: PathBuf,
    /// The adapters, ordered by name.
    pub adapters: Vec<Adapter>,
}

/// A component that the runtime can load by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapter {
    /// What a user types after `--adapter`.
    pub name: String,
    pub package: String,
    /// The name of the file that cargo creates, without `.wasm`.
    pub library: String,
    /// The oldest Rust that compiles it, such as `1.95`.
    pub rust_version: Option<String>,
    /// Whether it is only for tests, and not put beside the adapters of users.
    pub test: bool,
    /// Whether it is in packages.
    pub released: bool,
}

impl Workspace {
    /// The workspace of the current folder.
    pub fn find() -> Result<Self> {
        let mut command = cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| step::cannot_start(&command))?;
        if !output.status.success() {
            return Err(step::Failed::new("cargo metadata", output.status).into());
        }
        Self::from_metadata(&output.stdout)
    }

    fn from_metadata(json: &[u8]) -> Result<Self> {
        let metadata: Metadata =
            serde_json::from_slice(json).context("cannot read the output of cargo metadata")?;
        let components = metadata.workspace_root.join("components");
        let tests = metadata.workspace_root.join("tests").join("components");
        let mut adapters = BTreeMap::new();
        for package in metadata.packages {
            let test = package.manifest_path.starts_with(&tests);
            if !test && !package.manifest_path.starts_with(&components) {
                continue;
            }
            let Some(adapter) = package.adapter(test)? else {
                continue;
            };
            let (name, this) = (adapter.name.clone(), adapter.package.clone());
            if let Some(other) = adapters.insert(name.clone(), adapter) {
                let other = other.package;
                bail!("the packages {other} and {this} are both adapter {name:?}: rename one");
            }
        }
        Ok(Self {
            root: metadata.workspace_root,
            target: metadata.target_directory,
            adapters: adapters.into_values().collect(),
        })
    }

    /// The native program.
    pub fn runtime(&self) -> PathBuf {
        let name = format!("{RUNTIME}{}", std::env::consts::EXE_SUFFIX);
        self.release().join(name)
    }

    /// The bridge as the one file that hosts get.
    pub fn bridge(&self) -> PathBuf {
        self.release().join("pyblish_endpoint_bridge.py")
    }

    /// The folder for everything that is built for users.
    pub fn release(&self) -> PathBuf {
        self.target.join("release")
    }

    /// The folder beside the runtime in which it looks for adapters, or the one for adapters of the
    /// tests.
    pub fn adapters_folder(&self, test: bool) -> PathBuf {
        let name = match test {
            true => "test-adapters",
            false => "adapters",
        };
        self.release().join(name)
    }

    /// The same workspace, with its builds in another folder.
    pub fn elsewhere(&self, target: PathBuf) -> Self {
        Self {
            root: self.root.clone(),
            target,
            adapters: self.adapters.clone(),
        }
    }

    /// A cargo command for this workspace, whose builds for this machine go to `target/release`.
    pub fn cargo(&self) -> Command {
        let mut command = cargo();
        self.set(&mut command);
        command
    }

    /// Sets what [`Workspace::cargo`] sets, for a program that calls cargo.
    pub fn set(&self, command: &mut Command) {
        without_own_variables(command);
        command
            .current_dir(&self.root)
            // Absolute, because a relative path would refer to the current folder, not the
            // workspace.
            .env("CARGO_TARGET_DIR", &self.target)
            // This variable would move the runtime to a folder where it is not expected.
            .env_remove("CARGO_BUILD_TARGET");
    }
}

/// `path` as the user would type it: relative to the current folder if that is shorter.
pub fn brief(path: &Path) -> std::path::Display<'_> {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display()
}

/// The cargo that runs xtask, without the variables about xtask's own package. Build scripts watch
/// such variables, so a difference between `cargo build` and `cargo xtask build` would run them
/// again.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    without_own_variables(&mut command);
    command
}

fn without_own_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

// The used part of `cargo metadata`.

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    rust_version: Option<String>,
    /// `null` if the package has no `[package.metadata]`.
    metadata: Option<PackageMetadata>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct PackageMetadata {
    #[serde(rename = "pyblish-endpoint")]
    endpoint: Option<Endpoint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoint {
    adapter: String,
    /// False for what only who builds the project needs.
    #[serde(default = "yes")]
    released: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

impl Package {
    /// The adapter that the manifest declares, if any (the SDK declares none).
    fn adapter(self, test: bool) -> Result<Option<Adapter>> {
        let Some(endpoint) = self.metadata.and_then(|metadata| metadata.endpoint) else {
            return Ok(None);
        };
        let released = endpoint.released && !test;
        let (manifest, name) = (self.manifest_path.display(), endpoint.adapter);
        // The name becomes a file name and an argument on the command line.
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || !name.bytes().all(plain) || name.starts_with('-') {
            bail!(
                "{manifest}: the adapter's name {name:?} may only contain a-z, 0-9 and inner \
                 hyphens"
            );
        }
        let is_component = |target: &Target| target.crate_types.iter().any(|kind| kind == "cdylib");
        let Some(library) = self.targets.into_iter().find(is_component) else {
            bail!(
                "{manifest}: the adapter {name} builds no component: add `crate-type = \
                 [\"cdylib\"]` to its [lib]"
            );
        };
        Ok(Some(Adapter {
            name,
            package: self.name,
            library: library.name.replace('-', "_"),
            rust_version: self.rust_version,
            test,
            released,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn package(name: &str, metadata: Value, crate_type: &str) -> Value {
        json!({
            "name": name,
            "manifest_path": format!("/project/components/{name}/Cargo.toml"),
            "rust_version": "1.95",
            "metadata": metadata,
            "targets": [{"name": name.replace('-', "_"), "crate_types": [crate_type]}],
        })
    }

    fn adapter(package_name: &str, name: &str) -> Value {
        package(
            package_name,
            json!({"pyblish-endpoint": {"adapter": name}}),
            "cdylib",
        )
    }

    fn read(packages: &[Value]) -> Result<Workspace> {
        let metadata = json!({
            "workspace_root": "/project",
            "target_directory": "/elsewhere/target",
            "packages": packages,
        });
        Workspace::from_metadata(metadata.to_string().as_bytes())
    }

    fn message(packages: &[Value]) -> String {
        read(packages).err().expect("an error").to_string()
    }

    #[test]
    fn adapters_are_the_members_that_say_so() {
        let mut outside = adapter("stray", "stray");
        outside["manifest_path"] = json!("/project/tests/stray/Cargo.toml");
        let workspace = read(&[
            adapter("folder-adapter", "folder"),
            package("pyblish-sdk", Value::Null, "lib"),
            package("tool", json!({"docs": {"rs": true}}), "cdylib"),
            outside,
            adapter("blender", "blender"),
        ])
        .unwrap();

        let names: Vec<_> = workspace
            .adapters
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        assert_eq!(names, ["blender", "folder"]);
        assert_eq!(
            workspace.adapters[1],
            Adapter {
                name: "folder".into(),
                package: "folder-adapter".into(),
                library: "folder_adapter".into(),
                rust_version: Some("1.95".into()),
                test: false,
                released: true,
            }
        );
        assert_eq!(
            workspace.adapters_folder(false),
            Path::new("/elsewhere/target/release/adapters")
        );
    }

    #[test]
    fn an_adapter_of_the_tests_is_kept_apart() {
        let mut hostile = adapter("hostile", "hostile");
        hostile["manifest_path"] = json!("/project/tests/components/hostile/Cargo.toml");
        let workspace = read(&[adapter("folder", "folder"), hostile]).unwrap();
        let tests: Vec<_> = workspace.adapters.iter().map(|it| it.test).collect();
        assert_eq!(tests, [false, true]);
        let released: Vec<_> = workspace.adapters.iter().map(|it| it.released).collect();
        assert_eq!(released, [true, false]);
        assert_ne!(
            workspace.adapters_folder(true),
            workspace.adapters_folder(false)
        );
    }

    #[test]
    fn two_adapters_of_one_name_are_refused() {
        let text = message(&[adapter("one", "folder"), adapter("two", "folder")]);
        assert_eq!(
            text,
            "the packages one and two are both adapter \"folder\": rename one"
        );
    }

    #[test]
    fn a_name_that_is_no_file_name_is_refused() {
        for name in ["", "../folder", "Folder", "-folder", "a b"] {
            assert!(
                message(&[adapter("folder", name)]).contains("may only contain"),
                "{name}"
            );
        }
    }

    #[test]
    fn an_adapter_that_is_no_cdylib_is_refused() {
        let metadata = json!({"pyblish-endpoint": {"adapter": "folder"}});
        let text = message(&[package("folder", metadata, "lib")]);
        assert!(text.contains("crate-type = [\"cdylib\"]"), "{text}");
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        let metadata = json!({"pyblish-endpoint": {"adaptor": "folder"}});
        let error = read(&[package("folder", metadata, "cdylib")])
            .err()
            .expect("an error");
        assert!(format!("{error:#}").contains("adaptor"), "{error:#}");
    }
}
