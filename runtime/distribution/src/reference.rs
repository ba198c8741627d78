//! Where an adapter comes from, as it is typed and as a lock keeps it.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use semver::{Version, VersionReq};

use super::WebAddress;
use super::image::{Image, SCHEME};
use super::release::check_name;

/// What stands between a folder and the name of an adapter in it.
const NAME: char = '#';

/// What stands between the name and its version.
const VERSION: char = '@';

/// Where an adapter comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A `.wasm` file. Its signature lies beside it, as `FILE.wasm.minisig`.
    File(PathBuf),
    /// The newest version of an adapter in a folder with `.wasm` files, such as a share:
    /// `FOLDER#NAME`, or `FOLDER#NAME@1.4` for the newest 1.4.
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The adapter's name, as its file says.
        name: String,
        /// The first numbers of its version; all versions where there are none.
        version: Option<String>,
    },
    /// An adapter in a registry, `oci://REGISTRY/NAME:TAG`. Its signatures refer to it there.
    Registry(Image),
    /// A `.wasm` file on a web server. Its signature lies beside it, as with a file.
    Web(WebAddress),
}

impl Reference {
    /// The same with a whole path, where it has one.
    ///
    /// # Errors
    /// There is no working folder.
    pub fn absolute(&self) -> std::io::Result<Self> {
        self.with_path(|path| std::path::absolute(path))
    }

    /// The same with a path that does not depend on the working folder: relative to the folder of
    /// the lock where it lies in there, or else whole.
    ///
    /// # Errors
    /// The path leads nowhere.
    pub fn from_lock(&self, lock_folder: &Path) -> std::io::Result<Self> {
        let base = lock_folder.canonicalize()?;
        let anchored = |path: &Path| -> std::io::Result<PathBuf> {
            let whole = path.canonicalize()?;
            let inside = whole.strip_prefix(&base).map(Path::to_path_buf);
            Ok(inside.unwrap_or(whole))
        };
        self.with_path(anchored)
    }

    /// The same with another path, where it has one.
    fn with_path(
        &self,
        change: impl Fn(&Path) -> std::io::Result<PathBuf>,
    ) -> std::io::Result<Self> {
        Ok(match self {
            Reference::File(path) => Reference::File(change(path)?),
            Reference::Folder {
                folder,
                name,
                version,
            } => Reference::Folder {
                folder: change(folder)?,
                name: name.clone(),
                version: version.clone(),
            },
            Reference::Registry(_) | Reference::Web(_) => self.clone(),
        })
    }

    /// Where newer versions come from.
    pub(crate) fn unpinned(&self) -> Self {
        match self {
            Reference::Registry(image) => Reference::Registry(image.unpinned()),
            Reference::File(_) | Reference::Folder { .. } | Reference::Web(_) => self.clone(),
        }
    }
}

/// Whether a version begins with these numbers.
pub(crate) fn begins_with(version: &Version, numbers: &str) -> bool {
    let exactly = Version::parse(numbers).is_ok_and(|it| it == *version);
    // `1.4` is `>=1.4, <1.5`, and `1` is `>=1, <2`.
    let range = VersionReq::parse(&format!("~{numbers}"));
    let is_short = numbers.matches('.').count() < 2;
    exactly || is_short && range.is_ok_and(|range| range.matches(version))
}

impl Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::File(path) => write!(f, "{}", path.display()),
            Reference::Folder {
                folder,
                name,
                version,
            } => {
                // The lock's own folder.
                let folder = match folder.as_os_str().is_empty() {
                    true => Path::new("."),
                    false => folder,
                };
                write!(f, "{}{NAME}{name}", folder.display())?;
                match version {
                    Some(version) => write!(f, "{VERSION}{version}"),
                    None => Ok(()),
                }
            }
            Reference::Registry(image) => image.fmt(f),
            Reference::Web(address) => address.fmt(f),
        }
    }
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let forms = "write the path of a .wasm file, FOLDER#NAME or FOLDER#NAME@1.4 for an adapter \
                     in a folder, oci://REGISTRY/NAME:TAG, or https://HOST/NAME.wasm";
        if text.starts_with(SCHEME) {
            return text.parse().map(Reference::Registry);
        }
        if text.contains("://") {
            return text.parse().map(Reference::Web);
        }
        if let Some((folder, rest)) = text.rsplit_once(NAME) {
            let (name, version) = match rest.split_once(VERSION) {
                Some((name, version)) => (name, Some(version)),
                None => (rest, None),
            };
            check_name(name).map_err(|error| error.to_string())?;
            if let Some(version) = version
                && VersionReq::parse(&format!("~{version}")).is_err()
            {
                return Err(format!(
                    "{version:?} is no version; write its first numbers, such as 1.4, or all"
                ));
            }
            let folder = if folder.is_empty() { "." } else { folder };
            return Ok(Reference::Folder {
                folder: folder.into(),
                name: name.into(),
                version: version.map(str::to_owned),
            });
        }
        if text.ends_with(".wasm") {
            return Ok(Reference::File(text.into()));
        }
        match Image::is_meant(text) {
            true => text.parse().map(Reference::Registry),
            false => Err(format!("{text:?} is no .wasm file; {forms}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_is_read_as_it_is_written() {
        for text in [
            "./maya.wasm",
            "/share/maya.wasm",
            "/share#maya",
            "/a#b#maya@1.4",
            ".#maya",
            "oci://registry.lan/maya:1.4",
            "https://studio.lan/maya.wasm",
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
        let bare: Reference = "registry.lan/maya:1.4".parse().unwrap();
        assert_eq!(bare.to_string(), "oci://registry.lan/maya:1.4");
        for (wrong, part) in [
            ("maya", "FOLDER#NAME"),
            ("", "FOLDER#NAME"),
            ("http://studio/maya.wasm", "plain HTTP"),
            ("registry.lan/maya", "has no tag"),
            ("/share#", "name"),
            ("/share#../x", "name"),
            ("/share#maya@new", "version"),
        ] {
            let said = wrong.parse::<Reference>().unwrap_err();
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn first_numbers_choose_a_version() {
        let is = |version: &str, numbers: &str| begins_with(&version.parse().unwrap(), numbers);
        assert!(is("1.4.0", "1") && is("1.4.9", "1.4") && is("1.4.0", "1.4.0"));
        assert!(is("1.4.0-rc.1", "1.4.0-rc.1"));
        assert!(!is("1.5.0", "1.4") && !is("2.0.0", "1") && !is("1.4.1", "1.4.0"));
        // A version before a release is only chosen by its whole name.
        assert!(!is("1.4.0-rc.1", "1.4") && !is("1.14.0", "1.1"));
    }

    #[test]
    fn path_beside_the_lock_is_relative() {
        let place = tempfile::tempdir().unwrap();
        let inside = place.path().join("show");
        std::fs::create_dir(&inside).unwrap();
        let file = inside.join("a.wasm");
        std::fs::write(&file, b"").unwrap();
        let reference = Reference::File(file.clone());
        let beside = reference.from_lock(&inside).unwrap();
        assert_eq!(beside.to_string(), "a.wasm");
        let elsewhere = place.path().join("other");
        std::fs::create_dir(&elsewhere).unwrap();
        let whole = reference.from_lock(&elsewhere).unwrap();
        assert!(Path::new(&whole.to_string()).is_absolute());
    }
}
