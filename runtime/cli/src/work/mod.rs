//! A worker: does publishes that were handed over to the hub.
//!
//! `task.rs` does one task; `grants.rs` says what its session gets, `choices.rs` what is changed in it,
//! `host.rs` starts its host, and `handover.rs` carries what extraction made to integration. The lease is renewed on a thread of
//! its own (`pyblish-farm`).

mod choices;
mod grants;
mod handover;
mod host;
mod task;

use std::time::{Duration, Instant};

use clap::{ArgGroup, Args};

use self::task::TaskRun;
use super::event_loop::block_on;
use super::exit::{Exit, UsageError};
use super::manager_options::{Managed, ManagerOptions};
use super::publish::StopSignal;
use super::screen::Screen;
use super::shipping::{Shipping, ShippingOptions};
use super::stderr::Error;
use super::{log, version};
use pyblish_distribution::VerifyingKey;
use pyblish_farm::wire::{Claim, ClaimAnswer, Claimed, Finish};
use pyblish_farm::{AllowList, HubAccess, JobsClient, JobsError, Lease, LeaseState, signature};
use pyblish_session::SessionConfig;

/// How often a worker without work asks for some.
const POLL: Duration = Duration::from_secs(1);

/// How long it waits at most while the hub is away.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["job", "any"]), after_help = format!("\
Examples:
  pyblish-endpoint work --job 12 --allow-adapter folder --hub https://publish.studio.lan --job-key RW…
  pyblish-endpoint work --job 12 --task 3
  pyblish-endpoint work --any --label gpu

Put what is always the same into endpoint.toml: [work] allow-adapter, allow-host, job-key, hub and \
hub-token-file; [storage] where shared folders are; [start] how hosts are started. The token is one \
of `hub tokens add --worker NAME`.

Ctrl-C or SIGTERM cancels the task under way, and gives it back for another worker; a second one ends \
the program at once.

Exit codes: those of the worst task that was done, or of the job where another worker did it. With \
--any, 0 once the worker was drained, and 130 after Ctrl-C.
{}", Exit::table()))]
pub struct WorkCommand {
    /// Do the tasks of this job until it has ended
    #[arg(long, value_name = "ID")]
    job: Option<i64>,

    /// Do only this task of the job, until it has ended
    #[arg(long, value_name = "NUMBER", requires = "job")]
    task: Option<i32>,

    /// Do any jobs, one after the other, until the worker is drained or ended
    #[arg(long)]
    any: bool,

    /// Only tasks whose labels are among these are taken; may be repeated
    #[arg(long = "label", value_name = "NAME")]
    labels: Vec<String>,

    /// Take jobs for this adapter; may be repeated. No other is ever opened
    #[arg(long = "allow-adapter", value_name = "NAME")]
    adapters: Vec<String>,

    /// Take jobs for this host, and start it; may be repeated
    #[arg(long = "allow-host", value_name = "NAME")]
    hosts: Vec<String>,

    /// The hub's key, which `hub jobs key` prints: a job without its signature is refused
    #[arg(long, value_name = "KEY")]
    job_key: Option<String>,

    #[command(flatten)]
    manager: ManagerOptions,

    #[command(flatten)]
    shipping: ShippingOptions,

    /// Print events as JSON, one per line, instead of text
    #[arg(long)]
    json: bool,
}

/// What a worker is made of.
struct Worker {
    access: HubAccess,
    client: JobsClient,
    claim: Claim,
    key: VerifyingKey,
    managed: Managed,
    shipping: Shipping,
    stop: StopSignal,
    screen: Screen,
    json: bool,
    log: tracing_subscriber::filter::LevelFilter,
    /// The worst ending of a task that was done here.
    worst: Option<Exit>,
    /// The last task that was done here.
    last: Option<Claimed>,
}

impl WorkCommand {
    pub fn run(self) -> Result<Exit, Error> {
        let screen = Screen::default();
        log::to(&screen, self.manager.log());
        block_on(Box::pin(self.work(screen)))
    }

    async fn work(self, screen: Screen) -> Result<Exit, Error> {
        let access = self.shipping.hub().needed()?;
        let key = self.job_key.as_deref().ok_or_else(|| {
            UsageError(
                "a worker needs the hub's key: give it with --job-key, or as job-key in [work] of endpoint.toml; \
                 `pyblish-endpoint hub jobs key` prints it"
                    .into(),
            )
        })?;
        let key: VerifyingKey = key
            .parse()
            .map_err(|reason| UsageError(format!("--job-key: {reason}")))?;
        if self.adapters.is_empty() {
            return Err(UsageError(
                "a worker must say what it takes: name adapters with --allow-adapter, or as allow-adapter in [work] \
                 of endpoint.toml"
                    .into(),
            )
            .into());
        }
        let words = "giving the task back; press Ctrl-C again to end at once";
        let stop = StopSignal::listen(screen.clone(), words)?;
        let log = self.manager.log();
        let managed = self.manager.open(SessionConfig::default())?;
        let remote = Some(access.remote());
        let shipping = self
            .shipping
            .start(remote, &managed.archive, &managed.manager)?;
        let worker = Worker {
            client: access.client(),
            access,
            claim: Claim {
                job: self.job,
                task: self.task,
                labels: self.labels,
                allow: AllowList {
                    adapters: self.adapters,
                    hosts: self.hosts,
                },
                program: version::VERSION.to_owned(),
            },
            key,
            managed,
            shipping,
            stop,
            screen,
            json: self.json,
            log,
            worst: None,
            last: None,
        };
        worker.run().await
    }
}

impl Worker {
    async fn run(mut self) -> Result<Exit, Error> {
        let ended = self.loop_over_tasks().await;
        if !self.managed.manager.close().await {
            tracing::warn!("an adapter did not close in time; it ends with this process");
        }
        self.shipping.stop().await;
        ended
    }

