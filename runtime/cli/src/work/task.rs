//! One task: checks it, opens its session, runs it, and says how it ended.

use std::collections::HashSet;
use std::time::Duration;

use tracing_subscriber::filter::LevelFilter;

use super::choices::{all_of, context_choices, data_choices, identity, plugin_choices};
use super::grants;
use super::handover;
use super::host::{self, StartedHost};
use crate::exit::{Exit, UsageError};
use crate::manager_options::Managed;
use crate::named_instances::named_instances;
use crate::publish::{
    Choices, Demands, Done, Live, Part, PublishRequest, StopSignal, Work, cancel_run_of, published,
    report, tell,
};
use crate::report_parts::ReportParts;
use crate::screen::Screen;
use crate::shipping::Shipping;
use crate::stderr::Error;
use pyblish_distribution::VerifyingKey;
use pyblish_farm::wire::{Claimed, Finish, HandedInstance};
use pyblish_farm::{
    AllowList, ContentError, FailureKind, JobSpec, Lease, LeaseState, Storages, TaskKind, signature,
};
use pyblish_model::RunState;
use pyblish_rules::{Stage, Until};
use pyblish_session::Session;

/// How often the hub is told what the worker does.
const TELL: Duration = Duration::from_millis(250);

/// How long the end of a task waits until the hub has its events.
const SENT: Duration = Duration::from_secs(3);

/// How long it is waited for a session that closes, before its host is ended.
const CLOSED: Duration = Duration::from_secs(10);

/// One task of this worker.
pub(super) struct TaskRun<'a> {
    pub(super) managed: &'a Managed,
    pub(super) shipping: &'a Shipping,
    pub(super) key: &'a VerifyingKey,
    pub(super) allow: &'a AllowList,
    pub(super) claimed: &'a Claimed,
    pub(super) lease: &'a Lease,
    pub(super) worker_stop: &'a StopSignal,
    pub(super) screen: &'a Screen,
    pub(super) json: bool,
    pub(super) log: LevelFilter,
}

/// What a task came to.
#[derive(Default)]
struct Outcome {
    message: Option<String>,
    session: Option<String>,
    runs: Vec<u64>,
    report: Option<serde_json::Value>,
    handover: Vec<HandedInstance>,
}

