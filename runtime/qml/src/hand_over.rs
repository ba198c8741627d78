//! Hands a publish over to the farm from QML's window. QML has no button for it, so it is an action
//! of the last plug-in.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::endpoint::{CallError, Endpoint};
use super::shape::{Action, QmlOutcome, QmlPlugin};
use pyblish_client::ServerEvent;
use pyblish_model::{ActionKind, Failure, JsonText, RunId};
use pyblish_rules::Stage;

/// What the id of the action begins with. The place of the job follows.
const HAND_OVER: &str = "pyblish-endpoint:hand-over:";

/// Adds the actions for these places to the last plug-in that QML shows: it hides collectors.
pub(crate) fn offer(plugins: &mut [QmlPlugin], places: &[String]) {
    let shown = |plugin: &&mut QmlPlugin| Stage::in_range(plugin.order) != Some(Stage::Collect);
    if let Some(last) = plugins.iter_mut().rfind(shown) {
        last.actions
            .extend(places.iter().map(|place| action(place)));
    }
}

fn action(place: &str) -> Action {
    Action {
        id: format!("{HAND_OVER}{place}"),
        label: match place {
            "farm" => "On the farm".into(),
            "here" => "In the background".into(),
            other => other.into(),
        },
        icon: Some("server".into()),
        kind: ActionKind::Action,
        on: "all".into(),
    }
}

/// The place of the job, if this action hands over.
pub(crate) fn place(action: &str) -> Option<&str> {
    action.strip_prefix(HAND_OVER)
}

/// The answer to a job that was handed over.
#[derive(Deserialize)]
struct HandedOver {
    told: String,
}

/// What is read of a run.
#[derive(Deserialize)]
struct Run {
    id: RunId,
    state: String,
}

/// The event that a pair has ended.
#[derive(Deserialize)]
struct ResultEvent {
    /// None for a pair of no run, which another frontend may have asked for.
    #[serde(rename = "runId")]
    run: Option<RunId>,
    result: PairResult,
}

#[derive(Deserialize)]
struct PairResult {
    plugin: String,
    instance: Option<String>,
    error: Option<Failure>,
}

/// Validates what QML has collected, and hands it over to this place. QML validates pair by pair,
/// and only a run counts as a validation. Why it is refused is the failure of the outcome.
///
/// # Errors
/// The server cannot be reached.
pub(crate) fn hand_over(
    endpoint: &mut Endpoint,
    place: &str,
    comment: &str,
) -> Result<QmlOutcome, CallError> {
    let mut handed = || {
        if let Some(failure) = validated(endpoint, comment)? {
            return Ok(QmlOutcome::not_done(&failure));
        }
        let job = json!({"place": place, "comment": comment});
        let handed: HandedOver = endpoint.ask("/jobs", &JsonText::of_value(&job))?;
        Ok(QmlOutcome::told(&handed.told))
    };
    match handed() {
        Err(CallError::Refused { detail, .. }) => Ok(QmlOutcome::not_done(&detail)),
        outcome => outcome,
    }
}

/// Validates in a run. Returns why it did not succeed.
fn validated(endpoint: &mut Endpoint, comment: &str) -> Result<Option<String>, CallError> {
    let seen = endpoint.look()?.sequence;
    let mut events = endpoint.events(seen)?;
    let run = json!({"only": "validate", "comment": comment});
    let run: Run = endpoint.ask("/runs", &JsonText::of_value(&run))?;
    let mut failure = None;
    loop {
        let event = events.wait();
        let event = event.map_err(|error| CallError::NoEvents(error.to_string()))?;
        match event.name.as_str() {
            "result" if failure.is_none() => {
                let ended: ResultEvent = read(&event)?;
                if ended.run == Some(run.id) {
                    failure = failure_of(&ended.result);
                }
            }
            "runEnded" => {
                let ended: Run = read(&event)?;
                if ended.id != run.id {
                    continue;
                }
                return Ok(match ended.state.as_str() {
                    "succeeded" => None,
                    _ => failure.or_else(|| Some("the validation was stopped".into())),
                });
            }
            _ => {}
        }
    }
}

fn read<T: DeserializeOwned>(event: &ServerEvent) -> Result<T, CallError> {
    let read = serde_json::from_str(&event.data);
    read.map_err(|error| CallError::NoEvents(error.to_string()))
}

/// What failed and why, if anything did.
fn failure_of(result: &PairResult) -> Option<String> {
    let message = &result.error.as_ref()?.message;
    let on = result.instance.as_deref().unwrap_or("the context");
    let plugin = &result.plugin;
    Some(format!(
        "nothing was handed over: {plugin} fails on {on}: {message}"
    ))
}
