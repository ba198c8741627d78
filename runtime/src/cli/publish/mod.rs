mod ending;
mod live;
mod stop;
mod work;

use std::process::ExitCode;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

pub use self::ending::Ending;
use self::live::Live;
use self::stop::Stop;
use self::work::{Done, Order, Work};
use super::document::Document;
use super::launch::{LaunchOptions, Launched};
use super::screen::Screen;
use super::summary::{instances, summary};
use super::{Error, block_on, log, stdout};
use crate::publish::{Stage, Until};
use crate::report::Report;
use crate::session::Session;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint publish --adapter folder --dir in=/inbox --dir out=/publish
  pyblish-endpoint publish --adapter folder --dir in=/inbox --dir out=/publish --until validate --report check.html
  pyblish-endpoint publish --adapter ./mine.wasm --instance hero --target farm --json

What goes on is shown on stderr, what came of it is told on stdout. Ctrl-C cancels in order: the plug-in at work \
is asked to stop, and stopped by force after 10 seconds; a second Ctrl-C ends it at once.

With --json, stdout has one JSON object a line: {\"sequence\", \"at\", \"name\", \"body\"} for each event, and \
{\"run\"} as the last one, once the run has ended.

Exit codes: 0 published, 1 validation failed and nothing else did, 2 something else failed: a plug-in of another \
stage, the adapter, the command line (the reason is on stderr), 130 interrupted.")]
pub struct Publish {
    #[command(flatten)]
    launch: LaunchOptions,

    /// Stop behind this stage
    #[arg(long, value_name = "STAGE", value_parser = stage())]
    until: Option<Stage>,

    /// Run the plug-ins that are for this target, rather than those for `default`; may be repeated
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,

    /// Collect in a run of its own, then publish only the instances of this name; may be repeated
    #[arg(long = "instance", value_name = "NAME")]
    instances: Vec<String>,

    /// What the publish is about; the plug-ins find it in the context
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    comment: String,

    /// Write a report to this file, as its extension says: .json, .html, or .xml for JUnit; may be repeated
    #[arg(long = "report", value_name = "FILE")]
    reports: Vec<Document>,

    /// Print events as JSON, one a line, rather than words
    #[arg(long)]
    json: bool,
}

fn stage() -> impl TypedValueParser<Value = Stage> {
    let names = Stage::ALL.map(Stage::name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Stage>())
}

impl Publish {
    pub fn run(self) -> Result<ExitCode, Error> {
        let screen = Screen::default();
        log::to(&screen, self.launch.log());
        for report in &self.reports {
            report.check()?;
        }
        let ending = block_on(self.publish(screen))?;
        Ok(ending.into())
    }

    async fn publish(self, screen: Screen) -> Result<Ending, Error> {
        let stop = Stop::listen(screen.clone())?;
        let live = Live::new(&screen, self.json, self.launch.log());
        // Until there is a run, there is nothing to cancel in order.
        let launched = match stop.or(self.launch.open()).await {
            Ok(launched) => launched?,
            Err(interrupted) => return Ok(interrupted),
        };
        let order = Order {
            until: self.until.map_or(Until::All, Until::UpTo),
            targets: self.targets,
            instances: self.instances,
            comment: self.comment,
        };
        let published = publish(&launched, &stop, live, order).await;
        let told = match published {
            Ok(Some(report)) => tell(&report, self.json, &self.reports, &launched.session),
            Ok(None) => Ok(Ending::Interrupted),
            Err(error) => Err(error),
        };
        stop.watch_over(None);
        launched.close().await;
        told
    }
}

/// Publishes, and answers what is to be told of it; nothing where the user stopped it before it began.
async fn publish(
    launched: &Launched,
    stop: &Stop,
    live: Live,
    order: Order,
) -> Result<Option<Report>, Error> {
    let Launched { id, session, .. } = launched;
    let mut work = Work::new(session, stop, live);
    // The host may still hold what somebody collected before.
    match stop.or(session.reset()).await {
        Ok(reset) => reset?,
        Err(_) => return Ok(None),
    }
    stop.watch_over(Some(session.clone()));
    if stop.is_wanted() {
        return Ok(None);
    }
    let Done { run, results } = work.publish(order).await?;
    let adapter = session.description();
    Ok(Some(Report {
        session: id.clone(),
        adapter: adapter.name.clone(),
        host: adapter.hosts.join(", "),
        run: run.as_ref().clone(),
        plugins: session.snapshot().plugins,
        results,
    }))
}

/// Tells what came of it: on stdout, in reports, and by how the program ends.
fn tell(
    report: &Report,
    json: bool,
    documents: &[Document],
    session: &Session,
) -> Result<Ending, Error> {
    if !json {
        let mut text = summary(report);
        if report.run.until.contains("collect") {
            let context = session.snapshot().context;
            let names = context
                .instances
                .iter()
                .map(|instance| instance.name.as_str());
            text.push_str(&instances(names));
        }
        text.push_str(&format!("\nRun {}/{}", report.session, report.run.id));
        for document in documents {
            text.push_str(&format!(", report {}", document.path().display()));
        }
        stdout::put(&(text + "\n"))?;
    }
    for document in documents {
        document.write(report)?;
    }
    Ok(Ending::of(&report.run, &report.results, &report.plugins))
}
