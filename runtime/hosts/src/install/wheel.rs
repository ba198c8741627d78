//! Pyblish as a wheel: the archive in which Python's packages come. It is pure Python, so one wheel
//! is for each host and each Python.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pyblish_platform::trusted::{self, Trust};

use super::wheel_error::{RELEASE, WheelError};
use super::{archive, record};

/// The package, as names of files have it.
const PACKAGE: &str = "pyblish_base-";

/// The oldest that the bridge works with.
const OLDEST: (u32, u32) = (1, 8);

/// Bytes of a wheel, and of all that is in it: Pyblish has half a megabyte.
const LARGEST: u64 = 16 << 20;
const LARGEST_CONTENT: u64 = 64 << 20;

/// How many files a wheel may have.
const MOST: usize = 4096;

/// A wheel of pyblish-base, read and checked.
#[derive(Debug)]
pub struct Wheel {
    /// The version of pyblish-base.
    pub version: String,
    /// The name of the folder that describes the package, such as `pyblish_base-1.8.12.dist-info`.
    pub(super) info: String,
    /// The files of the package and of its description, by their paths with `/`.
    pub(super) files: BTreeMap<String, Vec<u8>>,
}

impl Wheel {
    /// Reads a wheel, and checks each file in it against the wheel's own list.
    pub fn read(path: &Path) -> Result<Wheel, WheelError> {
        let wrong = |reason: String| WheelError::Wrong {
            path: path.to_path_buf(),
            reason,
        };
        let bytes = trusted::read(path, Trust::Any, LARGEST)
            .map_err(|error| wrong(error.reason.to_string()))?;
        let files = archive::unpacked(&bytes, MOST, LARGEST_CONTENT).map_err(wrong)?;
        Wheel::of(files).map_err(wrong)
    }

    fn of(mut files: BTreeMap<String, Vec<u8>>) -> Result<Wheel, String> {
        let info = files.keys().find_map(|name| {
            let folder = name.strip_suffix("/METADATA")?;
            let named = folder.starts_with(PACKAGE) && folder.ends_with(".dist-info");
            (named && !folder.contains('/')).then(|| folder.to_owned())
        });
        let info = info.ok_or("it is no wheel of pyblish-base")?;
        let text = |name: &str| {
            let bytes = files.get(&format!("{info}/{name}"));
            let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
            text.map(str::to_owned)
                .ok_or_else(|| format!("it has no {name}"))
        };
        let metadata = text("METADATA")?;
        let version = metadata
            .lines()
            .find_map(|line| line.strip_prefix("Version: "))
            .map(str::trim)
            .filter(|version| info == format!("{PACKAGE}{version}.dist-info"));
        let version = version.ok_or("it does not say its version")?.to_owned();
        if numbers(&version) < OLDEST {
            return Err(format!(
                "it is pyblish-base {version}, and the bridge needs {}.{} or later",
                OLDEST.0, OLDEST.1
            ));
        }
        let listed = record::read(&text("RECORD")?);
        // The wheel also has a package `tests`, which would hide a studio's own.
        let own = format!("{info}/");
        files.retain(|name, _| name.starts_with("pyblish/") || name.starts_with(&own));
        files.remove(&format!("{own}RECORD"));
        for (name, bytes) in &files {
            if listed.get(name) != Some(&record::digest(bytes)) {
                return Err(format!("{name} in it is damaged"));
            }
        }
        if !files.contains_key("pyblish/__init__.py") {
            return Err("it is not complete".into());
        }
        Ok(Wheel {
            version,
            info,
            files,
        })
    }

    /// The newest wheel of pyblish-base that is in one of these folders.
    pub fn find(folders: &[PathBuf]) -> Option<PathBuf> {
        let mut found: Vec<_> = folders
            .iter()
            .flat_map(|folder| folder.read_dir().into_iter().flatten().flatten())
            .filter_map(|entry| {
                let name = entry.file_name().to_str()?.to_owned();
                let version = name.strip_prefix(PACKAGE)?.strip_suffix(".whl")?;
                let version = version.split('-').next()?;
                let patch = version.split('.').nth(2).and_then(|it| it.parse().ok());
                Some(((numbers(version), patch.unwrap_or(0_u32)), entry.path()))
            })
            .collect();
        found.sort();
        found.pop().map(|(_, path)| path)
    }

