//! The command that does a job in the background on this machine: `work`, with what this command
//! was given.

use std::path::PathBuf;

use super::source::JobSource;
use crate::hub_options::HubOptions;
use crate::stderr::Error;
use pyblish_farm::HubAccess;
use pyblish_shipping::SendRule;

/// The command, without what depends on the job.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    words: Vec<String>,
    /// Where its logs go.
    logs: PathBuf,
}

impl WorkerCommand {
    /// What opens sessions as this command does, asks the same hub, and sends the same to it.
    ///
    /// # Errors
    /// The system does not say which program this is.
    pub fn new(source: &JobSource, hub: &HubOptions, sends: &[SendRule]) -> Result<Self, Error> {
        let program = std::env::current_exe()
            .map_err(|error| format!("the system does not say which program this is: {error}"))?;
        let mut words = vec![program.to_string_lossy().into_owned(), "work".to_owned()];
        words.extend(source.again().iter().cloned());
        words.extend(hub.again());
        for rule in sends {
            words.push(format!("--hub-send={rule}"));
        }
        Ok(WorkerCommand {
            words,
            logs: source.logs(),
        })
    }

    pub(super) fn words_and_logs(&self) -> (Vec<String>, PathBuf) {
        (self.words.clone(), self.logs.clone())
    }

    /// The same for a job: it takes nothing else, and knows the hub's key.
    ///
    /// # Errors
    /// The hub does not tell its key.
    pub async fn for_job(
        &self,
        adapter: &str,
        host: Option<&str>,
        hub: &HubAccess,
    ) -> Result<Self, pyblish_farm::JobsError> {
        let key = hub.client().key().await?.key;
        let mut words = self.words.clone();
        words.push(format!("--job-key={key}"));
        words.push(format!("--allow-adapter={adapter}"));
        if let Some(host) = host {
            words.push(format!("--allow-host={host}"));
        }
        Ok(WorkerCommand {
            words,
            logs: self.logs.clone(),
        })
    }
}
