//! The open sessions, and what makes their files known to other machines.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::exit::UsageError;
use crate::launch::Launched;
use pyblish_adapter::Catalog;
use pyblish_farm::{JobPlace, Storages};
use pyblish_session::{SessionManager, StandingGrants};

/// The host whose start is known without any configuration.
const KNOWN: &str = "blender";

/// Where jobs are made from. Cheap to clone.
#[derive(Clone)]
pub struct JobSource(Arc<Parts>);

struct Parts {
    manager: Arc<SessionManager>,
    catalog: Catalog,
    storages: Storages,
    standing: HashMap<String, StandingGrants>,
    /// The hosts that can be started here without a window.
    starts: BTreeSet<String>,
    again: Vec<String>,
    logs: PathBuf,
}

impl JobSource {
    /// The sessions of this manager.
    ///
    /// # Errors
    /// A file of configuration is wrong.
    pub fn of(launched: &Launched) -> Result<Self, UsageError> {
        let config = &launched.config;
        let mut starts = config.started_hosts();
        starts.insert(KNOWN.to_owned());
        let logs = launched.archive.folder().with_file_name("background");
        Ok(JobSource(Arc::new(Parts {
            manager: launched.manager.clone(),
            catalog: launched.catalog.clone(),
            storages: config.storages()?,
            standing: config.standing()?,
            starts,
            again: launched.again.clone(),
            logs,
        })))
    }

    /// The manager of the sessions.
    pub(super) fn manager(&self) -> &Arc<SessionManager> {
        &self.0.manager
    }

    /// Where adapters are found.
    pub(super) fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// Where the folders are that other machines have, too.
    pub(super) fn storages(&self) -> &Storages {
        &self.0.storages
    }

    /// What the configuration grants to this adapter.
    pub(super) fn standing(&self, adapter: &str) -> StandingGrants {
        self.0.standing.get(adapter).cloned().unwrap_or_default()
    }

    /// The flags with which another command opens sessions as this one does.
    pub(super) fn again(&self) -> &[String] {
        &self.0.again
    }

    /// Where the logs of background publishes go.
    pub(super) fn logs(&self) -> PathBuf {
        self.0.logs.clone()
    }

    /// Where a publish of this session can be done.
    pub(super) fn places(&self, session: &str) -> Vec<JobPlace> {
        let host = self.0.manager.bridge(session);
        match host.is_none_or(|host| self.0.starts.contains(&host)) {
            true => vec![JobPlace::Farm, JobPlace::Here],
            false => vec![JobPlace::Farm],
        }
    }
}
