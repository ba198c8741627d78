//! The adapter that is kept as a file for the contract 0.2.0: it uses the interfaces `service`,
//! `work` and `files`, and types of each kind.

use pyblish_sdk::{Action, ActionCondition, Adapter, Context, ContextPlugin, Copying, Data};
use pyblish_sdk::{Description, Failure, Folder, Instance, InstancePlugin, Meta, Opening, Plugins};
use pyblish_sdk::{Repair, Result, Setting, Target, log, progress, stop_if_cancelled};

const WORK: &str = "/work";
const PUBLISH: &str = "/publish";

struct Kept {
    files: Vec<String>,
    user: String,
}

impl Adapter for Kept {
    fn describe() -> Description {
        Description::new("contract-0-2-0", "1.0.0")
            .doc("Copies the files that a setting names. Made for the contract 0.2.0.")
            .host("files")
            .setting(Setting::texts("files", "The files to publish.").default(vec!["hero.txt"]))
            .folder(Folder::readable(WORK, "The files."))
            .folder(Folder::writable(PUBLISH, "Where they are published."))
    }

    fn open(opening: Opening) -> Result<Self> {
        let files = opening.settings.get("files")?;
        let user = opening.user;
        Ok(Kept { files, user })
    }

    fn host(&self) -> Data {
        Data::from_iter([("contract".to_owned(), "0.2.0".into())])
    }

    fn plugins(&self) -> Result<Plugins> {
        let (files, user) = (self.files.clone(), self.user.clone());
        Ok(Plugins::new()
            .context(CollectFiles { files, user })
            .repairable(ValidateName)
            .instance(ExtractFile))
    }
}

pyblish_sdk::export!(Kept);

struct CollectFiles {
    files: Vec<String>,
    user: String,
}

impl ContextPlugin for CollectFiles {
    fn meta(&self) -> Meta {
        Meta::collector("CollectFiles").doc("Make an instance of each file.")
    }

    fn process(&self, context: &mut Context) -> Result {
        context.set("artist", self.user.clone());
        for name in &self.files {
            log::info!("Found {name}");
            let mut instance = context.create(name);
            instance.set("family", "file");
            instance.set("file", name.clone());
            instance.set("frames", 7);
            instance.set("scale", 0.5);
            instance.set("tags", vec!["a", "b"]);
        }
        Ok(())
    }
}

struct ValidateName;

impl InstancePlugin for ValidateName {
    fn meta(&self) -> Meta {
        Meta::validator("ValidateName")
            .doc("Names are in lower case.")
            .families(["file"])
            .action(Action::new("show-name", "Show the good name").on(ActionCondition::Failed))
    }

    fn process(&self, instance: &mut Instance) -> Result {
        stop_if_cancelled()?;
        let name = file(instance)?;
        if name == name.to_ascii_lowercase() {
            Ok(())
        } else {
            Err(Failure::new("the name has capitals: repair it")
                .title("Bad name")
                .kind("BadName"))
        }
    }

    fn act(&self, _: &str, target: Target) -> Result {
        if let Target::Instance(instance) = target {
            log::info!("{}", file(&instance)?.to_ascii_lowercase());
        }
        Ok(())
    }
}

impl Repair for ValidateName {
    fn repair(&self, instance: &mut Instance) -> Result {
        let good = file(instance)?.to_ascii_lowercase();
        instance.set("file", good);
        Ok(())
    }
}

struct ExtractFile;

impl InstancePlugin for ExtractFile {
    fn meta(&self) -> Meta {
        Meta::extractor("ExtractFile")
            .doc("Copy the file.")
            .families(["file"])
    }

    fn process(&self, instance: &mut Instance) -> Result {
        progress(0.0, "copying");
        let name = file(instance)?;
        let copied = Copying::new(WORK, PUBLISH)
            .file(&name, &name)
            .verify()
            .progress(0.1, 0.9)
            .run()?;
        instance.set("sha256", copied[0].sha256.clone());
        instance.set("size", copied[0].size);
        Ok(())
    }
}

fn file(instance: &Instance) -> Result<String> {
    instance
        .get("file")
        .ok_or_else(|| Failure::new("the instance has no file"))
}
