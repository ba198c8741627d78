//! Creates a Python: a virtual environment in cargo's target folder, with packages. `pythons.rs`
//! lists them.
//!
//! Policy: the user installs Python itself; packages come from PyPI, and are only installed in
//! these folders. Each time, the folder's Python is asked whether the folder is complete, because
//! the base Python may have been updated or removed. An incomplete folder is created again beside
//! its final place, and moved there when it is complete. The Python of a virtual environment can be
//! moved, because it looks for `pyvenv.cfg` beside itself. Its scripts cannot, so use
//! `python -m pip` instead of `pip`.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};

use crate::step;
use crate::workspace::{Workspace, brief};

/// A Python with packages.
pub struct Environment {
    /// Its folder in cargo's target folder, where the test looks for it.
    pub folder: &'static str,
    /// Its name on PyPI.
    pub package: &'static str,
    pub version: &'static str,
    /// Other packages in it, with versions.
    pub beside: &'static [(&'static str, &'static str)],
    /// What it is for, in a few words.
    pub purpose: &'static str,
    /// The size of the download, if it is large.
    pub size: &'static str,
    /// The only version of Python that the package supports, if there is only one.
    pub only: Option<(u32, u32)>,
}

/// The oldest Python that can run the tests' Python code.
const OLDEST: (u32, u32) = (3, 7);

/// Possible names of Python, the most likely first.
const PYTHONS: &[&[&str]] = if cfg!(windows) {
    &[&["py", "-3"], &["py", "-3.11"], &["python"], &["python3"]]
} else {
    &[&["python3"], &["python"], &["python3.11"]]
};

/// Prints the version.
const ASK_VERSION: &str = "import sys; print('%d.%d' % sys.version_info[:2])";

/// Fails without these modules: some Pythons of Debian lack them, or have an ensurepip without pip.
const ASK_MODULES: &str = "import venv, ensurepip; ensurepip.version()";

/// Prints the version of the package in the first argument.
const ASK_PACKAGE: &str =
    "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))";

impl Environment {
    /// Creates it if it is missing or incomplete.
    pub fn prepare(&self, workspace: &Workspace) -> Result<()> {
        let folder = self.place(workspace);
        if self.whole(&folder).is_ok() {
            return Ok(());
        }
        let find = || find(PYTHONS, self.only);
        let install = |folder: &Path| self.install(folder);
        self.make(&folder, find, install).with_context(|| {
            let (package, version) = (self.package, self.version);
            format!(
                "cannot make the Python with {package} {version}, {}",
                self.purpose
            )
        })
    }

    /// The Python that [`prepare`](Self::prepare) created.
    pub fn python(&self, workspace: &Workspace) -> Command {
        Python::at(&inside(&self.place(workspace))).command()
    }

    /// The folder with the programs of its packages. Scripts in Python do not work there, because
    /// they name the folder in which they were installed.
    pub fn programs(&self, workspace: &Workspace) -> PathBuf {
        let python = inside(&self.place(workspace));
        python.parent().unwrap_or(&python).to_owned()
    }

    /// Its packages with their versions, as text.
    pub fn name(&self) -> String {
        let packages = self.packages();
        let packages = packages.map(|(package, version)| format!("{package} {version}"));
        packages.collect::<Vec<_>>().join(", ")
    }

    fn place(&self, workspace: &Workspace) -> PathBuf {
        workspace.target.join(self.folder)
    }

    /// Creates it, unless another process has created it meanwhile.
    fn make(
        &self,
        folder: &Path,
        find: impl FnOnce() -> Result<Python>,
        install: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<()> {
        let beside = |extension| folder.with_extension(extension);
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot make {}", parent.display()))?;
        }
        // The lock ends with this function, or with the process.
        let _lock = lock(&beside("lock"))?;
        if self.whole(folder).is_ok() {
            return Ok(());
        }
        let python = find()?;
        let part = beside("part");
        // Left from an interrupted installation.
        remove(&part)?;
        let made = python
            .make(&part)
            .and_then(|()| install(&part))
            .and_then(|()| self.whole(&part))
            .and_then(|()| {
                remove(folder)?;
                fs::rename(&part, folder)
                    .with_context(|| format!("cannot move {} into place", part.display()))
            });
        if made.is_err() {
            let _ = fs::remove_dir_all(&part);
        }
        made?;
        // Check that it still works after the move.
        self.whole(folder)?;
        step::say(&format!(
            "the Python with {} is {}",
            self.package,
            brief(folder)
        ));
        Ok(())
    }