    async fn loop_over_tasks(&mut self) -> Result<Exit, Error> {
        let (mut wait, mut is_idle) = (POLL, false);
        loop {
            if self.stop.is_wanted() {
                return Ok(Exit::Interrupted);
            }
            let sent = Instant::now();
            let answer = match self.client.claim(&self.claim).await {
                Ok(answer) => answer,
                Err(error) if error.is_passing() => {
                    tracing::warn!("{error}; it is asked again in {wait:?}");
                    if self.rest(wait).await {
                        return Ok(Exit::Interrupted);
                    }
                    wait = (wait * 2).min(LONGEST_WAIT);
                    continue;
                }
                Err(error) => return Err(self.refused(error)),
            };
            wait = POLL;
            match answer {
                ClaimAnswer {
                    task: Some(claimed),
                    ..
                } => {
                    is_idle = false;
                    Box::pin(self.task(claimed, sent)).await?;
                }
                answer => {
                    if let Some(exit) = self.is_over(&answer)? {
                        return Ok(exit);
                    }
                    if !is_idle {
                        tracing::info!("there is nothing to do now ({}); waiting", answer.worker);
                        is_idle = true;
                    }
                    if self.rest(POLL).await {
                        return Ok(Exit::Interrupted);
                    }
                }
            }
        }
    }

    fn refused(&self, error: JobsError) -> Error {
        match error {
            JobsError::Refused {
                status: 401 | 403, ..
            } => UsageError(error.to_string()).into(),
            error => error.into(),
        }
    }

    /// Waits for so long. Returns whether it was asked to end.
    async fn rest(&self, time: Duration) -> bool {
        self.stop.or(tokio::time::sleep(time)).await.is_err()
    }

    /// How this ends, if there is nothing left to do.
    fn is_over(&self, answer: &ClaimAnswer) -> Result<Option<Exit>, Error> {
        let Some(job) = self.claim.job else {
            return Ok((answer.worker == "draining").then_some(Exit::Done));
        };
        let state = match self.claim.task {
            Some(_) => &answer.task_state,
            None => &answer.job_state,
        };
        let of_others = match state.as_deref() {
            None => {
                return Err(UsageError(format!(
                    "the hub has no such job or task: {job}; `pyblish-endpoint hub jobs show {job}` shows its tasks"
                ))
                .into());
            }
            Some("succeeded") => {
                self.remove_copy();
                Exit::Done
            }
            Some("failed") => Exit::Failed,
            Some("cancelled") => Exit::Interrupted,
            Some(_) => return Ok(None),
        };
        Ok(Some(self.worst.unwrap_or(of_others)))
    }

    /// Does a task, and tells the hub how it ended.
    async fn task(&mut self, claimed: Claimed, sent: Instant) -> Result<(), Error> {
        let identity = claimed.identity.clone();
        let name = format!("the task {} of job {}", identity.task, identity.job);
        tracing::info!(
            "{name}, attempt {} ({}, epoch {})",
            identity.attempt,
            claimed.kind.name(),
            identity.epoch
        );
        let lease = Lease::hold(&self.access, &claimed, sent)
            .map_err(|error| format!("the lease cannot be renewed: {error}"))?;
        let run = TaskRun {
            managed: &self.managed,
            shipping: &self.shipping,
            key: &self.key,
            allow: &self.claim.allow,
            claimed: &claimed,
            lease: &lease,
            worker_stop: &self.stop,
            screen: &self.screen,
            json: self.json,
            log: self.log,
        };
        let finish = Box::pin(run.finish()).await;
        if let LeaseState::Lost(reason) = lease.state() {
            tracing::error!("{name} is not this worker's any more: {reason}; nothing of it counts");
            return Ok(());
        }
        let exit = Exit::of_code(finish.exit).unwrap_or(Exit::Error);
        if let Some(failure) = finish.failure {
            let message = finish.message.as_deref().unwrap_or_default();
            tracing::error!("{name} ended with {failure}: {message}");
        }
        match self.told(&lease, claimed.id, &finish).await {
            Ok(state) if state == "ready" => {
                tracing::info!("{name} will be tried again");
            }
            Ok(state) => {
                tracing::info!("{name}: {state}");
                self.worst = self.worst.max(Some(exit));
            }
            Err(error) => tracing::error!("{name} is not ended in the hub: {error}"),
        }
        self.last = Some(claimed);
        Ok(())
    }

    /// The job has succeeded: nobody needs the copy of its scene any more.
    fn remove_copy(&self) {
        let Some(claimed) = &self.last else { return };
        let document = signature::verified(&self.key, &claimed.document, &claimed.signature);
        let host = document.ok().and_then(|document| document.spec.host);
        let Some(scene) = host.filter(|host| host.copy_of.is_some()) else {
            return;
        };
        let removed = self.managed.config.storages().map_err(Error::from);
        let removed =
            removed.and_then(|storages| Ok(std::fs::remove_file(storages.path_of(&scene.scene)?)?));
        if let Err(error) = removed {
            tracing::warn!("{} stays: {error}", scene.scene);
        }
    }

    /// Ends the task in the hub, for as long as the lease lasts. Returns its state then.
    async fn told(
        &mut self,
        lease: &Lease,
        task: i64,
        finish: &Finish,
    ) -> Result<String, JobsError> {
        loop {
            match self.client.finish(task, finish).await {
                Ok(finished) => return Ok(finished.state),
                Err(error)
                    if error.is_passing() && !matches!(lease.state(), LeaseState::Lost(_)) =>
                {
                    tracing::warn!("{error}; it is told again");
                    tokio::time::sleep(POLL).await;
                }
                Err(error) => return Err(error),
            }
        }
    }
}
