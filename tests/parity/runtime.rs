//! The runtime's side: the real library with the real scenario adapter in its sandbox. One session
//! plays all scenarios, each after a reset, because the adapter reads its file anew then.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use pyblish_adapter::{
    AdapterLimits, Component, Engine, FolderGrant, Grants, Identity, resolve_settings,
};
use pyblish_endpoint_tests::target;
use pyblish_history::History;
use pyblish_model::{Data, PairResult};
use pyblish_model::{RunInfo, RunState};
use pyblish_rules::{RunOptions, Stage, Until, session_targets};
use pyblish_session::{Launch, RunRequest, Session, SessionError};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A session with the scenario adapter.
pub struct Player {
    runtime: Runtime,
    session: Session,
    folder: TempDir,
}

/// How long one scenario may take: thousands of times longer than it does.
const PATIENCE: Duration = Duration::from_secs(30);

/// The file that every scenario is written to before it is played.
const FILE: &str = "scenario.json";

impl Player {
    /// Starts the session.
    ///
    /// # Panics
    /// The adapter was not built, or does not start.
    pub fn start() -> Player {
        let folder = tempfile::tempdir().expect("a folder");
        write(&folder, &json!({"plugins": []}));
        let runtime = Runtime::new().expect("an event loop");
        let path = target().join("adapters").join("scenario.wasm");
        let session = runtime.block_on(async {
            let engine = Engine::new().expect("an engine");
            let component = Component::load(&engine, None, path).expect("run `cargo xtask build`");
            let description = component.describe().await.expect("a description");
            let file = ("file".to_owned(), format!("/scenario/{FILE}"));
            let grant = FolderGrant {
                host: folder.path().to_path_buf(),
                guest: "/scenario".into(),
                writable: false,
            };
            let grants = Grants {
                folders: vec![grant],
                ..Grants::default()
            };
            let settings = resolve_settings(&description, &vec![file]).expect("settings");
            let granted = grants.open(&description, &settings);
            let launch = Launch {
                settings,
                component,
                description,
                granted: granted.expect("grants"),
                limits: AdapterLimits::default(),
                identity: Identity {
                    user: "judge".into(),
                    machine: "judge".into(),
                },
                policy: Arc::default(),
                pid: None,
            };
            let history = History::forgetful().expect("a history");
            Session::start(launch, history, ())
                .await
                .expect("a session")
        });
        Player {
            runtime,
            session,
            folder,
        }
    }

    /// Plays one question, and answers in the driver's form, with `error` if the scenario is
    /// refused.
    pub fn ask(&self, question: &Value) -> Value {
        write(&self.folder, &question["scenario"]);
        let played = async { tokio::time::timeout(PATIENCE, self.play(question)).await };
        match self.runtime.block_on(played) {
            Ok(Ok(runs)) => self.answer(&runs),
            Ok(Err(error)) => json!({"error": error.to_string()}),
            Err(_) => json!({"error": format!("it did not end within {PATIENCE:?}")}),
        }
    }

    async fn play(&self, question: &Value) -> Result<Vec<Arc<RunInfo>>, SessionError> {
        let names = |key: &str| -> Vec<String> {
            let names = question[key].as_array().into_iter().flatten();
            let texts = names.filter_map(|name| name.as_str());
            texts.map(String::from).collect()
        };
        let stages = match &question["until"] {
            Value::Array(stages) => stages.clone(),
            Value::Null => vec![json!("publish")],
            stage => vec![stage.clone()],
        };
        // The scenario's adapter cannot register any.
        let targets = session_targets(&names("targets"), &names("registered"));
        self.session.reset().await?;
        let mut runs = Vec::new();
        for stage in &stages {
            let options = RunOptions {
                until: until(stage.as_str().expect("a stage is a text")),
                targets: targets.clone(),
                ..RunOptions::default()
            };
            let request = RunRequest {
                options,
                ..RunRequest::default()
            };
            let run = self.session.start_run(request).await?;
            runs.push(self.session.run_ended(run.id).await?);
        }
        Ok(runs)
    }

    fn answer(&self, runs: &[Arc<RunInfo>]) -> Value {
        let snapshot = self.session.snapshot();
        let context = &snapshot.context;
        let instances = context.instances.iter();
        let instances = instances.map(|instance| json!([instance.name, visible(&instance.data)]));
        let results = snapshot.results.list();
        json!({
            "pairs": results.iter().map(|result| pair(result)).collect::<Value>(),
            "context": visible(&context.data),
            "instances": instances.collect::<Value>(),
            "stopped": runs.iter().rev().find_map(|run| stopped(run)),
        })
    }
}

fn write(folder: &TempDir, scenario: &Value) {
    let path = folder.path().join(FILE);
    fs::write(path, scenario.to_string()).expect("a scenario file");
}

fn until(stage: &str) -> Until {
    match stage {
        "publish" => Until::All,
        stage => Until::One(stage.parse::<Stage>().expect("a stage of Pyblish")),
    }
}

fn stopped(run: &RunInfo) -> Option<String> {
    match &run.state {
        RunState::Stopped(reason) => Some(reason.clone()),
        _ => None,
    }
}

fn pair(result: &PairResult) -> Value {
    let failure = result.failure.as_ref();
    json!([
        result.plugin,
        result.instance,
        result.success(),
        failure.map(|failure| &failure.message),
    ])
}

/// The part of an instance's data that the driver shows.
fn visible(data: &Data) -> Data {
    let mut data = data.clone();
    data.shift_remove("name");
    data
}
