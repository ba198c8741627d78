//! Publishes the files of a folder: finds them, checks their names, copies them.
//!
//! `describe` says what the adapter is and asks for; `plugins` lists what it does, each a type below.

use std::fs;
use std::path::Path;

use pyblish_sdk::{Adapter, Context, ContextPlugin, Description, Failure, Folder, Instance};
use pyblish_sdk::{InstancePlugin, Meta, Opening, Plugins, Repair, Result, Setting, fail, log};

/// The two folders, as the adapter sees them; which folders of the machine they are, the user says.
const WORK: &str = "/work";
const PUBLISH: &str = "/publish";

struct MyAdapter {
    ignore: Vec<String>,
}

impl Adapter for MyAdapter {
    fn describe() -> Description {
        let ignore = "Files whose names end so are left alone.";
        Description::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .doc("Publishes the files of a folder.")
            .host("files")
            .setting(Setting::texts("ignore", ignore).default(vec![".tmp"]))
            .folder(Folder::writable(WORK, "What is published, and renamed."))
            .folder(Folder::writable(PUBLISH, "Where it is published."))
    }

    fn open(opening: Opening) -> Result<Self> {
        let ignore = opening.settings.get("ignore")?;
        Ok(MyAdapter { ignore })
    }

    fn plugins(&self) -> Result<Plugins> {
        let ignore = self.ignore.clone();
        Ok(Plugins::new()
            .context(CollectFiles { ignore })
            .repairable(ValidateName)
            .instance(ExtractFile))
    }
}

pyblish_sdk::export!(MyAdapter);

struct CollectFiles {
    ignore: Vec<String>,
}

impl ContextPlugin for CollectFiles {
    fn meta(&self) -> Meta {
        Meta::collector("CollectFiles").doc("Find the files of the work folder.")
    }

    fn process(&self, context: &mut Context) -> Result {
        let mut names = Vec::new();
        for entry in fs::read_dir(WORK)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let ignored = self.ignore.iter().any(|ending| name.ends_with(ending));
            if entry.file_type()?.is_file() && !ignored {
                names.push(name);
            }
        }
        names.sort();
        for name in names {
            log::info!("Found {name}");
            let mut instance = context.create(&name);
            instance.set("family", "file");
            instance.set("file", name);
        }
        Ok(())
    }
}

struct ValidateName;

impl InstancePlugin for ValidateName {
    fn meta(&self) -> Meta {
        Meta::validator("ValidateName")
            .doc("Names are lower case, without spaces. Repair renames the file.")
            .families(["file"])
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let file = file(instance)?;
        let good = good_name(&file);
        if file != good {
            let message = format!("{file} has capitals or spaces: rename it to {good}, or repair");
            return Err(Failure::new(message).title("Bad name"));
        }
        Ok(())
    }
}

impl Repair for ValidateName {
    fn repair(&self, instance: &mut Instance) -> Result {
        let file = file(instance)?;
        let good = good_name(&file);
        if Path::new(WORK).join(&good).exists() {
            fail!("{file} cannot become {good}, which is there already: rename one of them");
        }
        fs::rename(Path::new(WORK).join(&file), Path::new(WORK).join(&good))?;
        log::info!("Renamed {file} to {good}");
        instance.set("file", good);
        Ok(())
    }
}

struct ExtractFile;

impl InstancePlugin for ExtractFile {
    fn meta(&self) -> Meta {
        Meta::extractor("ExtractFile")
            .doc("Copy the file to the publish folder.")
            .families(["file"])
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let file = file(instance)?;
        fs::copy(Path::new(WORK).join(&file), Path::new(PUBLISH).join(&file))?;
        log::info!("Published {file}");
        Ok(())
    }
}

/// The name of the instance's file.
fn file(instance: &Instance) -> Result<String> {
    let file = instance.get("file");
    file.ok_or_else(|| Failure::new(format!("{} has no file: reset", instance.name())))
}

fn good_name(name: &str) -> String {
    name.to_lowercase().replace(' ', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_name_has_neither_capitals_nor_spaces() {
        assert_eq!(good_name("My Hero.txt"), "my_hero.txt");
    }
}
