//! A run that ended, as it is told: a CloudEvent 1.0 in its structured mode
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>).

use serde::Serialize;

/// How many failures are told of a run; `failed` counts all.
pub(super) const MOST_FAILURES: i64 = 20;

/// The media type of a CloudEvent.
pub(super) const MEDIA_TYPE: &str = "application/cloudevents+json";

/// What happened.
const RUN_ENDED: &str = "com.pyblish.endpoint.run.ended";

/// Somebody tries whether messages arrive.
const TEST: &str = "com.pyblish.endpoint.test";

/// Where `subject` is to be looked up.
const SOURCE: &str = "/pyblish/hub/v1";

/// A run that ended. The members are named as in the REST API.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndedRun {
    /// In the hub.
    pub(super) id: i64,
    /// On its machine, such as `r7`.
    pub(super) run_id: String,
    pub(super) machine: String,
    pub(super) session: String,
    pub(super) state: String,
    pub(super) reason: Option<String>,
    pub(super) user: Option<String>,
    pub(super) adapter: String,
    pub(super) host: Option<String>,
    pub(super) project: Option<String>,
    pub(super) task: Option<String>,
    pub(super) comment: Option<String>,
    /// Seconds since 1970.
    pub(super) started: f64,
    pub(super) ended: Option<f64>,
    pub(super) succeeded: i64,
    pub(super) failed: i64,
    pub(super) published: Vec<PublishedVersion>,
    /// Some of what failed.
    pub(super) failures: Vec<FailedPair>,
}

/// A version that a run published.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct PublishedVersion {
    pub(super) name: String,
    pub(super) version: Option<i64>,
    pub(super) path: String,
    pub(super) unchanged: bool,
}

/// A result that failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct FailedPair {
    pub(super) plugin: String,
    pub(super) instance: Option<String>,
    pub(super) message: Option<String>,
}

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    subject: String,
    time: &'a str,
    datacontenttype: &'static str,
    data: &'a EndedRun,
}

impl EndedRun {
    /// As a CloudEvent with this id. `time` is in the form of RFC 3339.
    pub(super) fn cloud_event(&self, id: &str, time: &str) -> serde_json::Result<String> {
        let is_test = self.id == 0;
        serde_json::to_string(&CloudEvent {
            specversion: "1.0",
            id,
            source: SOURCE,
            kind: if is_test { TEST } else { RUN_ENDED },
            subject: format!("runs/{}", self.id),
            time,
            datacontenttype: "application/json",
            data: self,
        })
    }

    /// A run that never was: what is sent to try a webhook. No run has the number 0.
    pub(super) fn example() -> Self {
        EndedRun {
            id: 0,
            run_id: "r0".into(),
            machine: "test".into(),
            session: "test".into(),
            state: "succeeded".into(),
            reason: None,
            user: Some("test".into()),
            adapter: "test".into(),
            host: None,
            project: Some("test".into()),
            task: None,
            comment: Some("a test of this webhook".into()),
            started: 0.0,
            ended: Some(0.0),
            succeeded: 1,
            failed: 0,
            published: vec![PublishedVersion {
                name: "test".into(),
                version: Some(1),
                path: "test".into(),
                unchanged: false,
            }],
            failures: Vec::new(),
        }
    }
}
