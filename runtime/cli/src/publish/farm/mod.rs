//! `publish --farm`: validates here, hands the rest over to workers through the hub, and shows what
//! becomes of it. `spec.rs` makes the job, `wait.rs` follows it.

mod spec;
mod wait;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use self::spec::JobMaker;
use self::wait::Follower;
use super::live::Live;
use super::stop::{StopSignal, cancel_run_of};
use super::tell::{report, tell};
use super::work::{PublishRequest, Work};
use crate::document::Document;
use crate::exit::{Exit, UsageError};
use crate::hub_options::HubOptions;
use crate::launch::{LaunchOptions, Launched};
use crate::screen::Screen;
use crate::stderr::{self, Error};
use crate::stdout;
use pyblish_farm::wire::{JobInfo, Submit};
use pyblish_farm::{
    CommandSubmitter, HubAccess, JobSpec, OpenJdSubmitter, PullSubmitter, Submitted, Submitter,
};
use pyblish_platform::identity;
use pyblish_server::Secret;
use pyblish_session::SessionConfig;

/// How a farm gets to know of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FarmKind {
    /// Workers ask the hub by themselves: `pyblish-endpoint work --any`
    Pull,
    /// Write a job bundle of Open Job Description, for `openjd run` or AWS Deadline Cloud
    Openjd,
    /// Run the command of --farm-command, for any other farm
    Command,
}

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

    /// Write the bundles of --farm=openjd into this folder
    #[arg(long, value_name = "DIR")]
    farm_bundles: Option<PathBuf>,

    /// A word of the command of --farm=command, which is run without a shell; may be repeated. {job},
    /// {task} and {name} stand for what they say; with {task} it is run for each task
    #[arg(long = "farm-command", value_name = "WORD", allow_hyphen_values = true)]
    farm_command: Vec<String>,

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
pub struct HandOver {
    pub hub: HubOptions,
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

    fn submitter(&self) -> Result<Box<dyn Submitter + Send>, UsageError> {
        match self.farm {
            None | Some(FarmKind::Pull) => Ok(Box::new(PullSubmitter)),
            Some(FarmKind::Openjd) => match &self.farm_bundles {
                Some(folder) => Ok(Box::new(OpenJdSubmitter::new(folder.clone()))),
                None => Err(UsageError(
                    "--farm=openjd writes a bundle: name a folder for it with --farm-bundles"
                        .into(),
                )),
            },
            Some(FarmKind::Command) => {
                let command = CommandSubmitter::new(self.farm_command.clone());
                match command {
                    Ok(command) => Ok(Box::new(command)),
                    Err(error) => Err(UsageError(format!("--farm-command: {error}"))),
                }
            }
        }
    }

    /// Hands it over.
    pub async fn hand_over(self, screen: Screen, handing: HandOver) -> Result<Exit, Error> {
        if !self.wait && !handing.reports.is_empty() {
            return Err(UsageError(
                "--report needs --wait: there is no report before the job has ended".into(),
            )
            .into());
        }
        let access = handing.hub.needed()?;
        let submitter = self.submitter()?;
        let words = "cancelling; press Ctrl-C again to end at once";
        let stop = StopSignal::listen(screen.clone(), words)?;
        let HandOver {
            hub: _,
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
        let made = {
            let live = Live::new(&screen, json, log);
            let making = self.make(&launched, &stop, live, request, json);
            Box::pin(making).await
        };
        stop.watch_over(None);
        launched.close().await;
        let spec = match made? {
            Ok(spec) => spec,
            Err(exit) => return Ok(exit),
        };
        let job = submit(&access, submitter, spec).await?;
        let (job, told) = match job {
            Ok(submitted) => submitted,
            Err(error) => return Err(error),
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

    /// Validates, and makes the job; or says how this ends without one.
    async fn make(
        &self,
        launched: &Launched,
        stop: &StopSignal,
        live: Live,
        request: PublishRequest,
        json: bool,
    ) -> Result<Result<JobSpec, Exit>, Error> {
        let Launched { id, session, .. } = launched;
        let (demands, targets) = (request.demands, request.targets.clone());
        let (comment, named) = (request.comment.clone(), request.instances.clone());
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
        let maker = JobMaker {
            launched,
            stop,
            demands,
            targets,
            comment,
            named,
            split: self.split,
            skip_validation: self.skip_validation,
            priority: self.priority.unwrap_or(0),
            labels: self.labels.clone(),
            attempts: self.attempts.unwrap_or(3),
            name: self.job_name.clone(),
        };
        maker.make().await
    }
}

/// Makes the job in the hub, and gives it to the farm. A job that the farm did not get is cancelled.
async fn submit(
    access: &HubAccess,
    submitter: Box<dyn Submitter + Send>,
    spec: JobSpec,
) -> Result<Result<(JobInfo, String), Error>, Error> {
    let key = Secret::new().map_err(|error| format!("a job cannot be made: {error}"))?;
    let submit = Submit {
        user: identity::user().unwrap_or_else(|| "unknown".into()),
        key: key.reveal().to_owned(),
        submitter: submitter.name().to_owned(),
        spec,
    };
    let mut client = access.client();
    let job = match client.submit(&submit).await {
        // With the same key nothing is made twice.
        Err(error) if error.is_passing() => client.submit(&submit).await?,
        job => job?,
    };
    let submitted = Submitted {
        id: job.id,
        name: job.name.clone(),
        tasks: submit.spec.tasks(),
    };
    let given = tokio::task::spawn_blocking(move || submitter.submit(&submitted)).await?;
    match given {
        Ok(told) => Ok(Ok((job, told))),
        Err(error) => {
            let cancelled = match client.cancel(job.id).await {
                Ok(_) => format!("job {} is cancelled", job.id),
                Err(other) => format!("job {} is not cancelled: {other}", job.id),
            };
            Ok(Err(format!("{error}; {cancelled}").into()))
        }
    }
}
