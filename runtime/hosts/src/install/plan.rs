//! The plan of setting up a host in one of its folders: our files, lines in a file of the user's, a
//! setting. It is made before anything is changed.

use std::path::{Path, PathBuf};

use super::hosts::{KRITA_KEY, SHARED, SupportedHost};
use super::places::UserEnvironment;
use super::{InstallError, mark, switch};

/// What is to be written into one folder of a host.
pub struct InstallPlan {
    /// The host that is set up.
    pub host: SupportedHost,
    /// The host's folder.
    pub place: PathBuf,
    /// Our own one in it.
    pub folder: PathBuf,
    /// The folder that stays, even where it is empty.
    pub(super) below: PathBuf,
    pub(super) files: Vec<PlannedFile>,
    /// The lines in a file of the user's.
    pub(super) block: Option<PlannedFile>,
    /// The settings in which a key switches it on.
    pub(super) switch: Option<(PathBuf, &'static str)>,
}

/// A file, and its planned text.
#[derive(Debug, Clone)]
pub struct PlannedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its whole text.
    pub text: String,
}

impl InstallPlan {
    /// For this folder of the host. `own` are the surroundings if the folder is where the host
    /// looks by itself: settings of a host that lives elsewhere are not known.
    pub(super) fn new(
        host: SupportedHost,
        place: &Path,
        binary: &Path,
        own: Option<&UserEnvironment>,
    ) -> Result<Self, InstallError> {
        let folder = inside(place, host.folder);
        let fill = Fill {
            host,
            folder: text(&folder, host)?,
            binary: text(binary, host)?,
        };
        let files = host
            .files
            .iter()
            .map(|(name, template)| (inside(&folder, name), *template));
        let outside = host
            .outside
            .iter()
            .map(|(name, template)| (inside(place, name), *template));
        let shared = SHARED
            .iter()
            .map(|(name, template)| (folder.join(name), *template));
        // The file that starts the rest is written last, so a partial set-up does nothing.
        let pieces = shared.chain(files).chain(outside);
        let files = pieces
            .map(|(path, template)| PlannedFile {
                text: fill.template(&path, template),
                path,
            })
            .collect();
        let block = host.block.map(|(file, module)| PlannedFile {
            path: inside(place, file),
            text: fill.block(module),
        });
        let switch = host.settings.zip(own);
        // Blender itself makes the folder of a version; the folder of scripts in it may be ours.
        let below = match (own, place.file_name(), place.parent()) {
            (Some(_), Some(name), Some(parent)) if name == "scripts" => parent,
            _ => place,
        };
        let below = below.to_path_buf();
        Ok(InstallPlan {
            host,
            place: place.to_path_buf(),
            folder,
            below,
            files,
            block,
            switch: switch.map(|(path, own)| (path(own), KRITA_KEY)),
        })
    }

    /// The files that are the host's own.
    pub fn startup(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files.iter().filter(|piece| !piece.is_shared())
    }

    /// The files that every host has: the bridge, and what the entry in the menu does.
    pub fn shared(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files.iter().filter(|piece| piece.is_shared())
    }

    /// What goes into files of the user's.
    pub fn lines(&self) -> Vec<PlannedFile> {
        let block = self.block.clone();
        let switch = self.switch.as_ref().map(|(path, key)| PlannedFile {
            path: path.clone(),
            text: switch::on("", key),
        });
        block.into_iter().chain(switch).collect()
    }
}

impl PlannedFile {
    fn is_shared(&self) -> bool {
        SHARED.iter().any(|(name, _)| self.path.ends_with(name))
    }
}

/// A path below a folder, whatever the system writes between the parts.
fn inside(folder: &Path, parts: &str) -> PathBuf {
    parts
        .split('/')
        .fold(folder.to_path_buf(), |path, part| path.join(part))
}

fn text(path: &Path, host: SupportedHost) -> Result<String, InstallError> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| InstallError::NoText {
            path: path.to_path_buf(),
            label: host.label,
        })
}

/// What is filled into the templates.
struct Fill {
    host: SupportedHost,
    folder: String,
    binary: String,
}

impl Fill {
    fn template(&self, path: &Path, template: &str) -> String {
        let mark = mark::words(self.host.name);
        if path.extension().is_some_and(|it| it == "json") {
            let filled = template
                .replace("\"FOLDER\"", &json(&self.folder.replace('\\', "/")))
                .replace("\"MARK\"", &json(&mark));
            return mark::sealed(&filled);
        }
        let filled = template
            .replace(
                "FOLDER = \"\"",
                &format!("FOLDER = {}", python(&self.folder)),
            )
            .replace(
                "BINARY = \"\"",
                &format!("BINARY = {}", python(&self.binary)),
            );
        mark::sealed(&if path.extension().is_some_and(|it| it == "xml") {
            format!("{filled}<!-- {mark} -->\n")
        } else {
            format!("{filled}# {mark}\n")
        })
    }

    /// The lines for the user's own file, which goes on if ours fails.
    fn block(&self, module: &str) -> String {
        let name = self.host.name;
        let folder = python(&self.folder);
        format!(
            "# `pyblish-endpoint host remove {name}` takes these lines away.\n\
             try:\n    \
             import sys\n    \
             sys.path.append({folder})\n    \
             import {module}\n\
             except Exception:\n    \
             import traceback\n    \
             traceback.print_exc()\n"
        )
    }
}

/// A text in Python, 2 or 3, in a file of whatever encoding.
fn python(text: &str) -> String {
    let mut literal = String::from("u\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            ' '..='~' => literal.push(c),
            c => literal.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    literal.push('"');
    literal
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_quoted_for_any_python() {
        assert_eq!(python("/a b/c"), "u\"/a b/c\"");
        assert_eq!(python("C:\\u\\\"x\""), "u\"C:\\\\u\\\\\\\"x\\\"\"");
        assert_eq!(python("/josé"), "u\"/jos\\U000000e9\"");
    }
}
