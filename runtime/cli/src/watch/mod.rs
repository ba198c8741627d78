//! A hot folder: what has settled in it is published, until the user ends it.
//!
//! The folder is listed every few seconds. Notifications of the system would not do: a network drive
//! does not tell what another machine writes, and that a file has *not* changed is only seen by
//! looking again.
//!
//! Each item is published in a run of its own, so that one that is wrong holds back no other. What
//! was published, or refused, is tried again only when its files change. After a restart all is
//! tried once more: an item whose bytes are published already makes no new version, and copies that
//! were under way are not versions yet.

mod folder;

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;

use self::folder::{Files, HotFolder};
use super::event_loop::block_on;
use super::exit::Exit;
use super::launch::{LaunchOptions, Launched};
use super::log;
use super::publish::{Choices, Demands, Live, PublishRequest, StopSignal, Work, report, tell};
use super::screen::Screen;
use super::shipping::ShippingOptions;
use super::stderr::Error;
use pyblish_model::InstanceId;
use pyblish_rules::{Until, is_skipped};
use pyblish_session::SessionConfig;

/// What `--help` says of `watch`, before its exit codes.
const HELP: &str = "\
Examples:
  pyblish-endpoint watch --adapter folder --dir in=/inbox --dir out=/publish
  pyblish-endpoint watch --adapter folder --dir in=/inbox --dir out=/publish --settle 120 --json
  pyblish-endpoint watch --adapter folder --dir in=/inbox --dir out=/publish --once

An item is published once none of its files has changed, and no program has locked one, for the \
time of --settle. For frames of a renderer, give a longer time than a frame takes. What failed is \
tried again when its files change. `pyblish-endpoint history` has all runs and their reports.

Ctrl-C ends it after the item under way; a second Ctrl-C ends the program at once. Start it again \
as it was: nothing is published twice.

With --json, stdout has the same lines as that of `publish`; {\"run\"} ends each item.

Exit codes, by the worst item:
";

#[derive(Debug, Args)]
#[command(after_help = format!("{HELP}{}", Exit::table()))]
pub struct Watch {
    #[command(flatten)]
    launch: LaunchOptions,

    /// The granted folder to watch, by the path that the adapter sees
    #[arg(long, value_name = "GUEST_PATH", default_value = "/inbox")]
    inbox: String,

    /// How many seconds the files of an item must not have changed
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    settle: u64,

    /// How many seconds there are between two looks at the folder
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,

    /// End as soon as everything in the folder has settled and was published
    #[arg(long)]
    once: bool,

    /// Run the plug-ins for this target, instead of those for `default`; may be repeated
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,

    /// A comment on each publish; the plug-ins find it in the context
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    comment: String,

    #[command(flatten)]
    demands: Demands,

    #[command(flatten)]
    shipping: ShippingOptions,

    /// Print events as JSON, one per line, instead of text
    #[arg(long)]
    json: bool,
}

impl Watch {
    pub fn run(mut self) -> Result<Exit, Error> {
        let screen = Screen::default();
        log::to(&screen, self.launch.log());
        while self.inbox.len() > 1 && self.inbox.ends_with('/') {
            self.inbox.pop();
        }
        block_on(self.watch(screen))
    }

    async fn watch(self, screen: Screen) -> Result<Exit, Error> {
        let stop = StopSignal::listen(
            screen.clone(),
            "ending after the item under way; press Ctrl-C again to end at once",
        )?;
        let Watch { launch, inbox, .. } = self;
        let log = launch.log();
        let opening = Box::pin(launch.open(SessionConfig::default()));
        let launched = match stop.or(opening).await {
            Ok(launched) => launched?,
            Err(_) => return Ok(Exit::Done),
        };
        let shipping = self.shipping.beside(&launched);
        let folder = HotFolder::of(&launched, &inbox, Duration::from_secs(self.settle));
        let watched = match folder {
            Err(error) => Err(error),
            Ok(folder) => {
                let hot = Hot {
                    launched: &launched,
                    stop: &stop,
                    folder,
                    request: PublishRequest {
                        until: Until::All,
                        targets: self.targets,
                        instances: Vec::new(),
                        batch: None,
                        comment: self.comment,
                        demands: self.demands,
                        choices: Choices::default(),
                    },
                    live: &|| Live::new(&screen, self.json, log),
                    json: self.json,
                    done: BTreeSet::new(),
                    worst: Exit::Done,
                };
                let every = Duration::from_secs(self.every);
                hot.watch(every, self.once).await
            }
        };
        launched.close().await;
        shipping.stop().await;
        watched
    }
}

/// A folder that is being watched.
struct Hot<'a> {
    launched: &'a Launched,
    stop: &'a StopSignal,
    folder: HotFolder,
    request: PublishRequest,
    live: &'a dyn Fn() -> Live,
    json: bool,
    /// The files of the items that were published or refused, as they were then.
    done: BTreeSet<Files>,
    worst: Exit,
}

impl Hot<'_> {
    async fn watch(mut self, every: Duration, once: bool) -> Result<Exit, Error> {
        // The files of the last round: as long as they are the same, there is nothing to do.
        let mut known = None;
        loop {
            self.folder.look().await?;
            let settled = self.folder.settled();
            if !settled.is_empty() && known.as_ref() != Some(&settled) {
                self.round().await?;
                known = Some(settled);
            }
            if self.stop.is_wanted() {
                return Ok(self.worst);
            }
            // A file may have changed or have come during the round.
            if once {
                self.folder.look().await?;
                let is_done = known.clone().unwrap_or_default() == self.folder.settled();
                if is_done && self.folder.is_settled() {
                    return Ok(self.worst);
                }
            }
            if self.stop.or(tokio::time::sleep(every)).await.is_err() {
                return Ok(self.worst);
            }
        }
    }

    /// Collects, and publishes each item that has settled.
    async fn round(&mut self) -> Result<(), Error> {
        let session = &self.launched.session;
        session.reset().await?;
        let mut work = Work::new(session, self.stop, (self.live)());
        let collected = work.collect(&self.request).await?;
        drop(work);
        if collected.results.iter().any(|result| !result.success()) {
            self.tell(&collected)?;
            return Ok(());
        }
        for (id, files) in self.due() {
            if self.stop.is_wanted() {
                return Ok(());
            }
            // An action of another client may have collected again.
            if session.snapshot().context.instance(&id).is_none() {
                continue;
            }
            let mut work = Work::new(session, self.stop, (self.live)());
            let done = work.publish_one(&self.request, id).await?;
            self.tell(&done)?;
            self.done.insert(files);
        }
        Ok(())
    }

    /// The instances that have settled and were not done, with their files.
    fn due(&self) -> Vec<(InstanceId, Files)> {
        let context = self.launched.session.snapshot().context;
        let instances = context.instances.iter();
        let instances = instances.filter(|instance| !is_skipped(instance));
        let due = instances.filter_map(|instance| {
            let files = self.folder.files(instance)?;
            (!self.done.contains(&files)).then(|| (instance.id.clone(), files))
        });
        due.collect()
    }

    fn tell(&mut self, done: &super::publish::Done) -> Result<(), Error> {
        let Launched { id, session, .. } = self.launched;
        let report = report(id, session, done);
        tell(&report, self.json, &[], &session.snapshot().context)?;
        self.worst = self.worst.max(self.request.demands.ending(&report));
        Ok(())
    }
}
