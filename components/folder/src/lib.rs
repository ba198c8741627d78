//! The adapter for a plain folder: what lies in the inbox is checked, and published as a version that
//! nobody can overwrite.
//!
//! There is no application behind it, so the files are all that is known. Its policy:
//!
//! - The inbox is the artist's. It is only read; nothing but the repair of a name changes it, and that
//!   never touches another file.
//! - The root is the studio's. A version appears in it whole, by one rename, or not at all; `integrate.rs`
//!   says what that promises.
//! - What cannot be used is said, with the next step, and never hides what can.
//!
//! # What a collected instance holds
//!
//! Its name is the name of its file without the extension, or what stands before the number in a sequence.
//! If two things in the inbox share that, each gets its extension appended: `hero.png` beside `hero.glb`
//! makes `hero_png` and `hero_glb`. Its members are the paths of its files. Its data:
//!
//! | key | value |
//! | --- | --- |
//! | `family` | `image`, `imagesequence`, `geometry`, `cache`, `scene`, `document` or `other` |
//! | `label` | `skyline.jpg`, or `hero.####.png 1001-1048` |
//! | `publish` | whether to publish it; true until a frontend says otherwise |
//! | `asset` | the name that it is published under: its own, until the repair changes it |
//! | `files` | the names of its files |
//! | `extension` | in lower case, without the dot |
//! | `size` | of all files, in bytes |
//! | `frameStart`, `frameEnd`, `frames`, `padding` | of a sequence: first and last number, how many files, printed width |
//! | `missing`, `missingCount` | of a sequence: the first holes (`1003`, `1007-1009`), and how many frames are missing |
//! | `staging`, `transfers` | once extracted: where the copies are; name, size and SHA-256 of each |
//! | `thumbnail` | once extracted: the name of the small picture |
//! | `version`, `publishPath`, `published` | once integrated |
//!
//! The context's data are `inbox`, `root`, `user`, `machine`, `host`; `comment`, if a frontend sets it, is
//! written into `publish.json`.

mod clock;
mod collect;
mod config;
mod disk;
mod extract;
mod family;
mod header;
mod inbox;
mod integrate;
mod item;
mod name;
mod rename;
mod sequence;
mod signature;
mod staging;
mod validate;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use pyblish_sdk::{Adapter, Data, Description, Folder, Opening, Plugins, Result, Setting};

use collect::CollectFiles;
use config::Config;
use extract::{ExtractFiles, ExtractThumbnail};
use integrate::IntegrateVersion;
use validate::{ValidateCase, ValidateName, ValidateNotEmpty, ValidateSequence, ValidateSignature};

/// The host that plug-ins name.
const HOST: &str = "folder";

/// The names of all plug-ins, as the setting `off` takes them.
const NAMES: [&str; 9] = [
    CollectFiles::NAME,
    ValidateName::NAME,
    ValidateNotEmpty::NAME,
    ValidateSignature::NAME,
    ValidateSequence::NAME,
    ValidateCase::NAME,
    ExtractFiles::NAME,
    ExtractThumbnail::NAME,
    IntegrateVersion::NAME,
];

/// The adapter `folder`.
pub struct FolderAdapter {
    config: Rc<Config>,
}

impl Adapter for FolderAdapter {
    fn describe() -> Description {
        Description::new("folder", env!("CARGO_PKG_VERSION"))
            .doc("Publishes the files that lie in a folder.")
            .host(HOST)
            .setting(
                Setting::text("inbox", "The folder whose files are published, by its path inside the sandbox.")
                    .default(config::INBOX),
            )
            .setting(
                Setting::text("root", "The folder that versions are published into, by its path inside the sandbox.")
                    .default(config::ROOT),
            )
            .setting(
                Setting::text(
                    "pattern",
                    "A regular expression that the name of every file must match as a whole, without its number and extension.",
                )
                .default(config::PATTERN),
            )
            .setting(
                Setting::texts("off", "The names of plug-ins that are left out, for example ValidateCase.")
                    .default(Vec::<String>::new()),
            )
            // Asked for as writable for the repair of names alone; grant it as :ro and the rest works.
            .folder(Folder::writable(
                "{inbox}",
                "The files to publish. They are only read, but for the repair of names.",
            ))
            .folder(Folder::writable(
                "{root}",
                "Where versions are published, and where they are staged before.",
            ))
    }

    fn open(opening: Opening) -> Result<Self> {
        let config = Rc::new(Config::read(opening, &NAMES)?);
        Ok(FolderAdapter { config })
    }

    fn host(&self) -> Data {
        let mut data = Data::new();
        data.insert("inbox".into(), self.config.inbox.clone().into());
        data.insert("root".into(), self.config.root.clone().into());
        data
    }

    fn plugins(&self) -> Result<Plugins> {
        let mut plugins = Plugins::new();
        for name in NAMES.into_iter().filter(|name| !self.config.is_off(name)) {
            let config = Rc::clone(&self.config);
            plugins = match name {
                CollectFiles::NAME => plugins.context(CollectFiles { config }),
                ValidateName::NAME => plugins.repairable(ValidateName { config }),
                ValidateNotEmpty::NAME => plugins.instance(ValidateNotEmpty { config }),
                ValidateSignature::NAME => plugins.instance(ValidateSignature { config }),
                ValidateSequence::NAME => plugins.instance(ValidateSequence { config }),
                ValidateCase::NAME => plugins.context(ValidateCase),
                ExtractFiles::NAME => plugins.instance(ExtractFiles { config }),
                ExtractThumbnail::NAME => plugins.instance(ExtractThumbnail { config }),
                IntegrateVersion::NAME => plugins.instance(IntegrateVersion { config }),
                _ => unreachable!("NAMES lists nothing else"),
            };
        }
        Ok(plugins)
    }
}

pyblish_sdk::export!(FolderAdapter);
