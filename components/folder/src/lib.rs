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
//! # How files become versions
//!
//! `inbox.rs` lists the files, `leftover.rs` says which of them programs left behind, and `group.rs`
//! makes items of the others: `number.rs` finds the number in a name, `meaning.rs` decides what it
//! is, `correction.rs` has what artists said of it. `collect.rs` makes instances of items, and
//! `naming.rs` gives them names that do not depend on what else is in the inbox. `template.rs` and
//! `version.rs` know where versions are. `exception.rs` has what need not hold for an item.
//!
//! # The content of a collected instance
//!
//! Its name is the name of its file without the extension, or the part before the number of a
//! sequence. Its members are the paths of its files. Paths in data are those of the machine. Its
//! data:
//!
//! | key | value |
//! | --- | --- |
//! | `family` | `image`, `imagesequence`, `texture`, `geometry`, `cache`, `scene`, `document` or `other` |
//! | `label` | `skyline.jpg`, `hero.####.png 1001-1048`, or `wood.<UDIM>.png 4 tiles` |
//! | `publish` | whether to publish it; true by default |
//! | `asset` | the name that it is published under: its own, until the repair changes it |
//! | `files` | the names of its files |
//! | `extension` | in lower case, without the dot |
//! | `size` | of all files, in bytes |
//! | `reading` | what its numbers are: `files`, `frames`, `frames by 5`, `tiles` |
//! | `evidence` | why, if there is a number |
//! | `correction` | set by people: what its numbers really are, or `guess` |
//! | `frameStart`, `frameEnd`, `step`, `frames`, `padding` | of a sequence: first and last number, in which step, how many files, printed width |
//! | `fraction` | of a sequence with subframes: how many digits are a fraction |
//! | `missing`, `missingCount` | of a sequence: the first holes (`1003`, `1007-1009`), and how many frames are missing |
//! | `tiles` | of a texture: the numbers of its tiles |
//! | `comment`, `wantedVersion` | set by people: a comment on this instance, and the number of its version |
//! | `exceptions` | set by people: validators that do not hold here, each with a reason |
//! | `excepted` | the exceptions that applied |
//! | `renamed` | once repaired: the old and the new name of each file |
//! | `parts` | the paths of files that it names, which are published with it |
//! | `namedBy` | the files that name it |
//! | `notChecked` | once validated: of how many files nobody knows whether they are whole |
//! | `staging`, `transfers`, `stamp` | once extracted: where the copies are; name, size and SHA-256 of each; what the files were like |
//! | `screenshot` | a picture that a user gave it, as a data URL: its thumbnail is made of it |
//! | `thumbnail` | once extracted: the name of the thumbnail |
//! | `version`, `publishPath`, `published` | once integrated |
//! | `unchanged` | once integrated: whether that version was there already, with the same bytes |
//!
//! The context's data is `inbox`, `root`, `user`, `machine`, `host`, `leftOut` and `leftOutCount`;
//! if a frontend sets `comment`, it is written to `publish.json`.

mod alike;
mod blend;
mod clock;
mod collect;
mod config;
mod correction;
mod disk;
mod exception;
mod extract;
mod family;
mod group;
mod handed;
mod header;
mod inbox;
mod integrate;
mod item;
mod leftover;
mod manifest;
mod meaning;
mod name;
mod naming;
mod number;
pub mod parsers;
mod paths;
mod portable;
mod reference;
mod rename;
mod sequence;
mod session_folder;
mod signature;
mod soundness;
mod staging;
mod taken;
mod template;
mod usda;
mod validate;
mod version;
mod word;

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
    Excepted, ValidateCase, ValidateName, ValidateNotEmpty, ValidateReferences, ValidateSequence,
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
            .setting(
                Setting::text(
                    "template",
                    "Where versions go in the root. Keys are {family}, {name}, {version:03}, {user}, \
                     {file}, those of the setting values, and those of the data.",
                )
                .default(config::TEMPLATE),
            )
            .setting(
                Setting::texts(
                    "values",
                    "Values for keys of the template, for example project=bunny.",
                )
                .default(Vec::<String>::new()),
            )
            .setting(
                Setting::texts(
                    "leave-out",
                    "More names of files that are left out, for example *.review.mov. * is any \
                     text, ? a character, # a number.",
                )
                .default(Vec::<String>::new()),
            )
            .setting(
                Setting::texts(
                    "optional",
                    "The validators that artists may leave out for an instance, for example \
                     ValidateSequence, or ValidateSequence/imagesequence/preview* for some.",
                )
                .default(config::OPTIONAL.map(String::from).to_vec()),
            )
            .setting(
                Setting::texts(
                    "exceptions",
                    "What need not hold, each with its reason, for example \
                     \"ValidateSequence/cache: simulations begin late\".",
                )
                .default(Vec::<String>::new()),
            )
            .setting(
                Setting::integer(
                    "longest-path",
                    "How many characters the path of a published file may have.",
                )
                .default(config::LONGEST_PATH),
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
            // For thumbnails of movies.
            .ffmpeg()
    }

    fn open(opening: Opening) -> Result<Self> {
        let config = Rc::new(Config::read(opening, &NAMES)?);
        Ok(FolderAdapter { config })
    }

    fn host(&self) -> Data {
        let mut data = Data::new();
        for (key, path) in [("inbox", &self.config.inbox), ("root", &self.config.root)] {
            data.insert(key.into(), self.config.shown(path).into());
        }
        data
    }

    fn plugins(&self) -> Result<Plugins> {
        let mut plugins = Plugins::new();
        for name in NAMES.into_iter().filter(|name| !self.config.is_off(name)) {
            let config = Rc::clone(&self.config);
            plugins = match name {
                CollectFiles::NAME => plugins.context(CollectFiles { config }),
                ValidateName::NAME => {
                    plugins.repairable(self.excepted(name, ValidateName { config }))
                }
                ValidateNotEmpty::NAME => {
                    plugins.instance(self.excepted(name, ValidateNotEmpty { config }))
                }
                ValidateSignature::NAME => {
                    plugins.instance(self.excepted(name, ValidateSignature { config }))
                }
                ValidateSequence::NAME => {
                    plugins.instance(self.excepted(name, ValidateSequence { config }))
                }
                ValidateSoundness::NAME => {
                    plugins.instance(self.excepted(name, ValidateSoundness { config }))
                }
                ValidateReferences::NAME => {
                    plugins.instance(self.excepted(name, ValidateReferences { config }))
                }
                ValidateCase::NAME => plugins.context(ValidateCase { config }),
                ExtractFiles::NAME => plugins.instance(ExtractFiles { config }),
                ExtractThumbnail::NAME => plugins.instance(ExtractThumbnail { config }),
                IntegrateVersion::NAME => plugins.instance(IntegrateVersion { config }),
                _ => unreachable!("NAMES lists nothing else"),
            };
        }
        Ok(plugins)
    }
}

impl FolderAdapter {
    /// A validator that can be left out for an instance.
    fn excepted<P>(&self, name: &'static str, plugin: P) -> Excepted<P> {
        let config = Rc::clone(&self.config);
        Excepted {
            config,
            name,
            plugin,
        }
    }
}

pyblish_sdk::export!(FolderAdapter);
