use std::collections::HashSet;
use std::sync::Arc;

use super::super::Error;
use super::super::text::there_are;
use super::live::Live;
use super::stop::Stop;
use crate::model::{InstanceId, PairResult, PluginId, RunId, RunInfo};
use crate::publish::{DEFAULT_TARGET, RunOptions, Stage, Until, targets_match};
use crate::session::{RunRequest, Session};

/// What to publish.
pub struct Order {
    pub until: Until,
    pub targets: Vec<String>,
    /// Names; none at all stands for every instance.
    pub instances: Vec<String>,
    pub comment: String,
}

/// A run that has ended, with its results.
pub struct Done {
    pub run: Arc<RunInfo>,
    pub results: Vec<Arc<PairResult>>,
}

/// A publish under way: what is done in the session, and shown to the user.
pub struct Work<'a> {
    session: &'a Session,
    stop: &'a Stop,
    live: Live,
    /// The last event that was shown.
    shown: u64,
}

impl<'a> Work<'a> {
    pub fn new(session: &'a Session, stop: &'a Stop, live: Live) -> Self {
        Work {
            session,
            stop,
            live,
            shown: session.history().log().latest(),
        }
    }

    /// Publishes; answers the last run.
    pub async fn publish(&mut self, order: Order) -> Result<Done, Error> {
        self.expect_plugins(&order)?;
        let done = match order.instances.is_empty() {
            true => self.run(&order, order.until, None).await?,
            false => self.publish_some(&order).await?,
        };
        self.live.end(&done.run);
        Ok(done)
    }

    /// Collects, and publishes these instances of what was collected.
    async fn publish_some(&mut self, order: &Order) -> Result<Done, Error> {
        let collect = Until::UpTo(Stage::Collect);
        let collected = self.run(order, collect, None).await?;
        if collected.results.iter().any(|result| !result.success()) || self.stop.is_wanted() {
            return Ok(collected);
        }
        let chosen = self.instances(&order.instances)?;
        if order.until == collect {
            return Ok(collected);
        }
        self.run(order, order.until, Some(chosen)).await
    }

    /// One run, to its end. With instances it is about these, and does not collect.
    async fn run(
        &mut self,
        order: &Order,
        until: Until,
        instances: Option<HashSet<InstanceId>>,
    ) -> Result<Done, Error> {
        let plugins = instances.is_some().then(|| self.behind_collectors());
        let before = self.session.snapshot().results.len();
        let request = RunRequest {
            options: RunOptions {
                until,
                targets: order.targets.clone(),
                hosts: None,
                instances,
                plugins,
            },
            comment: order.comment.clone(),
            continues: None,
            idempotency_key: None,
        };
        let run = self.session.start_run(request).await?.id;
        if self.stop.is_wanted() {
            // Whoever asked did not see it yet.
            self.stop.cancel();
        }
        self.follow(run).await?;
        let run = self.session.run_ended(run).await?;
        let results = self.session.snapshot().results.after(before);
        Ok(Done { run, results })
    }

    /// Shows what happens until this run ends.
    async fn follow(&mut self, run: RunId) -> Result<(), Error> {
        let history = self.session.history();
        let mut latest = history.log().watch();
        loop {
            // What comes after this look is a change.
            latest.mark_unchanged();
            loop {
                let events = history.events_after(self.shown)?;
                if events.is_empty() {
                    break;
                }
                for event in events.iter() {
                    self.shown = event.sequence;
                    self.live.show(event);
                    if event.name == "runEnded" && event.run == Some(run) {
                        self.live.flush(self.session);
                        return Ok(());
                    }
                }
                self.live.flush(self.session);
            }
            if history.log().ended() {
                return Err("the session ended in the middle of the run; publish again".into());
            }
            latest.changed().await?;
        }
    }

    /// Makes sure that there is something to run: a wrong target must not look like a good publish.
    fn expect_plugins(&self, order: &Order) -> Result<(), Error> {
        let plugins = self.session.snapshot().plugins;
        let adapter = &self.session.description().name;
        if plugins.is_empty() {
            return Err(format!(
                "the adapter {adapter} has no plug-in, so there is nothing to publish with; see its settings"
            )
            .into());
        }
        let targets = match order.targets.as_slice() {
            [] => &[DEFAULT_TARGET.to_owned()],
            targets => targets,
        };
        if plugins.iter().any(|plugin| targets_match(plugin, targets)) {
            return Ok(());
        }
        let mut known: Vec<&str> = Vec::new();
        for target in plugins.iter().flat_map(|plugin| &plugin.targets) {
            if !known.contains(&target.as_str()) {
                known.push(target);
            }
        }
        Err(format!(
            "no plug-in is for the targets {}, so nothing would be published; {}, name them with --target",
            targets.join(", "),
            there_are(known)
        )
        .into())
    }

    /// The instances of these names.
    fn instances(&self, names: &[String]) -> Result<HashSet<InstanceId>, Error> {
        let context = self.session.snapshot().context;
        let mut ids = HashSet::new();
        for name in names {
            let before = ids.len();
            ids.extend(context.named(name).map(|instance| instance.id.clone()));
            if ids.len() == before && context.named(name).next().is_none() {
                let known = context.instances.iter();
                let known = there_are(known.map(|instance| instance.name.as_str()));
                return Err(format!("no instance {name:?} was collected; {known}").into());
            }
        }
        Ok(ids)
    }

    fn behind_collectors(&self) -> HashSet<PluginId> {
        let plugins = self.session.snapshot().plugins;
        let others = plugins
            .iter()
            .filter(|plugin| Stage::of(plugin.order) != Some(Stage::Collect));
        others.map(|plugin| plugin.id.clone()).collect()
    }
}