    /// All its packages, with versions.
    fn packages(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let beside = self.beside.iter().copied();
        std::iter::once((self.package, self.version)).chain(beside)
    }

    /// Checks that it has the right packages.
    fn whole(&self, folder: &Path) -> Result<()> {
        let python = Python::at(&inside(folder));
        for (package, wanted) in self.packages() {
            let version = python.ask(&[ASK_PACKAGE, package])?;
            if version != wanted {
                bail!("{} has {package} {version}, not {wanted}", python.name());
            }
        }
        Ok(())
    }

    fn install(&self, folder: &Path) -> Result<()> {
        let packages: Vec<String> = self
            .packages()
            .map(|(package, version)| format!("{package}=={version}"))
            .collect();
        let mut command = Python::at(&inside(folder)).command();
        // pip's default of five retries takes minutes if nothing answers.
        command
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--disable-pip-version-check", "--retries", "2"])
            .args(&packages);
        let packages = packages.join(" and ");
        let step = format!("installing {packages} with pip{}", self.size);
        step::run(&step, &mut command).inspect_err(|_| {
            step::say(
                "if PyPI cannot be reached, set PIP_INDEX_URL to a mirror of it, or PIP_FIND_LINKS to a \
                 folder with the package, and run this again",
            );
        })
    }
}

/// The Python in a virtual environment.
fn inside(folder: &Path) -> PathBuf {
    let path = match cfg!(windows) {
        true => "Scripts/python.exe",
        false => "bin/python",
    };
    folder.join(path)
}

/// The first of these that can create a virtual environment, and has the required version if there
/// is one.
fn find(names: &[&[&str]], only: Option<(u32, u32)>) -> Result<Python> {
    let (major, minor) = only.unwrap_or(OLDEST);
    let later = if only.is_some() { "" } else { " or later" };
    let mut reasons = Vec::new();
    for name in names {
        let python = Python::called(name);
        match python.fit(only) {
            Ok(()) => return Ok(python),
            Err(reason) => reasons.push(format!("{}: {reason:#}", python.name())),
        }
    }
    Err(anyhow!(
        "no Python {major}.{minor}{later} that can make virtual environments:\n  {}\n\
         install one and put it into PATH; on Debian and Ubuntu: apt-get install python3 python3-venv",
        reasons.join("\n  ")
    ))
}

/// A Python, by its path or by its command.
struct Python(Vec<PathBuf>);

impl Python {
    fn at(path: &Path) -> Self {
        Self(vec![path.into()])
    }

    fn called(words: &[&str]) -> Self {
        Self(words.iter().map(PathBuf::from).collect())
    }

    fn name(&self) -> String {
        let words = self.0.iter().map(|word| word.display().to_string());
        words.collect::<Vec<_>>().join(" ")
    }

    /// Isolated (`-I`), so that the user's PYTHONPATH and packages do not affect it.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.0[0]);
        command.args(&self.0[1..]).arg("-I");
        command.env_remove("PYTHONHOME").stdin(Stdio::null());
        command
    }

    /// The output of a line of Python with arguments; if it fails, the last line of its error.
    fn ask(&self, line: &[&str]) -> Result<String> {
        let mut command = self.command();
        let output = command
            .arg("-c")
            .args(line)
            .output()
            .with_context(|| step::cannot_start(&command))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        match complaint.trim().lines().next_back() {
            Some(last) => bail!("{}", last.trim()),
            None => bail!("it failed ({})", output.status),
        }
    }

    /// Checks that it is new enough and can create a virtual environment.
    fn fit(&self, only: Option<(u32, u32)>) -> Result<()> {
        let version = self.ask(&[ASK_VERSION])?;
        let number = parse(&version);
        let (major, minor) = OLDEST;
        if number.is_none_or(|number| number < OLDEST) {
            bail!("it is Python {version}, older than {major}.{minor}");
        }
        if only.is_some() && number != only {
            bail!("it is Python {version}");
        }
        self.ask(&[ASK_MODULES]).map(drop).with_context(|| {
            format!("Python {version} without venv or ensurepip (Debian's package python3-venv)")
        })
    }

    fn make(&self, folder: &Path) -> Result<()> {
        let mut command = self.command();
        command.args(["-m", "venv"]).arg(folder);
        let name = self.name();
        step::run(
            &format!("creating a virtual environment with {name}"),
            &mut command,
        )
    }
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Waits while another process creates it.
fn lock(path: &Path) -> Result<File> {
    let unusable = || format!("cannot lock {}", path.display());
    let file = File::create(path).with_context(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            step::say("another xtask is creating this Python: waiting for it");
            file.lock().with_context(unusable)?;
        }
        Err(TryLockError::Error(error)) => return Err(error).with_context(unusable),
    }
    Ok(file)
}

