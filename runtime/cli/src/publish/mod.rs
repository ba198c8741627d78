mod batch;
mod choices;
mod ending;
mod farm;
mod live;
mod published;
mod remote;
mod stop;
mod tell;
mod work;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use self::batch::Batch;
pub use self::choices::Choices;
pub use self::ending::Demands;
use self::farm::{FarmOptions, HandingOver};
pub use self::live::Live;
pub use self::published::published;
use self::remote::{RemoteDone, RemoteOptions};
pub use self::stop::{StopSignal, cancel_run_of};
pub use self::tell::{report, tell};
pub use self::work::{Done, Part, PublishRequest, Work};
use super::document::Document;
use super::event_loop::block_on;
use super::exit::{Exit, UsageError};
use super::launch::{LaunchOptions, Launched};
use super::log;
use super::screen::Screen;
use super::shipping::ShippingOptions;
use super::stderr::Error;
use pyblish_report::Report;
use pyblish_rules::{Stage, Until};
use pyblish_session::SessionConfig;

/// What `--help` says of `publish`, before its exit codes.
const HELP: &str = "\
Examples:
  pyblish-endpoint publish --adapter folder --dir in=/inbox --dir out=/publish
  pyblish-endpoint publish --adapter folder --dir in=/inbox --dir out=/publish --until validate --report check.html
  pyblish-endpoint publish --adapter ./mine.wasm --instance hero --target farm --json
  pyblish-endpoint publish --adapter ./mine.wasm --without CheckNames --data hero:frames=24
  pyblish-endpoint publish --remote auto --comment late
  pyblish-endpoint publish --farm --adapter folder --dir /shows/bunny/in=/inbox:ro --dir /shows/bunny/out=/publish --wait

Progress is shown on stderr, the result on stdout. Ctrl-C cancels cleanly: the running plug-in is \
asked to stop, and stopped by force after 10 seconds; a second Ctrl-C ends the program at once.

With --json, stdout has one JSON object per line: {\"sequence\", \"at\", \"name\", \"body\"} for \
each event, and {\"run\"} as the last one, once the run has ended.

Exit codes:
";

#[derive(Debug, Args)]
#[command(after_help = format!("{HELP}{}", Exit::table()))]
pub struct Publish {
    #[command(flatten)]
    launch: LaunchOptions,

    #[command(flatten)]
    remote: RemoteOptions,

    /// Stop after this stage
    #[arg(long, value_name = "STAGE", value_parser = stage())]
    until: Option<Stage>,

    /// Run the plug-ins for this target, instead of those for `default`; may be repeated
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,

    /// Collect in a separate run, then publish only the instances with this name; may be repeated
    #[arg(long = "instance", value_name = "NAME")]
    instances: Vec<String>,

    /// Collect in a separate run, then publish only what this list names: CSV with a heading, or JSON
    /// with the extension .json. Columns: path, name, family, frames, version, comment, and any
    /// other for the data
    #[arg(long, value_name = "FILE", conflicts_with = "instances")]
    batch: Option<PathBuf>,

    /// A comment on the publish; the plug-ins find it in the context
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    comment: String,

    /// Write a report to this file; its extension gives the format: .json, .html, or .xml for
    /// JUnit; may be repeated
    #[arg(long = "report", value_name = "FILE")]
    reports: Vec<Document>,

    #[command(flatten)]
    choices: Choices,

    #[command(flatten)]
    demands: Demands,

    #[command(flatten)]
    shipping: ShippingOptions,

    #[command(flatten)]
    farm: FarmOptions,

    /// Print events as JSON, one per line, instead of text
    #[arg(long)]
    json: bool,
}

fn stage() -> impl TypedValueParser<Value = Stage> {
    let names = Stage::ALL.map(Stage::name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Stage>())
}

impl Publish {
    pub fn run(self) -> Result<Exit, Error> {
        let screen = Screen::default();
        log::to(&screen, self.launch.log());
        for report in &self.reports {
            report.check().map_err(UsageError::of)?;
        }
        // A mistake in the list is told before anything is opened.
        let batch = self.batch.as_deref().map(Batch::read).transpose();
        let batch = batch.map_err(UsageError::of)?;
        match self.farm.is_wanted() {
            true => block_on(Box::pin(self.hand_over(screen))),
            false => block_on(self.publish(screen, batch)),
        }
    }

    /// Has workers publish.
    async fn hand_over(self, screen: Screen) -> Result<Exit, Error> {
        let handing = HandingOver {
            json: self.json,
            log: self.launch.log(),
            shipping: self.shipping,
            launch: self.launch,
            reports: self.reports,
            request: PublishRequest {
                until: Until::UpTo(Stage::Validate),
                targets: self.targets,
                instances: self.instances,
                batch: None,
                comment: self.comment,
                demands: self.demands,
                choices: self.choices,
            },
        };
        self.farm.hand_over(screen, handing).await
    }

    async fn publish(self, screen: Screen, batch: Option<Batch>) -> Result<Exit, Error> {
        let words = "cancelling; press Ctrl-C again to end at once";
        let stop = StopSignal::listen(screen.clone(), words)?;
        let live = Live::new(&screen, self.json, self.launch.log());
        let request = PublishRequest {
            until: self.until.map_or(Until::All, Until::UpTo),
            targets: self.targets,
            instances: self.instances,
            batch,
            comment: self.comment,
            demands: self.demands,
            choices: self.choices,
        };
        if self.remote.is_wanted() {
            let done = Box::pin(self.remote.publish(&stop, live, request)).await?;
            let Some(RemoteDone { report, context }) = done else {
                return Ok(Exit::Interrupted);
            };
            tell(&report, self.json, &self.reports, &context)?;
            return Ok(self.demands.ending(&report));
        }
        // Before the run starts, there is nothing to cancel. The future is large, so it is boxed.
        let opening = Box::pin(self.launch.open(SessionConfig::default()));
        let launched = match stop.or(opening).await {
            Ok(launched) => launched?,
            Err(interrupted) => return Ok(interrupted),
        };
        let began = Instant::now();
        let shipping = self.shipping.beside(&launched);
        let published = publish(&launched, &stop, live, request).await;
        let context = launched.session.snapshot().context;
        let told = match published {
            Ok(Some(report)) => tell(&report, self.json, &self.reports, &context)
                .map(|()| self.demands.ending(&report)),
            Ok(None) => Ok(Exit::Interrupted),
            Err(error) => Err(error),
        };
        stop.watch_over(None);
        launched.close().await;
        shipping.stop_after(began.elapsed()).await;
        told
    }
}

/// Publishes, and returns the report; none if the user stopped it before it began.
async fn publish(
    launched: &Launched,
    stop: &StopSignal,
    live: Live,
    request: PublishRequest,
) -> Result<Option<Report>, Error> {
    let Launched { id, session, .. } = launched;
    let mut work = Work::new(session, stop, live);
    // The host may still hold the results of an earlier collection.
    match stop.or(session.reset()).await {
        Ok(reset) => reset?,
        Err(_) => return Ok(None),
    }
    stop.watch_over(Some(cancel_run_of(session.clone())));
    if stop.is_wanted() {
        return Ok(None);
    }
    let done = work.publish(request).await?;
    Ok(Some(report(id, session, &done)))
}
