//! Programs written in Rust that xtask calls: each in one version, installed by cargo.
//!
//! Policy: if the right version is on `PATH`, it is used. Otherwise it is built from crates.io,
//! with the versions of its own lock file, and installed only in cargo's target folder; the build
//! files are removed again. If that fails, a message says how to get the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::step;
use crate::workspace::{Workspace, brief};

/// A program and its package.
pub struct Tool {
    /// The name of the package and of the program.
    pub name: &'static str,
    pub version: &'static str,
    /// The arguments for cargo about features.
    features: &'static [&'static str],
    /// How long the installation takes, as text.
    takes: &'static str,
}

/// Builds the HTML of the book.
pub const MDBOOK: Tool = Tool {
    name: "mdbook",
    version: "0.5.4",
    // Without the server and the watcher, which take half of the build time.
    features: &["--no-default-features", "--features", "search"],
    takes: "about two minutes on two cores",
};

/// Checks the licences, sources and known vulnerabilities of dependencies.
pub const CARGO_DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    features: &[],
    takes: "about five minutes on two cores",
};

/// Puts the list of crates into a program.
pub const CARGO_AUDITABLE: Tool = Tool {
    name: "cargo-auditable",
    version: "0.7.7",
    features: &[],
    takes: "about a minute on two cores",
};

/// Lists what is in a program.
pub const CARGO_CYCLONEDX: Tool = Tool {
    name: "cargo-cyclonedx",
    version: "0.5.9",
    features: &[],
    takes: "about two minutes on two cores",
};

impl Tool {
    /// The program, which is installed if it is missing.
    pub fn prepare(&self, workspace: &Workspace) -> Result<PathBuf> {
        let folder = workspace.target.join("tools");
        let file = format!("{}{}", self.name, std::env::consts::EXE_SUFFIX);
        let own = folder.join("bin").join(file);
        if own.is_file() && self.is_installed(&folder) {
            return Ok(own);
        }
        let on_path = Path::new(self.name);
        if self.is_right(on_path) {
            return Ok(on_path.to_path_buf());
        }
        self.install(workspace, &folder)?;
        Ok(own)
    }

    /// Whether crates.io can be reached and has this version: if not, a failed installation does
    /// not mean that the tool is broken.
    pub fn can_be_had(&self, workspace: &Workspace) -> bool {
        let mut command = workspace.cargo();
        command
            .args(["info", "--quiet", "--registry", "crates-io"])
            .arg(format!("{}@{}", self.name, self.version))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    fn install(&self, workspace: &Workspace, folder: &Path) -> Result<()> {
        let Tool { name, version, .. } = self;
        let built = folder.join("build");
        let mut command = workspace.cargo();
        command
            // Separate from the workspace's build: other features would leave a second set of build
            // files there.
            .env("CARGO_TARGET_DIR", &built)
            // A tool that runs for seconds does not need minutes of optimization.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .args([
                "install",
                name,
                "--version",
                version,
                "--locked",
                "--force",
                "--quiet",
            ])
            .args(self.features)
            .arg("--root")
            .arg(folder);
        let folder = brief(folder);
        let what = format!(
            "installing {name} {version} into {folder}, which takes {}",
            self.takes
        );
        step::run(&what, &mut command).with_context(|| {
            format!(
                "cannot install {name}. It comes from crates.io, so this machine must reach that \
                 once; or put {name} {version} on PATH (`cargo install {name} --version {version} \
                 --locked`)"
            )
        })?;
        // The build files have hundreds of megabytes, and are no longer needed.
        let _ = fs::remove_dir_all(&built);
        Ok(())
    }

    /// Whether cargo installed this version in the folder: not every tool tells its version.
    fn is_installed(&self, folder: &Path) -> bool {
        let list = fs::read_to_string(folder.join(".crates.toml")).unwrap_or_default();
        list.contains(&format!("\"{} {} (", self.name, self.version))
    }

    /// Whether the one on `PATH` has this version.
    fn is_right(&self, program: &Path) -> bool {
        let output = Command::new(program)
            .arg("--version")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        output.is_ok_and(|output| {
            let said = String::from_utf8_lossy(&output.stdout);
            let version = said.split_whitespace().next_back().unwrap_or_default();
            output.status.success() && version.trim_start_matches('v') == self.version
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::sample::tests::Scratch;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_tool_of_another_version_is_not_taken() {
        let scratch = Scratch::new("tools-version");
        let program = scratch.join("mdbook");
        for (said, is_right) in [
            (format!("mdbook v{}", MDBOOK.version), true),
            (format!("mdbook {}", MDBOOK.version), true),
            ("mdbook v0.4.1".to_owned(), false),
            (String::new(), false),
        ] {
            fs::write(&program, format!("#!/bin/sh\necho '{said}'\n")).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
            assert_eq!(MDBOOK.is_right(&program), is_right, "{said}");
        }
        assert!(!MDBOOK.is_right(&scratch.join("missing")));
    }
}
