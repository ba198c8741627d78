//! `publish --farm`: validates here, hands the rest over to workers through the hub, and shows what
//! becomes of it. `wait.rs` follows the job.

mod wait;

use clap::Args;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use self::wait::Follower;
use super::live::Live;
use super::stop::{StopSignal, cancel_run_of};
use super::tell::{report, tell};
use super::work::{PublishRequest, Work};
use crate::document::Document;
use crate::exit::{Exit, UsageError};
use crate::handover::{
    FarmKind, FarmSettings, Handing, JobMaker, JobSource, WorkerCommand, key_of,
};
use crate::launch::{LaunchOptions, Launched};
use crate::screen::Screen;
use crate::shipping::ShippingOptions;
use crate::stderr::{self, Error};
use crate::stdout;
use pyblish_farm::JobPlace;
use pyblish_server::{HandOver, HandedOver, JobError};
use pyblish_session::SessionConfig;

#[derive(Debug, Args)]
#[command(next_help_heading = "Farm")]
pub struct FarmOptions {
    /// Validate here, and have workers publish, through the studio's hub
    #[arg(
        long,
        value_name = "KIND",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "pull",
        conflicts_with_all = ["remote", "batch", "until", "addresses", "networks", "tools"]
    )]
    farm: Option<FarmKind>,

    #[command(flatten)]
    settings: FarmSettings,

    /// Extract each instance in a task of its own, and integrate once all are there
    #[arg(long, requires = "farm")]
    split: bool,

    /// Have the workers not validate again
    #[arg(long, requires = "farm")]
    skip_validation: bool,

    /// Jobs with a higher priority are done first: -1000 to 1000
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(-1000..=1000))]
    priority: Option<i32>,

    /// Only workers with this label take the job; may be repeated
    #[arg(long = "label", value_name = "NAME")]
    labels: Vec<String>,

    /// How often a task is tried at most, where a worker or a host is lost; 3 by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: Option<u32>,

    /// What people call the job; the name of the scene or of the folder by default
    #[arg(long, value_name = "TEXT", requires = "farm")]
    job_name: Option<String>,

    /// Wait until the job has ended, and end as a local publish would; Ctrl-C cancels the job
    #[arg(long, requires = "farm")]
    wait: bool,
}

/// What is handed over.
pub struct HandingOver {
    pub shipping: ShippingOptions,
    pub launch: LaunchOptions,
    pub reports: Vec<Document>,
    pub request: PublishRequest,
    pub json: bool,
    pub log: LevelFilter,
}

impl FarmOptions {
    /// Whether workers are to publish.
    pub fn is_wanted(&self) -> bool {
        self.farm.is_some()
    }

    /// Hands it over.
    pub async fn hand_over(self, screen: Screen, handing: HandingOver) -> Result<Exit, Error> {
        if !self.wait && !handing.reports.is_empty() {
            return Err(UsageError(
                "--report needs --wait: there is no report before the job has ended".into(),
            )
            .into());
        }
        let access = handing.shipping.hub().needed()?;
        let words = "cancelling; press Ctrl-C again to end at once";
        let stop = StopSignal::listen(screen.clone(), words)?;
        let HandingOver {
            shipping,
            launch,
            reports,
            request,
            json,
            log,
        } = handing;
        let opening = Box::pin(launch.open(SessionConfig::default()));
        let launched = match stop.or(opening).await {
            Ok(launched) => launched?,
            Err(interrupted) => return Ok(interrupted),
        };
        let source = JobSource::of(&launched)?;
        let handing = Handing {
            access: access.clone(),
            settings: self.settings.clone(),
            worker: WorkerCommand::new(&source, shipping.hub(), shipping.sends())?,
        };
        let handed = {
            let live = Live::new(&screen, json, log);
            let handing = self.submit(&launched, &source, &handing, &stop, (live, request, json));
            Box::pin(handing).await
        };
        stop.watch_over(None);
        launched.close().await;
        let HandedOver { job, told } = match handed? {
            Ok(handed) => handed,
            Err(exit) => return Ok(exit),
        };
        match json {
            true => stdout::put_json(&format!("{}\n", json!({"job": job})))?,
            false => {
                let count = match job.tasks.len() {
                    1 => "a task".to_owned(),
                    many => format!("{many} tasks"),
                };
                stdout::put(&format!(
                    "Job {} was handed over, with {count}; {told}\n",
                    job.id
                ))?;
                if !self.wait {
                    stderr::say(&format!(
                        "`pyblish-endpoint hub jobs show {}` shows it",
                        job.id
                    ));
                }
            }
        }
        if !self.wait {
            return Ok(Exit::Done);
        }
        let follower = Follower {
            access,
            job: job.id,
            stop,
            screen,
            json,
            log,
            reports,
        };
        Box::pin(follower.follow()).await
    }

    /// Validates, makes the job, and hands it over; or says how this ends without one.
    async fn submit(
        &self,
        launched: &Launched,
        source: &JobSource,
        handing: &Handing,
        stop: &StopSignal,
        (live, request, json): (Live, PublishRequest, bool),
    ) -> Result<Result<HandedOver, Exit>, Error> {
        let Launched { id, session, .. } = launched;
        let kind = self.farm.unwrap_or(FarmKind::Pull);
        // A mistake in the flags is told before anything runs.
        self.settings
            .submitter(kind, &handing.access, &handing.worker)?;
        let demands = request.demands;
        let wanted = HandOver {
            place: match kind {
                FarmKind::Here => JobPlace::Here,
                _ => JobPlace::Farm,
            },
            instances: request.instances.clone(),
            comment: request.comment.clone(),
            targets: request.targets.clone(),
            split: self.split,
            skip_validation: self.skip_validation,
            priority: self.priority.unwrap_or(0),
            labels: self.labels.clone(),
            attempts: self.attempts,
            name: self.job_name.clone(),
            key: None,
        };
        let mut work = Work::new(session, stop, live);
        match stop.or(session.reset()).await {
            Ok(reset) => reset?,
            Err(interrupted) => return Ok(Err(interrupted)),
        }
        stop.watch_over(Some(cancel_run_of(session.clone())));
        let done = work.publish(request).await?;
        let report = report(id, session, &done);
        let context = session.snapshot().context;
        let exit = demands.ending(&report);
        if exit != Exit::Done {
            tell(&report, json, &[], &context)?;
            return Ok(Err(exit));
        }
        let key = key_of(id, None)?;
        let waits = stop.clone();
        let maker = JobMaker {
            source,
            session,
            id,
            request: &wanted,
            demands: demands.into(),
            key: key.clone(),
            goes_on: Box::new(move || !waits.is_wanted()),
        };
        let made = match maker.make().await {
            Ok(made) => made,
            Err(JobError::Stopped) => return Ok(Err(Exit::Interrupted)),
            Err(error) => return Err(wrong(error)),
        };
        if made.spec.content.is_empty() {
            stderr::say(
                "nothing of this job can be checked by the worker: grant the folder with the files with :ro",
            );
        }
        let handed = handing.submit(kind, made, (key, id.clone())).await;
        handed.map(Ok).map_err(wrong)
    }
}

/// The error as this command tells it: what the user can mend is a mistake in what was typed.
fn wrong(error: JobError) -> Error {
    match error {
        JobError::SceneNotSaved(_)
        | JobError::NotInStorage(_)
        | JobError::UnknownInstance(_)
        | JobError::Unusable(_) => UsageError(error.to_string()).into(),
        error => error.into(),
    }
}
