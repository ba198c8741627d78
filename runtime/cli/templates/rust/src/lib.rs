//! Publishes the files of a folder: finds them, checks their names, copies them.
//!
//! `describe` says what the adapter is and asks for; `plugins` lists its plug-ins, each a type
//! below.

use std::fs;
use std::path::Path;

use pyblish_sdk::{Action, ActionCondition, Adapter, Context, ContextPlugin, CopyErrorCode};
use pyblish_sdk::{Copying, Description, Failure, Folder, Instance, InstancePlugin, Meta, Opening};
use pyblish_sdk::{Plugins, Repair, Result, Setting, Target, fail, log};

/// The two folders, as the adapter sees them; the user chooses the folders of the machine.
const WORK: &str = "/work";
const PUBLISH: &str = "/publish";

struct MyAdapter {
    ignore: Vec<String>,
}

impl Adapter for MyAdapter {
    fn describe() -> Description {
        let ignore = "Files whose names end like this are ignored.";
        Description::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .doc("Publishes the files of a folder.")
            .host("files")
            .setting(Setting::texts("ignore", ignore).default(vec![".tmp"]))
            .folder(Folder::writable(
                WORK,
                "The files to publish; repair renames them.",
            ))
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
            .action(Action::new("show-name", "Show the good name").on(ActionCondition::Failed))
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let file = file(instance)?;
        let good = good_name(&file);
        if file != good {
            let message = format!("{file} has capitals or spaces: rename it to {good}, or repair");
            return Err(Failure::new(message).title("Bad name").kind("BadName"));
        }
        Ok(())
    }

    fn act(&self, _: &str, target: Target) -> Result {
        // The instance that the user means, or the context.
        if let Target::Instance(instance) = target {
            let file = file(&instance)?;
            log::info!("{file} becomes {}", good_name(&file));
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
            .doc("Copy the file to the publish folder. What is published is never replaced.")
            .families(["file"])
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let file = file(instance)?;
        let copying = Copying::new(WORK, PUBLISH).file(&file, &file);
        match copying.progress(0.0, 1.0).run() {
            Ok(copied) => {
                log::info!("Published {file}");
                instance.set("sha256", copied[0].sha256.clone());
                Ok(())
            }
            Err(error) if error.code == CopyErrorCode::AlreadyExists => {
                fail!("{file} is published already: rename it, or remove what is published")
            }
            Err(error) => Err(error.into()),
        }
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
    use pyblish_sdk::testing::{Harness, take_records};

    use super::*;

    #[test]
    fn a_good_name_has_neither_capitals_nor_spaces() {
        assert_eq!(good_name("My Hero.txt"), "my_hero.txt");
    }

    /// A session with one instance, whose file is there only in its data.
    fn session() -> Harness<MyAdapter> {
        let session = Harness::open(pyblish_sdk::Data::new()).unwrap();
        session.context(|context| context.create("hero").set("file", "My Hero.txt"));
        session
    }

    #[test]
    fn a_name_is_shown_and_corrected_by_the_user() {
        let session = session();
        let outcome = session.process("ValidateName", Some("hero"));
        assert_eq!(outcome.failure.unwrap().title.unwrap(), "Bad name");

        let outcome = session.act("ValidateName", "show-name", Some("hero"));
        assert!(outcome.failure.is_none());
        let (_, record) = take_records().pop().unwrap();
        assert_eq!(record, "My Hero.txt becomes my_hero.txt");

        session.set(Some("hero"), "file", "my_hero.txt");
        let outcome = session.process("ValidateName", Some("hero"));
        assert!(outcome.failure.is_none());
    }

    #[test]
    fn a_cancelled_copy_is_done_again_later() {
        use pyblish_sdk::bindings::pyblish::endpoint::model::FailureKind;
        let outcome = session().cancelled(|it| it.process("ExtractFile", Some("hero")));
        let failure = outcome.failure.unwrap();
        assert!(
            matches!(failure.kind, FailureKind::Cancelled),
            "{failure:?}"
        );
    }
}
