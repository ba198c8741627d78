//! The adapter for a plain folder: checks the files in the inbox, and publishes them as versions
//! that are never overwritten.
//!
//! There is no application, so it only knows the files. Its policy:
//!
//! - The inbox belongs to the artist. It is only read; only the repair of a name changes it, and
//!   never touches another file.
//! - The root belongs to the studio. A version appears in it completely, by one rename, or not at
//!   all; `integrate.rs` has the details.
//! - Files that cannot be used are reported with the next step, and never hide the others.
//!
//! # The content of a collected instance
//!
//! Its name is the name of its file without the extension, or the part before the number of a
//! sequence. If two items in the inbox have the same name, each gets its extension appended:
//! `hero.png` and `hero.glb` become `hero_png` and `hero_glb`. Its members are the paths of its
//! files. Its data:
//!
//! | key | value |
//! | --- | --- |
//! | `family` | `image`, `imagesequence`, `geometry`, `cache`, `scene`, `document` or `other` |
//! | `label` | `skyline.jpg`, or `hero.####.png 1001-1048` |
//! | `publish` | whether to publish it; true by default |
//! | `asset` | the name that it is published under: its own, until the repair changes it |
//! | `files` | the names of its files |
//! | `extension` | in lower case, without the dot |
//! | `size` | of all files, in bytes |
//! | `frameStart`, `frameEnd`, `frames`, `padding` | of a sequence: first and last number, how many files, printed width |
//! | `missing`, `missingCount` | of a sequence: the first holes (`1003`, `1007-1009`), and how many frames are missing |
//! | `parts` | the paths of files that it names, which are published with it |
//! | `namedBy` | the files that name it |
//! | `notChecked` | once validated: of how many files nobody knows whether they are whole |
//! | `staging`, `transfers` | once extracted: where the copies are; name, size and SHA-256 of each |
//! | `thumbnail` | once extracted: the name of the thumbnail |
//! | `version`, `publishPath`, `published` | once integrated |
//!
//! The context's data is `inbox`, `root`, `user`, `machine` and `host`; if a frontend sets
//! `comment`, it is written to `publish.json`.

mod blend;
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
pub mod parsers;
mod reference;
mod rename;
mod sequence;
mod signature;
mod soundness;
mod staging;
mod usda;
mod validate;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use pyblish_sdk::{Adapter, Data, Description, Folder, Opening, Plugins, Result, Setting};

use collect::CollectFiles;
use config::{Config, HOST};
use extract::{ExtractFiles, ExtractThumbnail};
use integrate::IntegrateVersion;
use validate::{
    ValidateCase, ValidateName, ValidateNotEmpty, ValidateReferences, ValidateSequence,
    ValidateSignature, ValidateSoundness,
};

/// The names of all plug-ins, as in the setting `off`.
const NAMES: [&str; 11] = [
    CollectFiles::NAME,
    ValidateName::NAME,
    ValidateNotEmpty::NAME,
    ValidateSignature::NAME,
    ValidateSoundness::NAME,
    ValidateSequence::NAME,
    ValidateReferences::NAME,
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
            .doc("Publishes the files in a folder.")
            .host(HOST)
            .setting(
                Setting::text(
                    "inbox",
                    "The folder with the files to publish, as a path inside the sandbox.",
                )
                .default(config::INBOX),
            )
            .setting(
                Setting::text(
                    "root",
                    "The folder for published versions, as a path inside the sandbox.",
                )
                .default(config::ROOT),
            )
            .setting(
                Setting::text(
                    "pattern",
                    "A regular expression that must match the whole name of every file, without \
                     its number and extension.",
                )
                .default(config::PATTERN),
            )
            .setting(
                Setting::texts(
                    "off",
                    "The names of plug-ins to leave out, for example ValidateCase.",
                )
                .default(Vec::<String>::new()),
            )
            // Writable only for the repair of names; with :ro everything else works.
            .folder(Folder::writable(
                "{inbox}",
                "The files to publish. They are only read, except by the repair of names.",
            ))
            .folder(Folder::writable(
                "{root}",
                "The folder for published versions, and for their copies before that.",
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
                ValidateSoundness::NAME => plugins.instance(ValidateSoundness { config }),
                ValidateSequence::NAME => plugins.instance(ValidateSequence { config }),
                ValidateReferences::NAME => plugins.instance(ValidateReferences { config }),
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
