//! Has the runtime copy the files into a staging folder, and measure them: their SHA-256 is that of
//! the written bytes.
//!
//! The copies only count if no file changed meanwhile, which the runtime checks. After any failure,
//! the staging folder is removed.

use std::rc::Rc;

use pyblish_sdk::{Copying, Instance, InstancePlugin, Meta, Result, fail, progress};

use crate::config::Config;
use crate::disk;
use crate::name::{self, MANIFEST};
use crate::reference;
use crate::staging::{self, Staging, Transfer};

pub struct ExtractFiles {
    pub config: Rc<Config>,
}

impl ExtractFiles {
    pub const NAME: &str = "ExtractFiles";
}

impl InstancePlugin for ExtractFiles {
    fn meta(&self) -> Meta {
        Meta::extractor(Self::NAME).label("Copy files").doc(
            "Copies the files to the publish folder, and checks that they did not change \
             meanwhile. Nothing is published yet, and your files stay where they are.",
        )
    }

    fn process(&self, instance: &mut Instance) -> Result {
        let config = &self.config;
        let mut files = name::files(instance)?;
        files.extend(reference::parts(instance)?);
        if let Some(file) = files
            .iter()
            .find(|file| file.eq_ignore_ascii_case(MANIFEST))
        {
            fail!(
                "{file} is the name of the description in every version: rename the file, and \
                 collect again"
            );
        }
        // From here on, earlier copies are out of date, even if this fails.
        staging::discard(config, instance);
        for key in ["staging", "transfers", "thumbnail"] {
            instance.unset(key);
        }

        let staging = Staging::create(config)?;
        staging.make_folders(config, &files)?;
        let copying = Copying::new(&config.inbox, staging.path()).progress(0.0, 1.0);
        let copying = files
            .iter()
            .fold(copying, |copying, file| copying.file(file, file));
        let copied = copying
            .run()
            .map_err(|error| disk::cannot_copy(&error, &config.root))?;
        let transfers: Vec<Transfer> = files
            .iter()
            .zip(copied)
            .map(|(file, copied)| Transfer {
                file: file.clone(),
                size: copied.size,
                sha256: copied.sha256,
            })
            .collect();
        progress(1.0, &format!("Copied {} files", files.len()));
        instance.set(
            "size",
            transfers.iter().map(|transfer| transfer.size).sum::<u64>(),
        );
        instance.set("transfers", serde_json::to_value(&transfers)?);
        instance.set("staging", staging.keep());
        Ok(())
    }
}
