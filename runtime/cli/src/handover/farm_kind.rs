//! The kinds of farms, and what the user says of them.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::again::WorkerCommand;
use crate::exit::UsageError;
use pyblish_farm::{
    CommandSubmitter, HereSubmitter, HubAccess, OpenJdSubmitter, PullSubmitter, Submitter,
};

/// How a farm gets to know of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FarmKind {
    /// Workers ask the hub by themselves: `pyblish-endpoint work --any`
    Pull,
    /// Write a job bundle of Open Job Description, for `openjd run` or AWS Deadline Cloud
    Openjd,
    /// Run the command of --farm-command, for any other farm
    Command,
    /// No farm: publish in the background on this machine, from a copy of the scene
    Here,
}

impl FarmKind {
    /// Takes every kind but `here`: clients of a server choose the background by themselves.
    pub fn of_a_server() -> impl TypedValueParser<Value = FarmKind> {
        let farms = Self::value_variants().iter();
        let farms = farms.filter(|kind| **kind != FarmKind::Here);
        let names = PossibleValuesParser::new(farms.filter_map(ValueEnum::to_possible_value));
        names.try_map(|name| Self::from_str(&name, false))
    }
}

/// What the kinds of farms need to know.
#[derive(Debug, Clone, Default, Args)]
pub struct FarmSettings {
    /// Write the bundles of --farm=openjd into this folder
    #[arg(long, value_name = "DIR")]
    farm_bundles: Option<PathBuf>,

    /// A word of the command of --farm=command, which is run without a shell; may be repeated. {job},
    /// {task} and {name} stand for what they say; with {task} it is run for each task
    #[arg(long = "farm-command", value_name = "WORD", allow_hyphen_values = true)]
    farm_command: Vec<String>,
}

impl FarmSettings {
    /// What tells a farm of this kind. `worker` is the command that does jobs here.
    ///
    /// # Errors
    /// Something is missing. The text names the flag.
    pub fn submitter(
        &self,
        kind: FarmKind,
        hub: &HubAccess,
        worker: &WorkerCommand,
    ) -> Result<Box<dyn Submitter + Send>, UsageError> {
        Ok(match kind {
            FarmKind::Pull => Box::new(PullSubmitter),
            FarmKind::Openjd => match &self.farm_bundles {
                Some(folder) => Box::new(OpenJdSubmitter::new(folder.clone())),
                None => {
                    return Err(UsageError(
                        "--farm=openjd writes a bundle: name a folder for it with --farm-bundles"
                            .into(),
                    ));
                }
            },
            FarmKind::Command => {
                let command = CommandSubmitter::new(self.farm_command.clone());
                let wrong = |error| UsageError(format!("--farm-command: {error}"));
                Box::new(command.map_err(wrong)?)
            }
            FarmKind::Here => {
                let (words, logs) = worker.words_and_logs();
                Box::new(HereSubmitter::new(words, logs, hub.clone()))
            }
        })
    }
}