    /// Has a Python of this machine fetch the wheel into this folder, by its pip, which knows the
    /// site's proxies and indexes.
    pub fn fetch(into: &Path) -> Result<PathBuf, WheelError> {
        let mut reason = "there is no Python with pip on this machine".to_owned();
        for python in ["python3", "python", "py"] {
            let mut command = Command::new(python);
            command
                .args(["-m", "pip", "download", "--no-deps", "--quiet"])
                .args(["--disable-pip-version-check", "--only-binary", ":all:"])
                .arg("--dest")
                .arg(into)
                .arg(format!("pyblish-base=={RELEASE}"))
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            let Ok(output) = command.output() else {
                continue;
            };
            if let Some(path) = Wheel::find(&[into.to_path_buf()]) {
                return Ok(path);
            }
            let said = String::from_utf8_lossy(&output.stderr);
            let mut errors = said.lines().filter(|line| line.starts_with("ERROR"));
            let certificates = said.contains("CERTIFICATE_VERIFY_FAILED");
            match (certificates, errors.next_back()) {
                (true, _) => {
                    let why = "this Python trusts no certificate of the package index: its certificate store \
                        is empty, or a proxy has another one; name the site's with PIP_CERT";
                    reason = format!("{python}: {why}");
                }
                (false, Some(line)) => reason = format!("{python}: {line}"),
                (false, None) => {}
            }
        }
        Err(WheelError::NotFetched { reason })
    }
}

/// The first two numbers of a version.
fn numbers(version: &str) -> (u32, u32) {
    let mut numbers = version.split('.').map(|it| it.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next())
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use super::*;

    /// A wheel of this version with these files beside Pyblish.
    pub(in crate::install) fn made(version: &str, more: &[(&str, &str)]) -> Vec<u8> {
        let info = format!("{PACKAGE}{version}.dist-info");
        let mut files = vec![
            (
                "pyblish/__init__.py".to_owned(),
                format!("version = {version:?}\n"),
            ),
            ("pyblish/api.py".into(), "# the API\n".into()),
            ("tests/__init__.py".into(), String::new()),
            (
                format!("{info}/METADATA"),
                format!("Name: pyblish-base\r\nVersion: {version}\r\n\r\nWords\r\n"),
            ),
        ];
        let more = more.iter();
        files.extend(more.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
        let list = files
            .iter()
            .map(|(name, text)| record::line(name, text.as_bytes()));
        let list: String = list.collect();
        files.push((format!("{info}/RECORD"), list));
        archive::tests::packed(&files)
    }

    fn read(bytes: &[u8]) -> Result<Wheel, String> {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("it.whl");
        fs::write(&path, bytes).unwrap();
        Wheel::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn wheel_is_read_without_its_tests() {
        let wheel = read(&made("1.8.12", &[])).unwrap();
        assert_eq!(wheel.version, "1.8.12");
        let names: Vec<_> = wheel.files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "pyblish/__init__.py",
                "pyblish/api.py",
                "pyblish_base-1.8.12.dist-info/METADATA"
            ]
        );
    }

    #[test]
    fn bad_wheel_is_explained() {
        let whole = made("1.8.12", &[]);
        let changed = |from: &[u8], to: &[u8]| {
            let at = whole.windows(from.len()).position(|it| it == from);
            let mut bytes = whole.clone();
            bytes[at.unwrap()..][..to.len()].copy_from_slice(to);
            bytes
        };
        for (bytes, words) in [
            (whole[..whole.len() / 2].to_vec(), "damaged, or no wheel"),
            (b"no zip".to_vec(), "damaged, or no wheel"),
            (Vec::new(), "damaged, or no wheel"),
            (changed(b"version = ", b"Version = "), "damaged"),
            (made("1.7.9", &[]), "the bridge needs 1.8 or later"),
            (
                made("1.8.12", &[("../out.py", "")]),
                "leads out of its folder",
            ),
            (made("1.8.12", &[("/etc/x", "")]), "leads out of its folder"),
            (
                made("1.8.12", &[("C:\\x.py", "")]),
                "leads out of its folder",
            ),
        ] {
            let said = read(&bytes).unwrap_err();
            assert!(said.contains(words), "{words}: {said}");
            assert!(
                said.contains("it.whl") && said.contains("pip download"),
                "{said}"
            );
        }
        read(&made("1.8.0", &[])).unwrap();
    }

    #[test]
    fn content_is_limited() {
        let most = usize::try_from(LARGEST_CONTENT).unwrap() - made("1.8.12", &[]).len();
        let text = |length: usize| "x".repeat(length);
        let with = |length| {
            made(
                "1.8.12",
                &[("pyblish/a.py", ""), ("pyblish/big.py", &text(length))],
            )
        };
        read(&with(most - 1024)).unwrap();
        let said = read(&with(most + 4096)).unwrap_err();
        assert!(said.contains("more than 64 MB"), "{said}");
    }

    #[test]
    fn newest_wheel_is_found() {
        let place = tempfile::tempdir().unwrap();
        let folders = [place.path().join("none"), place.path().to_path_buf()];
        assert_eq!(Wheel::find(&folders), None);
        for name in [
            "pyblish_base-1.8.9-py2.py3-none-any.whl",
            "pyblish_base-1.8.12-py2.py3-none-any.whl",
            "pyblish_base-1.8.12.tar.gz",
            "pyblish_lite-2.0.0-py3-none-any.whl",
        ] {
            fs::write(place.path().join(name), "").unwrap();
        }
        let found = Wheel::find(&folders).unwrap();
        assert!(found.ends_with("pyblish_base-1.8.12-py2.py3-none-any.whl"));
    }
}
