//! Asking the hub about jobs.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::wire::{
    CLAIM_PATH, Claim, ClaimAnswer, EventList, Finish, Finished, Heartbeat, HeartbeatAnswer,
    JOBS_PATH, JobInfo, JobKey, JobPage, LEASE_LOST, Refused, Submit, WORK_PATH, WORKERS_PATH,
    WorkerInfo, WorkerList,
};
use pyblish_client::{RemoteAddress, RemoteBody, RemoteClient, path_part};

/// How long the hub may take for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the hub did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// There is no answer; nobody knows whether it was done.
    #[error("the hub {address} cannot be reached: {reason}")]
    Unreachable {
        /// Where it is.
        address: String,
        /// Why.
        reason: io::Error,
    },
    /// It refuses.
    #[error("the hub {address} refuses: {detail}")]
    Refused {
        /// Where it is.
        address: String,
        /// The status of its answer.
        status: u16,
        /// The stable code.
        code: String,
        /// What is wrong and what to do next, in its words.
        detail: String,
    },
    /// The answer is not that of such a hub.
    #[error("the hub {address} answers with something else: {reason}; it may have another version")]
    Strange {
        /// Where it is.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl JobsError {
    /// Whether somebody else has the task now, or may have it.
    pub fn is_lease_lost(&self) -> bool {
        matches!(self, JobsError::Refused { code, .. } if code == LEASE_LOST)
    }

    /// Whether the same may succeed a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            JobsError::Unreachable { .. } => true,
            JobsError::Refused { status, .. } => matches!(status, 429 | 500..),
            JobsError::Strange { .. } => false,
        }
    }
}

/// Makes clients of one hub. Cheap to clone.
#[derive(Clone)]
pub struct HubAccess(Arc<RemoteClient>);

impl HubAccess {
    /// With the address and the token of this client.
    pub fn new(client: RemoteClient) -> Self {
        HubAccess(Arc::new(client))
    }

    /// Another client.
    pub fn client(&self) -> JobsClient {
        JobsClient {
            remote: self.remote(),
        }
    }

    /// Another client, for something else than jobs.
    pub fn remote(&self) -> RemoteClient {
        self.0.another()
    }

    /// Where the hub is.
    pub fn address(&self) -> &RemoteAddress {
        self.0.address()
    }
}

/// A client of the hub. It has one connection, of the event loop that asks.
pub struct JobsClient {
    remote: RemoteClient,
}

impl JobsClient {
    /// Hands a job over.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn submit(&mut self, submit: &Submit) -> Result<JobInfo, JobsError> {
        self.post(JOBS_PATH, submit).await
    }

    /// A job with its tasks.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn job(&mut self, id: i64) -> Result<JobInfo, JobsError> {
        self.get(&format!("{JOBS_PATH}/{id}")).await
    }

    /// A page of jobs, the latest first. `query` are conditions as in the API, such as
    /// `state=failed`.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn jobs(&mut self, query: &str) -> Result<JobPage, JobsError> {
        self.get(&format!("{JOBS_PATH}?{query}")).await
    }

    /// Cancels a job.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn cancel(&mut self, id: i64) -> Result<JobInfo, JobsError> {
        self.post(&format!("{JOBS_PATH}/{id}/cancel"), &()).await
    }

    /// Has what failed in a job tried again.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn retry(&mut self, id: i64) -> Result<JobInfo, JobsError> {
        self.post(&format!("{JOBS_PATH}/{id}/retry"), &()).await
    }

    /// The events of an attempt at a task, after the one of this number.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn events(
        &mut self,
        (job, task, epoch): (i64, i32, i64),
        after: u64,
    ) -> Result<EventList, JobsError> {
        let path = format!("{JOBS_PATH}/{job}/tasks/{task}/events?epoch={epoch}&after={after}");
        self.get(&path).await
    }

    /// The parts of the report of an attempt; null where there is none.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn report(
        &mut self,
        (job, task, epoch): (i64, i32, i64),
    ) -> Result<serde_json::Value, JobsError> {
        let path = format!("{JOBS_PATH}/{job}/tasks/{task}/report?epoch={epoch}");
        self.get(&path).await
    }

    /// The key that the hub signs jobs with.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn key(&mut self) -> Result<JobKey, JobsError> {
        self.get(&format!("{JOBS_PATH}/key")).await
    }

    /// Asks for a task.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn claim(&mut self, claim: &Claim) -> Result<ClaimAnswer, JobsError> {
        self.post(CLAIM_PATH, claim).await
    }

    /// Renews the lease of a task.
    ///
    /// # Errors
    /// See [`JobsError`]; [`JobsError::is_lease_lost`] is one of them.
    pub async fn heartbeat(
        &mut self,
        task: i64,
        heartbeat: &Heartbeat,
        patience: Duration,
    ) -> Result<HeartbeatAnswer, JobsError> {
        let path = format!("{WORK_PATH}/{task}/heartbeat");
        self.post_within(&path, heartbeat, patience).await
    }

    /// Ends the work at a task.
    ///
    /// # Errors
    /// See [`JobsError`]; [`JobsError::is_lease_lost`] is one of them.
    pub async fn finish(&mut self, task: i64, finish: &Finish) -> Result<Finished, JobsError> {
        self.post(&format!("{WORK_PATH}/{task}/finish"), finish)
            .await
    }

    /// The workers.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn workers(&mut self) -> Result<WorkerList, JobsError> {
        self.get(WORKERS_PATH).await
    }

    /// Lets a worker `pause`, `drain` or `resume`.
    ///
    /// # Errors
    /// See [`JobsError`].
    pub async fn order(&mut self, worker: &str, order: &str) -> Result<WorkerInfo, JobsError> {
        let name = path_part(worker);
        self.post(&format!("{WORKERS_PATH}/{name}/{order}"), &())
            .await
    }

    async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, JobsError> {
        let answer = match self.remote.get(path, PATIENCE).await {
            // The hub may have closed an idle connection; repeating a read is safe.
            Err(_) => self.remote.get(path, PATIENCE).await,
            answer => answer,
        };
        self.read(answer)
    }

    async fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, JobsError> {
        self.post_within(path, body, PATIENCE).await
    }

    async fn post_within<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
        patience: Duration,
    ) -> Result<T, JobsError> {
        let strange = |error: serde_json::Error| JobsError::Strange {
            address: self.remote.address().to_string(),
            reason: error.to_string(),
        };
        let body = RemoteBody {
            media_type: "application/json",
            encoding: None,
            bytes: serde_json::to_vec(body).map_err(strange)?.into(),
        };
        let answer = self.remote.post(path, body, patience).await;
        self.read(answer)
    }

    fn read<T: DeserializeOwned>(
        &self,
        answer: io::Result<pyblish_client::Answer>,
    ) -> Result<T, JobsError> {
        let address = self.remote.address().to_string();
        let answer = match answer {
            Ok(answer) => answer,
            Err(reason) => return Err(JobsError::Unreachable { address, reason }),
        };
        if (200..300).contains(&answer.status) {
            let read = serde_json::from_slice(&answer.body);
            return read.map_err(|error| JobsError::Strange {
                address,
                reason: error.to_string(),
            });
        }
        // Something between here and the hub may answer in its own words.
        let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
        let detail = match refused.detail.as_str() {
            "" => format!("it answers {}", answer.status),
            detail => detail.to_owned(),
        };
        Err(JobsError::Refused {
            address,
            status: answer.status,
            code: refused.code,
            detail,
        })
    }
}
