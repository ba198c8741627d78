//! Brings a job to the hub, and to the farm.

use sha2::{Digest, Sha256};

use super::again::WorkerCommand;
use super::farm_kind::{FarmKind, FarmSettings};
use super::maker::MadeJob;
use crate::stderr::Error;
use pyblish_farm::wire::{JobInfo, Submit};
use pyblish_farm::{HubAccess, JobsError, Submitted, Submitter};
use pyblish_platform::identity;
use pyblish_server::{HandedOver, JobError, Secret};

/// How jobs are handed over.
#[derive(Clone)]
pub struct Handing {
    pub access: HubAccess,
    pub settings: FarmSettings,
    pub worker: WorkerCommand,
}

impl Handing {
    /// What tells a farm of this kind of jobs with this adapter and host.
    ///
    /// # Errors
    /// Something is missing, or the hub does not answer.
    pub async fn submitter(
        &self,
        kind: FarmKind,
        adapter: &str,
        host: Option<&str>,
    ) -> Result<Box<dyn Submitter + Send>, JobError> {
        let worker = match kind {
            FarmKind::Here => {
                let worker = self.worker.for_job(adapter, host, &self.access).await;
                worker.map_err(of_hub)?
            }
            _ => self.worker.clone(),
        };
        let submitter = self.settings.submitter(kind, &self.access, &worker);
        submitter.map_err(|error| JobError::Unusable(error.to_string()))
    }

    /// Makes the job in the hub, and gives it to the farm. A job that the farm did not get is
    /// cancelled.
    ///
    /// # Errors
    /// See [`JobError`].
    pub async fn submit(
        &self,
        kind: FarmKind,
        made: MadeJob,
        (key, session): (String, String),
    ) -> Result<HandedOver, JobError> {
        let host = made.spec.host.as_ref().map(|host| host.host.clone());
        let name = made.spec.adapter.name.clone();
        let ready = self.submitter(kind, &name, host.as_deref()).await;
        let submitter = ready.inspect_err(|_| made.discard())?;
        let submit = Submit {
            user: identity::user().unwrap_or_else(|| "unknown".into()),
            key,
            submitter: submitter.name().to_owned(),
            session: Some(session),
            spec: made.spec.clone(),
        };
        let mut client = self.access.client();
        let job = match client.submit(&submit).await {
            // With the same key nothing is made twice.
            Err(error) if error.is_passing() => client.submit(&submit).await,
            job => job,
        };
        let job = match job {
            Ok(job) => job,
            Err(error) => {
                // Without an answer, the job may be there.
                if !error.is_passing() {
                    made.discard();
                }
                return Err(of_hub(error));
            }
        };
        if job.state == "cancelled" {
            let again = "the job of this key was cancelled; hand it over with another key";
            return Err(JobError::FarmFailed(again.into()));
        }
        let told = match give(submitter, &job, &submit).await {
            Ok(told) => told,
            Err(error) => {
                let cancelled = match client.cancel(job.id).await {
                    Ok(_) => format!("job {} is cancelled", job.id),
                    Err(other) => format!("job {} is not cancelled: {other}", job.id),
                };
                made.discard();
                return Err(JobError::FarmFailed(format!("{error}; {cancelled}")));
            }
        };
        // The farm may have begun with it.
        let job = client.job(job.id).await.unwrap_or(job);
        Ok(HandedOver { job, told })
    }
}

async fn give(
    submitter: Box<dyn Submitter + Send>,
    job: &JobInfo,
    submit: &Submit,
) -> Result<String, Error> {
    let submitted = Submitted {
        id: job.id,
        name: job.name.clone(),
        tasks: submit.spec.tasks(),
    };
    let given = tokio::task::spawn_blocking(move || submitter.submit(&submitted));
    Ok(given.await??)
}

/// A key of the hub for what was asked with this key in this session; another one each time without.
///
/// # Errors
/// The system gives no random bytes.
pub fn key_of(session: &str, key: Option<&str>) -> Result<String, JobError> {
    match key {
        None => {
            let key = Secret::new();
            let key = key.map_err(|error| {
                JobError::Other(format!("the system gives no random bytes: {error}"))
            })?;
            Ok(hex(key.reveal()))
        }
        Some(key) => Ok(hex(&format!("{session}\n{key}"))),
    }
}

fn hex(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why the hub did not do it.
pub fn of_hub(error: JobsError) -> JobError {
    let detail = error.to_string();
    match error {
        error if error.is_passing() => JobError::HubAway(detail),
        JobsError::Refused { status, code, .. } => JobError::HubRefused {
            status,
            code,
            detail,
        },
        _ => JobError::Other(detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_key_in_the_same_session_is_the_same_job() {
        let key = |session: &str, key: &str| key_of(session, Some(key)).unwrap();
        assert_eq!(key("a", "k"), key("a", "k"));
        assert!(key("a", "k") != key("b", "k") && key("a", "k") != key("a", "l"));
        assert!(key_of("a", None).unwrap() != key_of("a", None).unwrap());
    }
}
