use std::collections::HashSet;
use std::sync::Arc;

use super::batch::Batch;
use super::choices::{Choice, Choices};
use super::ending::Demands;
use super::live::Live;
use super::stop::StopSignal;
use crate::exit::UsageError;
use crate::named_instances::named_instances;
use crate::stderr::Error;
use crate::text::there_are;
use pyblish_model::{Change, InstanceId, PairResult, Plugin, PluginId, PluginSet, RunId, RunInfo};
use pyblish_rules::{RunOptions, Stage, Until, session_targets, targets_match};
use pyblish_session::{RunRequest, Session};

/// What to publish.
pub struct PublishRequest {
    pub until: Until,
    pub targets: Vec<String>,
    /// The names of the instances; an empty list means all instances.
    pub instances: Vec<String>,
    /// A list of the instances, with values for their data.
    pub batch: Option<Batch>,
    pub comment: String,
    pub demands: Demands,
    /// Plug-ins and values that were chosen.
    pub choices: Choices,
}

/// A run that ended, with its results.
pub struct Done {
    pub run: Arc<RunInfo>,
    pub results: Vec<Arc<PairResult>>,
}

/// A publish in progress: does the work in the session, and shows it to the user.
pub struct Work<'a> {
    session: &'a Session,
    stop: &'a StopSignal,
    live: Live,
    /// The last event that was shown.
    shown: u64,
    /// The runs that it started, the first one first.
    runs: Vec<RunId>,
}

/// A part of a publish, of instances that were collected.
pub struct Part {
    pub until: Until,
    pub instances: HashSet<InstanceId>,
    /// Without the validators.
    pub skip_validation: bool,
}

impl<'a> Work<'a> {
    pub fn new(session: &'a Session, stop: &'a StopSignal, live: Live) -> Self {
        Work {
            session,
            stop,
            live,
            shown: session.history().log().latest(),
            runs: Vec::new(),
        }
    }

    /// Where it works.
    pub fn session(&self) -> &Session {
        self.session
    }

    /// The runs that it has started, the first one first.
    pub fn runs(&self) -> &[RunId] {
        &self.runs
    }

    async fn choose(&self, choices: Vec<Choice>) -> Result<(), Error> {
        if !choices.is_empty() {
            let changes = choices.into_iter().map(Change::from).collect();
            self.session.choose(changes, None).await?;
        }
        Ok(())
    }

    /// Publishes; returns the last run.
    pub async fn publish(&mut self, request: PublishRequest) -> Result<Done, Error> {
        self.expect_plugins(&request)?;
        let choices = &request.choices;
        self.choose(choices.at_first(&self.session.snapshot().plugins)?)
            .await?;
        let is_whole = request.instances.is_empty() && request.batch.is_none();
        let done = match is_whole && !choices.has_instances() {
            true => self.run(&request, request.until, None).await?,
            false => self.publish_some(&request).await?,
        };
        self.live.end(&done.run);
        Ok(done)
    }

    /// Only collects.
    pub async fn collect(&mut self, request: &PublishRequest) -> Result<Done, Error> {
        self.expect_plugins(request)?;
        self.run(request, Until::UpTo(Stage::Collect), None).await
    }

    /// Publishes one instance of those that were collected.
    pub async fn publish_one(
        &mut self,
        request: &PublishRequest,
        instance: InstanceId,
    ) -> Result<Done, Error> {
        let done = self
            .run(request, request.until, Some([instance].into()))
            .await?;
        self.live.end(&done.run);
        Ok(done)
    }

    /// Does a part of a publish.
    pub async fn publish_part(
        &mut self,
        request: &PublishRequest,
        part: &Part,
    ) -> Result<Done, Error> {
        let snapshot = self.session.snapshot();
        let plugins = behind(&snapshot.plugins, |stage| match stage {
            Stage::Collect => false,
            Stage::Validate => !part.skip_validation,
            Stage::Extract | Stage::Integrate => true,
        });
        let done = self
            .run_of(
                request,
                part.until,
                Some(part.instances.clone()),
                Some(plugins),
            )
            .await?;
        self.live.end(&done.run);
        Ok(done)
    }