impl TaskRun<'_> {
    /// Does it, and returns what to tell the hub.
    pub(super) async fn finish(self) -> Finish {
        // What stops this task stops no other.
        let stop = StopSignal::quiet();
        let mut outcome = Outcome::default();
        let attempted = {
            let work = Box::pin(self.attempt(&stop, &mut outcome));
            let watch = self.watch(&stop);
            tokio::select! {
                attempted = work => attempted,
                never = watch => match never {},
            }
        };
        let exit = match attempted {
            Ok(exit) => exit,
            Err(error) => {
                outcome.message = Some(error.to_string());
                match error.downcast_ref::<ContentError>() {
                    Some(ContentError::Changed { .. }) => Exit::Usage,
                    Some(ContentError::Stopped) => Exit::Interrupted,
                    _ => Exit::of_error(&error),
                }
            }
        };
        let failure = self.failure(exit);
        Finish {
            epoch: self.claimed.identity.epoch,
            failure,
            message: failure.map(|_| match outcome.message {
                Some(message) => message,
                None => words(exit).to_owned(),
            }),
            exit: exit.code(),
            session: outcome.session,
            runs: outcome.runs,
            report: outcome.report,
            handover: outcome.handover,
        }
    }

    fn failure(&self, exit: Exit) -> Option<FailureKind> {
        let is_cancelled = self.lease.state() == LeaseState::Cancelled;
        Some(match exit {
            Exit::Done => return None,
            _ if is_cancelled => FailureKind::Cancelled,
            Exit::Interrupted if self.worker_stop.is_wanted() => FailureKind::Interrupted,
            Exit::Interrupted => FailureKind::Cancelled,
            Exit::Invalid => FailureKind::Invalid,
            Exit::Warned | Exit::Empty | Exit::Broken | Exit::Failed => FailureKind::Failed,
            Exit::HostLost => FailureKind::HostLost,
            Exit::Usage => FailureKind::Refused,
            Exit::Error => FailureKind::Error,
        })
    }

    /// Stops the task when the worker is asked to end, the job is cancelled, or the lease is lost.
    async fn watch(&self, stop: &StopSignal) -> std::convert::Infallible {
        let mut lease = self.lease.watch();
        loop {
            tokio::select! {
                () = self.worker_stop.wanted(), if !stop.is_wanted() => stop.ask(),
                changed = lease.changed() => {
                    let state = lease.borrow_and_update().clone();
                    match state {
                        LeaseState::Held => {}
                        LeaseState::Cancelled => {
                            tracing::info!("the job was cancelled");
                            stop.ask();
                        }
                        LeaseState::Lost(_) => {
                            stop.ask();
                            self.stop_by_force();
                        }
                    }
                    if changed.is_err() {
                        // The lease was lost, and its thread has ended.
                        std::future::pending::<()>().await;
                    }
                }
            }
        }
    }

    /// Another worker may have the task: what is under way must not go on.
    fn stop_by_force(&self) {
        for (_, session) in self.managed.manager.sessions() {
            if let Some(run) = session.snapshot().run
                && let Err(error) = session.cancel_run(run.id, Duration::ZERO)
            {
                tracing::warn!("the run {} cannot be stopped: {error}", run.id);
            }
        }
    }

    /// Whether the task is still wanted, and this worker's.
    fn goes_on(lease: &LeaseState, stop: &StopSignal) -> bool {
        *lease == LeaseState::Held && !stop.is_wanted()
    }

    async fn attempt(&self, stop: &StopSignal, outcome: &mut Outcome) -> Result<Exit, Error> {
        let Claimed {
            document,
            signature,
            ..
        } = self.claimed;
        let document = signature::verified(self.key, document, signature).map_err(UsageError)?;
        let spec = document.spec;
        let identity = &self.claimed.identity;
        let is_this = document.id == identity.job
            && spec.tasks().iter().any(|task| {
                task.number == identity.task
                    && task.kind == self.claimed.kind
                    && task.instance == self.claimed.instance
            });
        if !is_this {
            return Err(UsageError(format!(
                "the task {} is not one of the job {} that the hub has signed",
                identity.task, document.id
            ))
            .into());
        }
        spec.check()
            .map_err(|error| UsageError(error.to_string()))?;
        self.allow.check(&spec).map_err(UsageError)?;
        let storages = self.managed.config.storages()?;
        self.lease
            .tell(|it| it.doing = "checking what was handed over".into());
        grants::check_adapter(&self.managed.catalog, &spec)?;
        self.check_content(&spec, &storages, stop).await?;
        let mut host = None;
        if let Some(scene) = &spec.host {
            self.lease
                .tell(|it| it.doing = format!("starting {}", scene.host));
            let words = host::command(&scene.host, self.managed.config.start_command(&scene.host))?;
            let path = storages.path_of(&scene.scene)?;
            let mut started = StartedHost::spawn(&scene.host, &words, &path)?;
            match stop.or(started.bridge(&scene.host)).await {
                Ok(listening) => listening?,
                Err(interrupted) => return Ok(interrupted),
            }
            host = Some(started);
        }
        let pid = host.as_ref().map(StartedHost::pid);
        let request = grants::request(&storages, &spec, pid)?;
        let chosen = match &spec.host {
            Some(scene) => scene.host.clone(),
            None => spec.adapter.name.clone(),
        };
        let opening = Box::pin(self.managed.manager.open(request, &chosen));
        let (id, session) = match stop.or(opening).await {
            Ok(opened) => opened?,
            Err(interrupted) => return Ok(interrupted),
        };
        outcome.session = Some(id.clone());
        self.lease.tell(|it| it.session = Some(id.clone()));
        let run = Box::pin(self.run(&spec, &storages, (&id, &session), stop, outcome));
        let telling = self.keep_telling(&session);
        let ended = tokio::select! {
            ended = run => ended,
            never = telling => match never {},
        };
        stop.watch_over(None);
        self.until_sent(&id, &session).await;
        session.shut_down();
        self.until_closed(&id).await;
        drop(host);
        ended
    }

    async fn check_content(
        &self,
        spec: &JobSpec,
        storages: &Storages,
        stop: &StopSignal,
    ) -> Result<(), Error> {
        let (content, storages, stop) = (spec.content.clone(), storages.clone(), stop.clone());
        let lease = self.lease.watch();
        let check = move || {
            let goes_on = || TaskRun::goes_on(&lease.borrow(), &stop);
            let mut all = content.iter();
            all.try_for_each(|content| content.check(&storages, &goes_on))
        };
        Ok(tokio::task::spawn_blocking(check).await??)
    }

    /// Tells the hub what the session does, until this is dropped.
    async fn keep_telling(&self, session: &Session) -> std::convert::Infallible {
        let mut ticks = tokio::time::interval(TELL);
        loop {
            ticks.tick().await;
            let snapshot = session.snapshot();
            let doing = match &snapshot.activity {
                pyblish_session::Activity::Busy { doing, .. } => doing.clone(),
                pyblish_session::Activity::Idle => String::new(),
                pyblish_session::Activity::Down { reason } => reason.clone(),
            };
            let run = snapshot.run.as_ref();
            self.lease.tell(|heartbeat| {
                heartbeat.doing = doing;
                if let Some(run) = run {
                    heartbeat.progress = run.progress;
                    if !heartbeat.runs.contains(&run.id.0) {
                        heartbeat.runs.push(run.id.0);
                    }
                }
            });
        }
    }

    async fn run(
        &self,
        spec: &JobSpec,
        storages: &Storages,
        (id, session): (&str, &Session),
        stop: &StopSignal,
        outcome: &mut Outcome,
    ) -> Result<Exit, Error> {
        let live = Live::new(self.screen, self.json, self.log);
        let mut work = Work::new(session, stop, live);
        match stop.or(session.reset()).await {
            Ok(reset) => reset?,
            Err(interrupted) => return Ok(interrupted),
        }
        session
            .apply(vec![identity(&self.claimed.identity, spec, storages)], None)
            .await?;
        let chosen = context_choices(spec, storages);
        if !chosen.is_empty() {
            session.choose(chosen, None).await?;
        }
        session.apply(plugin_choices(spec, session), None).await?;
        stop.watch_over(Some(cancel_run_of(session.clone())));
        if !TaskRun::goes_on(&self.lease.state(), stop) {
            return Ok(Exit::Interrupted);
        }
        let request = PublishRequest {
            until: Until::All,
            targets: spec.targets.clone(),
            instances: Vec::new(),
            batch: None,
            comment: spec.comment.clone(),
            demands: spec.demands.into(),
            choices: Choices::default(),
        };
        let done = self
            .publish(spec, storages, &mut work, request, outcome)
            .await;
        outcome.runs = work.runs().iter().map(|run| run.0).collect();
        drop(work);
        let done = done?;
        let report = report(id, session, &done);
        let context = session.snapshot().context;
        outcome.report = Some(ReportParts::of(&report, published(&report, &context))?);
        tell(&report, self.json, &[], &context)?;
        let demands: Demands = spec.demands.into();
        let exit = demands.ending(&report);
        outcome.message = report.outcome().reason;
        if exit != Exit::Done
            && let Some(card) = report.failures().first()
        {
            outcome.message = Some(format!("{}: {}", card.plugin, card.message));
        }
        Ok(exit)
    }

    /// The runs of this task. Returns the last one.
    async fn publish(
        &self,
        spec: &JobSpec,
        storages: &Storages,
        work: &mut Work<'_>,
        request: PublishRequest,
        outcome: &mut Outcome,
    ) -> Result<Done, Error> {
        let is_whole = self.claimed.kind == TaskKind::Publish
            && spec.instances.is_empty()
            && spec.data.is_empty()
            && !spec.skip_validation;
        if is_whole {
            return work.publish(request).await;
        }
        let session = work.session().clone();
        let collected = work.collect(&request).await?;
        let has_failed = collected.results.iter().any(|result| !result.success());
        if has_failed || collected.run.state != RunState::Succeeded {
            return Ok(collected);
        }
        let context = session.snapshot().context;
        let changes = data_choices(spec, &context, storages)?;
        if !changes.is_empty() {
            session.apply(changes, None).await?;
        }
        let mut part = Part {
            until: Until::All,
            instances: HashSet::new(),
            skip_validation: spec.skip_validation,
        };
        part.instances = match (&self.claimed.kind, &self.claimed.instance) {
            (TaskKind::Extract, Some(instance)) => {
                part.until = Until::UpTo(Stage::Extract);
                named_instances(&context, std::slice::from_ref(instance))?
            }
            (TaskKind::Integrate, _) => {
                part.until = Until::One(Stage::Integrate);
                let handed = &self.claimed.handover;
                let (instances, changes) =
                    handover::changes(handed, &context, storages).map_err(UsageError)?;
                session.apply(changes, None).await?;
                instances
            }
            _ if spec.instances.is_empty() => all_of(&context),
            _ => named_instances(&context, &spec.instances)?,
        };
        let before = session.snapshot().context;
        let done = work.publish_part(&request, &part).await?;
        if self.claimed.kind == TaskKind::Extract && done.run.state == RunState::Succeeded {
            let now = session.snapshot().context;
            outcome.handover = handover::made(&before, &now, &part.instances, storages);
        }
        Ok(done)
    }

    /// Waits until the hub has the events of this session, for a while at most.
    async fn until_sent(&self, id: &str, session: &Session) {
        let Some(state) = self.shipping.state() else {
            return;
        };
        let sent = async {
            let latest = session.history().log().latest();
            let is_there = || state.of(id).is_some_and(|it| it.acknowledged >= latest);
            while !is_there() && state.failure().is_none() {
                tokio::time::sleep(TELL / 5).await;
            }
        };
        if tokio::time::timeout(SENT, sent).await.is_err() {
            tracing::debug!("the hub gets the rest of the events later");
        }
    }

    async fn until_closed(&self, id: &str) {
        let is_open = || {
            let sessions = self.managed.manager.sessions();
            sessions.iter().any(|(open, _)| open == id)
        };
        let closed = async {
            while is_open() {
                tokio::time::sleep(TELL / 5).await;
            }
        };
        if tokio::time::timeout(CLOSED, closed).await.is_err() {
            tracing::warn!("the adapter does not close in time");
        }
    }
}

/// What an ending means, where nothing else says it.
fn words(exit: Exit) -> &'static str {
    match exit {
        Exit::Interrupted => "it was stopped",
        Exit::Warned => "a plug-in logged a warning",
        Exit::Empty => "no instance was published",
        Exit::Broken => "plug-in files cannot be used",
        _ => "it failed; its report says why",
    }
}
