//! Follows a job until it has ended: its events as they come to the hub, each attempt that failed,
//! and at the end the summary of each task, as a local publish has it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tracing_subscriber::filter::LevelFilter;

use crate::document::Document;
use crate::exit::Exit;
use crate::publish::live::Live;
use crate::publish::stop::StopSignal;
use crate::report_parts::ReportParts;
use crate::screen::Screen;
use crate::stderr::Error;
use crate::stdout;
use crate::summary::TerminalSummary;
use crate::text::{moment, one_line};
use pyblish_farm::wire::{AttemptInfo, JobInfo, TaskInfo};
use pyblish_farm::{HubAccess, JobsClient, JobsError, TaskKind};
use pyblish_history::StoredEvent;

/// How often the hub is asked.
const ASK: Duration = Duration::from_millis(500);

/// Follows one job.
pub(super) struct Follower {
    pub(super) access: HubAccess,
    pub(super) job: i64,
    pub(super) stop: StopSignal,
    pub(super) screen: Screen,
    pub(super) json: bool,
    pub(super) log: LevelFilter,
    pub(super) reports: Vec<Document>,
}

/// What was shown of an attempt.
#[derive(Default)]
struct Shown {
    /// The number of its last event.
    event: u64,
    /// Whether its end was told.
    ended: bool,
}

impl Follower {
    pub(super) async fn follow(self) -> Result<Exit, Error> {
        self.watch_over();
        let mut client = self.access.client();
        let mut live = Live::new(&self.screen, self.json, self.log);
        let mut shown: BTreeMap<(i32, i64), Shown> = BTreeMap::new();
        let mut is_away = false;
        let job = loop {
            let job = match client.job(self.job).await {
                Ok(job) => job,
                Err(error) if error.is_passing() => {
                    if !is_away {
                        tracing::warn!("{error}; job {} goes on without it", self.job);
                    }
                    is_away = true;
                    tokio::time::sleep(ASK).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            is_away = false;
            for task in &job.tasks {
                for attempt in &task.history {
                    let shown = shown.entry((task.number, attempt.epoch)).or_default();
                    if !shown.ended {
                        self.show(&mut client, &mut live, &job, task, attempt, shown)
                            .await?;
                    }
                }
            }
            live.flush();
            if !matches!(job.state.as_str(), "queued" | "running") {
                break job;
            }
            tokio::time::sleep(ASK).await;
        };
        self.stop.watch_over(None);
        self.tell(&mut client, &mut live, &job).await
    }

    /// From now on, Ctrl-C cancels the job.
    fn watch_over(&self) {
        let (access, job) = (self.access.clone(), self.job);
        self.stop.watch_over(Some(Arc::new(move || {
            let access = access.clone();
            tokio::spawn(async move {
                if let Err(error) = access.client().cancel(job).await {
                    tracing::warn!("job {job} is not cancelled: {error}");
                }
            });
        })));
        if self.stop.is_wanted() {
            self.stop.cancel();
        }
    }

    /// Shows what is new of an attempt.
    async fn show(
        &self,
        client: &mut JobsClient,
        live: &mut Live,
        job: &JobInfo,
        task: &TaskInfo,
        attempt: &AttemptInfo,
        shown: &mut Shown,
    ) -> Result<(), Error> {
        let key = (job.id, task.number, attempt.epoch);
        loop {
            let events = match client.events(key, shown.event).await {
                Ok(events) => events.items,
                Err(error) if error.is_passing() => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let Some(last) = events.last() else { break };
            shown.event = last.sequence;
            for event in &events {
                let body = event.body.to_string();
                live.show(StoredEvent {
                    sequence: event.sequence,
                    at: event.at,
                    run: event.run.map(pyblish_model::RunId),
                    name: &event.name,
                    body: &body,
                });
            }
        }
        if attempt.ended.is_none() {
            return Ok(());
        }
        shown.ended = true;
        if let Some(failure) = attempt.failure
            && !self.json
        {
            live.flush();
            let message = attempt.message.as_deref().unwrap_or_default();
            let again = match (task.state.as_str(), task.not_before) {
                ("ready", Some(at)) => format!("; it is tried again at {}", moment(at)),
                ("ready", None) => "; it is tried again".to_owned(),
                _ => String::new(),
            };
            self.screen.say(&format!(
                "attempt {} of task {} on {}: {failure}: {}{again}",
                attempt.attempt,
                task.number,
                one_line(&attempt.worker),
                one_line(message)
            ));
        }
        Ok(())
    }

    /// Tells how the job has ended: the report of the last attempt at each task.
    async fn tell(
        &self,
        client: &mut JobsClient,
        live: &mut Live,
        job: &JobInfo,
    ) -> Result<Exit, Error> {
        let mut worst = match job.state.as_str() {
            "cancelled" => Exit::Interrupted,
            _ => Exit::Done,
        };
        let mut last_report = None;
        for task in &job.tasks {
            let Some(attempt) = task.history.last() else {
                continue;
            };
            if task.state != "succeeded" {
                let exit = attempt.exit.and_then(Exit::of_code).unwrap_or(Exit::Error);
                worst = worst.max(exit);
            }
            let key = (job.id, task.number, attempt.epoch);
            let parts = report_of(client, key).await?;
            let Some(parts) = parts else { continue };
            let report = parts.report()?;
            live.end(&report.run);
            if !self.json {
                if job.tasks.len() > 1 {
                    stdout::put(&format!("\n{}\n", heading(task)))?;
                }
                let mut summary = TerminalSummary::of(&report);
                summary.details.push_str(&parts.published);
                summary.details.push_str(&format!(
                    "\nJob {}, on {}, run {}/{}\n",
                    job.id,
                    one_line(&attempt.worker),
                    report.session,
                    report.run.id
                ));
                summary.put()?;
            }
            last_report = Some(report);
        }
        match last_report {
            Some(report) => {
                for document in &self.reports {
                    document.write(&report)?;
                }
            }
            None if !self.reports.is_empty() => {
                tracing::warn!("there is no report: no worker came so far");
            }
            None => {}
        }
        match self.json {
            true => stdout::put_json(&format!("{}\n", serde_json::json!({"job": job})))?,
            false => stdout::put(&format!("Job {} {}.\n", job.id, ended(&job.state)))?,
        }
        // A job that failed never looks like a success.
        Ok(match (job.state.as_str(), worst) {
            ("failed", Exit::Done) => Exit::Failed,
            (_, worst) => worst,
        })
    }
}

/// The parts of the report of an attempt, if there is one.
async fn report_of(
    client: &mut JobsClient,
    key: (i64, i32, i64),
) -> Result<Option<ReportParts>, Error> {
    let value = match client.report(key).await {
        Err(error @ JobsError::Unreachable { .. }) => {
            tracing::warn!("{error}; the report is not shown");
            return Ok(None);
        }
        value => value?,
    };
    match value.is_null() {
        true => Ok(None),
        false => ReportParts::read(value).map(Some),
    }
}

fn ended(state: &str) -> &str {
    match state {
        "cancelled" => "was cancelled",
        "failed" => "has failed",
        _ => "has succeeded",
    }
}

fn heading(task: &TaskInfo) -> String {
    match (task.kind, &task.instance) {
        (TaskKind::Extract, Some(instance)) => {
            format!("Task {}: extract {}", task.number, one_line(instance))
        }
        (kind, _) => format!("Task {}: {}", task.number, kind.name()),
    }
}