/// Removes a folder if it exists.
fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pythons::JUDGE;
    use crate::sample::tests::Scratch;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(parse("3.11") > parse("3.7"));
        assert_eq!(parse("3.7"), Some(OLDEST));
        assert_eq!(parse("Python was not found"), None);
    }

    #[test]
    fn without_a_python_it_is_said_what_was_tried_and_what_to_do() {
        let names: &[&[&str]] = &[&["no-such-python3"], &["no-such-py", "-3"]];
        let error = format!("{:#}", find(names, None).err().unwrap());
        for part in [
            "no Python 3.7 or later",
            "\n  no-such-python3: cannot start no-such-python3: ",
            "\n  no-such-py -3: ",
            "apt-get install python3 python3-venv",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    /// A shell script that acts as Python. It prints the version 3.11, and the environments that it
    /// creates have this pyblish-base.
    #[cfg(unix)]
    fn fake(folder: &Path, pyblish: &str) -> Python {
        let script = format!(
            r#"case $* in
                *venv,*) ;;
                *-m\ venv*)
                    mkdir -p "$4/bin"
                    printf '#!/bin/sh\necho {pyblish}\n' >"$4/bin/python"
                    chmod +x "$4/bin/python" ;;
                *) echo 3.11 ;;
            esac"#
        );
        scripted(folder, &script)
    }

    #[cfg(unix)]
    fn scripted(folder: &Path, script: &str) -> Python {
        let path = folder.join("python.sh");
        fs::write(&path, script).unwrap();
        Python(vec!["/bin/sh".into(), path])
    }

    /// The content of the folder, without the script.
    #[cfg(unix)]
    fn left(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != "python.sh").collect();
        names.sort();
        names
    }

    #[cfg(unix)]
    #[test]
    fn it_is_made_once() {
        let scratch = Scratch::new("judge-once");
        let folder = scratch.join("parity-python");
        JUDGE
            .make(&folder, || Ok(fake(&scratch, JUDGE.version)), |_| Ok(()))
            .unwrap();
        JUDGE
            .make(&folder, || panic!("it is there"), |_| Ok(()))
            .unwrap();
        assert_eq!(left(&scratch), ["parity-python", "parity-python.lock"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_whole_is_made_anew() {
        let scratch = Scratch::new("judge-anew");
        let folder = scratch.join("parity-python");
        // One without a Python, and one that was not finished.
        for place in [&folder, &folder.with_extension("part")] {
            fs::create_dir_all(place.join("rest")).unwrap();
        }
        JUDGE
            .make(&folder, || Ok(fake(&scratch, JUDGE.version)), |_| Ok(()))
            .unwrap();
        assert!(!folder.join("rest").exists());
        assert_eq!(left(&scratch), ["parity-python", "parity-python.lock"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_making_that_fails_leaves_nothing_and_says_why() {
        let scratch = Scratch::new("judge-fails");
        let folder = scratch.join("parity-python");
        let error = JUDGE.make(
            &folder,
            || Ok(fake(&scratch, JUDGE.version)),
            |_| bail!("no PyPI"),
        );
        assert_eq!(error.unwrap_err().to_string(), "no PyPI");
        assert_eq!(left(&scratch), ["parity-python.lock"]);

        let error = JUDGE
            .make(&folder, || Ok(fake(&scratch, "1.8.11")), |_| Ok(()))
            .unwrap_err();
        let error = error.to_string();
        assert!(
            error.ends_with("has pyblish-base 1.8.11, not 1.8.12"),
            "{error}"
        );
        assert_eq!(left(&scratch), ["parity-python.lock"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_python_that_is_too_old_or_lacks_a_module_is_not_taken() {
        let scratch = Scratch::new("judge-fit");
        let reason = |script| format!("{:#}", scripted(&scratch, script).fit(None).unwrap_err());
        assert_eq!(reason("echo 3.6"), "it is Python 3.6, older than 3.7");
        assert_eq!(
            reason(
                "case $* in *ensurepip*) echo No module named ensurepip >&2; exit 1;; esac; echo 3.11"
            ),
            "Python 3.11 without venv or ensurepip (Debian's package python3-venv): No module named ensurepip"
        );
        fake(&scratch, JUDGE.version).fit(None).unwrap();
        let other = fake(&scratch, JUDGE.version)
            .fit(Some((3, 12)))
            .unwrap_err();
        assert_eq!(other.to_string(), "it is Python 3.11");
    }
}