    /// Collects, and publishes these instances of what was collected.
    async fn publish_some(&mut self, request: &PublishRequest) -> Result<Done, Error> {
        let collect = Until::UpTo(Stage::Collect);
        let collected = self.run(request, collect, None).await?;
        if collected.results.iter().any(|result| !result.success()) || self.stop.is_wanted() {
            return Ok(collected);
        }
        let context = self.session.snapshot().context;
        self.choose(request.choices.once_collected(&context)?)
            .await?;
        let (chosen, changes) = match &request.batch {
            None if request.instances.is_empty() => (None, Vec::new()),
            None => {
                let named = named_instances(&context, &request.instances)?;
                (Some(named), Vec::new())
            }
            Some(batch) => {
                let applied = batch.apply(&self.session.snapshot().context);
                let (chosen, changes) = applied.map_err(UsageError::of)?;
                (Some(chosen.into_iter().collect()), changes)
            }
        };
        if !changes.is_empty() {
            self.session.apply(changes, None).await?;
        }
        if request.until == collect {
            return Ok(collected);
        }
        let plugins = behind_collectors(&self.session.snapshot().plugins);
        self.run_of(request, request.until, chosen, Some(plugins))
            .await
    }

    /// Does one run to its end. With instances, it processes only these and does not collect.
    async fn run(
        &mut self,
        request: &PublishRequest,
        until: Until,
        instances: Option<HashSet<InstanceId>>,
    ) -> Result<Done, Error> {
        let plugins = instances
            .is_some()
            .then(|| behind_collectors(&self.session.snapshot().plugins));
        self.run_of(request, until, instances, plugins).await
    }

    async fn run_of(
        &mut self,
        request: &PublishRequest,
        until: Until,
        instances: Option<HashSet<InstanceId>>,
        plugins: Option<HashSet<PluginId>>,
    ) -> Result<Done, Error> {
        let broken = self.session.snapshot().broken.len();
        let until = request.demands.limit(until, broken);
        let before = self.session.snapshot().results.len();
        let request = RunRequest {
            options: RunOptions {
                until,
                targets: request.targets.clone(),
                hosts: None,
                instances,
                plugins,
            },
            comment: request.comment.clone(),
            continues: None,
            idempotency: None,
        };
        let run = self.session.start_run(request).await?.id;
        self.runs.push(run);
        if self.stop.is_wanted() {
            // A client that asked for this run has not seen it yet.
            self.stop.cancel();
        }
        self.follow(run).await?;
        let run = self.session.run_ended(run).await?;
        let results = self.session.snapshot().results.after(before);
        Ok(Done { run, results })
    }

    /// Shows events until this run ends.
    async fn follow(&mut self, run: RunId) -> Result<(), Error> {
        let history = self.session.history();
        let mut latest = history.log().watch();
        loop {
            // Everything after this is seen as a change.
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
                        self.live.flush();
                        return Ok(());
                    }
                }
                self.live.flush();
            }
            if history.log().ended() {
                return Err("the session ended during the run; publish again".into());
            }
            latest.changed().await?;
        }
    }

    fn expect_plugins(&self, request: &PublishRequest) -> Result<(), Error> {
        let adapter = &self.session.description().name;
        let discovered = self.session.snapshot().discovered();
        expect_plugins(&discovered, adapter, &request.targets)
    }
}

/// Checks that there is something to run: a wrong target must not look like a successful publish.
pub(super) fn expect_plugins(
    discovered: &PluginSet,
    adapter: &str,
    targets: &[String],
) -> Result<(), Error> {
    let plugins = &discovered.plugins;
    if plugins.is_empty() {
        // The report names those that cannot be used.
        if !discovered.broken.is_empty() {
            return Ok(());
        }
        return Err(UsageError(format!(
            "the adapter {adapter} has no plug-ins, so it can publish nothing; check its settings"
        ))
        .into());
    }
    let targets = session_targets(targets, &discovered.targets);
    if plugins.iter().any(|plugin| targets_match(plugin, &targets)) {
        return Ok(());
    }
    let mut known: Vec<&str> = Vec::new();
    for target in plugins.iter().flat_map(|plugin| &plugin.targets) {
        if !known.contains(&target.as_str()) {
            known.push(target);
        }
    }
    Err(UsageError(format!(
        "no plug-in is for the targets {}, so nothing would be published; {}, choose with --target",
        targets.join(", "),
        there_are(known)
    ))
    .into())
}

/// The plug-ins that do not collect.
pub(super) fn behind_collectors(plugins: &[Plugin]) -> HashSet<PluginId> {
    behind(plugins, |stage| stage != Stage::Collect)
}

/// The plug-ins of these stages.
fn behind(plugins: &[Plugin], is_meant: impl Fn(Stage) -> bool) -> HashSet<PluginId> {
    let meant = plugins
        .iter()
        .filter(|plugin| is_meant(Stage::of(plugin.order)));
    meant.map(|plugin| plugin.id.clone()).collect()
}
