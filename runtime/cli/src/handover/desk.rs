//! What a server needs to hand publishes of its sessions over, and to show what becomes of them.

use std::sync::Arc;

use futures_util::FutureExt;

use super::farm_kind::FarmKind;
use super::maker::JobMaker;
use super::source::JobSource;
use super::submit::{Handing, key_of, of_hub};
use crate::report_parts::ReportParts;
use pyblish_farm::wire::{EventList, JobInfo, JobPage};
use pyblish_farm::{Demanded, JobPlace, Submitted, TaskSpec};
use pyblish_report::Report;
use pyblish_server::{AttemptKey, HandOver, HandedOver, HubJobs, JobAnswer, JobError};
use pyblish_session::Session;

/// Hands publishes of sessions over to the studio's hub.
pub struct HubDesk {
    source: JobSource,
    handing: Handing,
    /// How the farm gets to know of jobs.
    kind: FarmKind,
}

impl HubDesk {
    /// For the sessions of this source.
    pub fn new(source: JobSource, handing: Handing, kind: FarmKind) -> Arc<Self> {
        Arc::new(HubDesk {
            source,
            handing,
            kind,
        })
    }

    fn session(&self, id: &str) -> Result<Session, JobError> {
        let session = self.source.manager().session(id);
        session.ok_or_else(|| JobError::UnknownSession(id.to_owned()))
    }

    async fn hand(&self, id: &str, request: HandOver) -> Result<HandedOver, JobError> {
        let session = self.session(id)?;
        let key = key_of(id, request.key.as_deref())?;
        let maker = JobMaker {
            source: &self.source,
            session: &session,
            id,
            request: &request,
            demands: Demanded::default(),
            key: key.clone(),
            goes_on: Box::new(|| true),
        };
        maker.check_validated()?;
        let made = maker.make().await?;
        let kind = match request.place {
            JobPlace::Farm => self.kind,
            JobPlace::Here => FarmKind::Here,
        };
        self.handing.submit(kind, made, (key, id.to_owned())).await
    }

    /// Has the hub try it again, and tells the farm, whose processes for the job have ended.
    async fn again(&self, id: i64) -> Result<JobInfo, JobError> {
        let mut client = self.handing.access.client();
        let job = client.retry(id).await.map_err(of_hub)?;
        let kind = match job.place {
            JobPlace::Here => FarmKind::Here,
            JobPlace::Farm => self.kind,
        };
        let host = job.host.as_deref();
        let submitter = self.handing.submitter(kind, &job.adapter, host).await?;
        // A job that another program handed over may be for another farm.
        if submitter.name() == job.submitter {
            let tasks = job.tasks.iter().map(|task| TaskSpec {
                number: task.number,
                kind: task.kind,
                instance: task.instance.clone(),
                waits_for: 0,
            });
            let submitted = Submitted {
                id,
                name: job.name.clone(),
                tasks: tasks.collect(),
            };
            let given = tokio::task::spawn_blocking(move || submitter.submit(&submitted)).await;
            let given = given.map_err(|error| JobError::Other(error.to_string()))?;
            given.map_err(|error| JobError::FarmFailed(error.to_string()))?;
        }
        client.job(id).await.map_err(of_hub)
    }
}

impl HubJobs for HubDesk {
    fn places(&self, session: &str) -> Vec<JobPlace> {
        self.source.places(session)
    }

    fn hand_over<'a>(&'a self, session: &'a str, request: HandOver) -> JobAnswer<'a, HandedOver> {
        self.hand(session, request).boxed()
    }

    fn jobs<'a>(
        &'a self,
        session: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> JobAnswer<'a, JobPage> {
        // Ids of sessions are names of files, and need no escapes.
        let mut query = format!("session={session}&limit={limit}");
        if let Some(after) = after {
            query += &format!("&after={after}");
        }
        let mut client = self.handing.access.client();
        async move { client.jobs(&query).await.map_err(of_hub) }.boxed()
    }

    fn job(&self, id: i64) -> JobAnswer<'_, JobInfo> {
        let mut client = self.handing.access.client();
        async move { client.job(id).await.map_err(of_hub) }.boxed()
    }

    fn cancel(&self, id: i64) -> JobAnswer<'_, JobInfo> {
        let mut client = self.handing.access.client();
        async move { client.cancel(id).await.map_err(of_hub) }.boxed()
    }

    fn retry(&self, id: i64) -> JobAnswer<'_, JobInfo> {
        self.again(id).boxed()
    }

    fn events(&self, attempt: AttemptKey, after: u64) -> JobAnswer<'_, EventList> {
        let mut client = self.handing.access.client();
        async move { client.events(attempt, after).await.map_err(of_hub) }.boxed()
    }

    fn report(&self, attempt: AttemptKey) -> JobAnswer<'_, Option<Report>> {
        let mut client = self.handing.access.client();
        async move {
            let value = client.report(attempt).await.map_err(of_hub)?;
            if value.is_null() {
                return Ok(None);
            }
            let parts = ReportParts::read(value).and_then(|parts| parts.report());
            parts
                .map(Some)
                .map_err(|error| JobError::Other(error.to_string()))
        }
        .boxed()
    }
}
