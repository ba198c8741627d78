//! A session at one moment, as readers see it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use crate::results::Results;
use pyblish_model::{
    BrokenPlugin, Context, Data, JsonText, LeftOutPlugin, Plugin, PluginSet, RunId, RunInfo,
    SceneState, StopTest,
};
use pyblish_rules::SessionView;

/// What the session is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum Activity {
    /// Nothing.
    Idle,
    /// A command is under way.
    Busy {
        /// When it began.
        since: SystemTime,
        /// The command, or the name of the plug-in that is at work.
        doing: String,
    },
    /// The adapter is gone; a reset starts another one.
    Down {
        /// Why it is gone, for people to read.
        reason: String,
    },
}

/// Why the adapter went down the last time, and what happens next. Readers see it until somebody
/// resets the session or restarts the adapter.
#[derive(Debug, Clone, PartialEq)]
pub struct AdapterFailure {
    /// The reason, for people to read.
    pub message: String,
    /// When it happened.
    pub at: SystemTime,
    /// Whether a user stopped it.
    pub stopped: bool,
    /// How often the adapter failed in a row. The loss of a host is no failure of the adapter.
    pub failures: u64,
    /// When the adapter is started again without anybody asking, if it is.
    pub restart: Option<SystemTime>,
    /// Whether the host is looked for. The adapter is started when the host is there again.
    pub searching: bool,
}

/// A session at one moment. Cheap to clone: everything in it is shared.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Grows with every change.
    pub revision: u64,
    /// The context with its instances.
    pub context: Arc<Context>,
    /// The revision at which the context or an instance of it last changed.
    pub context_revision: u64,
    /// In the order in which Pyblish runs them.
    pub plugins: Arc<[Plugin]>,
    /// The revision at which a plug-in last changed.
    pub plugins_revision: u64,
    /// What was discovered and cannot be used.
    pub broken: Arc<[BrokenPlugin]>,
    /// What was discovered and does not take part.
    pub left_out: Arc<[LeftOutPlugin]>,
    /// The targets that are registered in the host.
    pub targets: Arc<[String]>,
    /// What decides when a run stops.
    pub stop_test: Arc<StopTest>,
    /// What the adapter says of its host, for people to read. Empty until it says something.
    pub host: Arc<Data>,
    /// What the host says of the scene that is open in it.
    pub scene: Arc<SceneState>,
    /// The results since the context began.
    pub results: Results,
    /// When the context began.
    pub connected: SystemTime,
    /// What the session is doing.
    pub activity: Activity,
    /// Why the adapter went down the last time.
    pub adapter_failure: Option<Arc<AdapterFailure>>,
    /// The run under way, or else the latest one of this process.
    pub run: Option<Arc<RunInfo>>,
    /// The run that can be continued: it was broken off, and the host still has its context.
    pub continuable: Option<RunId>,
    /// The revisions of the context and of the plug-ins at the end of the latest run; none while one
    /// is under way, after a reset, and where a client changed something in the middle of the run.
    pub(crate) settled: Option<(u64, u64)>,
}

impl Snapshot {
    /// What a run reads of it.
    pub(crate) fn view(&self) -> SessionView<'_> {
        SessionView {
            context: &self.context,
            plugins: &self.plugins,
            targets: &self.targets,
            stop_test: &self.stop_test,
        }
    }

    /// The path of the file that is open in the host, if anybody says it: the host itself, of its
    /// scene or when the session was opened, or else a plug-in, as `currentFile` in the context.
    pub fn scene_file(&self) -> Option<String> {
        let text = |data: &Data, key: &str| {
            let value = data.get(key).and_then(JsonText::as_str);
            value.filter(|text| !text.is_empty()).map(Cow::into_owned)
        };
        let told = self.scene.file.clone();
        told.or_else(|| text(&self.host, "file"))
            .or_else(|| text(&self.host, "scene"))
            .or_else(|| text(&self.context.data, "currentFile"))
    }

    /// The same session with an empty context and no plug-ins.
    pub fn without_context(self) -> Self {
        Snapshot {
            context: Arc::default(),
            plugins: Arc::default(),
            results: self.results.emptied(),
            ..self
        }
    }

    /// What was discovered.
    pub fn discovered(&self) -> PluginSet {
        PluginSet {
            plugins: self.plugins.clone(),
            broken: self.broken.clone(),
            left_out: self.left_out.clone(),
            targets: self.targets.clone(),
        }
    }
}
