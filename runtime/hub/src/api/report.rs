//! The report of a run: the one that its machine makes, of what the machine sends.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::Row;
use utoipa::IntoParams;

use super::access::Viewer;
use super::extract::{Path, Query};
use super::problem::HubProblem;
use super::runs::unknown;
use super::state::HubState;
use crate::database::Database;
use crate::error::HubError;
use crate::query::Conditions;
use pyblish_model::{Failure, Mode, PairResult, Plugin, PluginSet, RunInfo};
use pyblish_report::{Report, to_html, to_json, to_junit};
use pyblish_rules::Stage;
use pyblish_server::REPORT_POLICY;

/// With more results than this, a report takes too long to make.
const MOST_RESULTS: usize = 100_000;

/// How far before the first result of a run its first plug-in may have begun: events of the session.
const BEFORE: i64 = 5_000;

/// In which format to return the report.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportQuery {
    /// `json` (the default), `html` or `junit`.
    format: Option<String>,
}

/// The report of a run, as far as its machine sends what is in it. It has no descriptions of plug-ins.
/// A run with more than 100,000 results has none here (409, `too-many-results`).
#[utoipa::path(get, path = "/pyblish/hub/v1/runs/{id}/report", tag = "runs", operation_id = "readReport",
    params(("id" = i64, Path, description = "The run's id in the hub."), ReportQuery),
    responses((status = 200, description = "The report.", content((Object = "application/json"), (String = "text/html"), (String = "application/xml"))),
        (status = "default", description = "A problem; `code` says which.", body = HubProblem, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(hub): State<HubState>,
    _: Viewer,
    Path(id): Path<i64>,
    Query(query): Query<ReportQuery>,
) -> Result<Response, HubProblem> {
    let (kind, write): (_, fn(&Report) -> String) = match query.format.as_deref() {
        None | Some("json") => ("application/json", |report| to_json(report).to_string()),
        Some("html") => ("text/html; charset=utf-8", to_html),
        Some("junit") => ("application/xml", to_junit),
        Some(other) => {
            return Err(HubProblem::bad_request(format!(
                "{other:?} is not a format of reports; the formats are json, html and junit"
            )));
        }
    };
    let rows = Rows::read(&hub.database, id).await?;
    // A large report takes a while, in which this thread could not answer others.
    let made = tokio::task::spawn_blocking(move || Ok::<_, HubError>(write(&rows.report()?))).await;
    let body = made.map_err(|error| HubError::Other(error.to_string()))??;
    let kind_header = (header::CONTENT_TYPE, kind);
    Ok(match kind.starts_with("text/html") {
        true => {
            let policy = (header::CONTENT_SECURITY_POLICY, REPORT_POLICY);
            ([kind_header, policy], body).into_response()
        }
        false => ([kind_header], body).into_response(),
    })
}

/// What a report is made of.
struct Rows {
    run: Row,
    results: Vec<Row>,
    plugins: Vec<Row>,
}

impl Rows {
    async fn read(database: &Database, id: i64) -> Result<Self, HubProblem> {
        let mut conditions = Conditions::default();
        conditions.add("r.id = ?", id);
        let text = format!(
            "SELECT r.session_id, r.number, r.info::text, r.state, s.name, r.adapter,
                 coalesce(r.host, array_to_string(s.hosts, ', ')), r.succeeded, r.failed
             FROM runs r JOIN sessions s ON s.id = r.session_id{}",
            conditions.text()
        );
        let mut rows = conditions.rows(database, &text).await?;
        let run = rows.pop().ok_or_else(|| unknown(id))?;
        let (session, number): (i64, i64) = (run.get(0), run.get(1));
        let mut conditions = Conditions::default();
        conditions.add("x.session_id = ?", session);
        conditions.add("x.run = ?", number);
        let text = format!(
            "SELECT (e.body -> 'result')::text, x.plugin, x.instance, x.success, x.message, x.duration,
                 extract(epoch FROM x.at)::float8, x.number
             FROM results x JOIN events e ON e.session_id = x.session_id AND e.number = x.number
                 AND e.month = x.month{}
             ORDER BY x.number LIMIT {}",
            conditions.text(),
            MOST_RESULTS + 1
        );
        let results = conditions.rows(database, &text).await?;
        if results.len() > MOST_RESULTS {
            return Err(HubProblem::new(
                StatusCode::CONFLICT,
                "too-many-results",
                "Too many results",
                format!(
                    "the run has more than {MOST_RESULTS} results, too many for a report here; read \
                     them with /pyblish/hub/v1/runs/{id}/results, or make the report on its machine"
                ),
            ));
        }
        let between = (results.first(), results.last());
        let plugins = match between {
            (Some(first), Some(last)) => {
                let mut conditions = Conditions::default();
                conditions.add("session_id = ?", session);
                conditions.add("number > ?", first.get::<_, i64>(7) - BEFORE);
                conditions.add("number < ?", last.get::<_, i64>(7));
                conditions.add("run = ?", number);
                let text = format!(
                    "SELECT DISTINCT ON (1) body ->> 'pluginId', body ->> 'plugin', body ->> 'stage'
                     FROM events{} AND name = 'pluginStarted'",
                    conditions.text()
                );
                conditions.rows(database, &text).await?
            }
            _ => Vec::new(),
        };
        Ok(Rows {
            run,
            results,
            plugins,
        })
    }

    fn report(&self) -> Result<Report, HubError> {
        let run = &self.run;
        let results = self.results.iter().map(|row| Arc::new(result(row)));
        let plugins = self.plugins.iter().filter_map(plugin);
        Ok(Report {
            session: run.get(4),
            adapter: run.get(5),
            host: run.get(6),
            run: run_info(run)?,
            discovered: PluginSet {
                plugins: plugins.collect(),
                ..PluginSet::default()
            },
            results: results.collect(),
        })
    }
}

/// The run as its machine last sent it, but as it ended for the hub: it may know better that the run
/// was interrupted.
fn run_info(row: &Row) -> Result<RunInfo, HubError> {
    let wrong =
        |error: serde_json::Error| HubError::Other(format!("the run cannot be read: {error}"));
    let mut info: Value = serde_json::from_str(row.get(2)).map_err(wrong)?;
    if let Value::Object(members) = &mut info {
        let state: &str = row.get(3);
        if state == "interrupted" {
            members.insert("state".into(), state.into());
            members.insert("succeeded".into(), row.get::<_, i64>(7).into());
            members.insert("failed".into(), row.get::<_, i64>(8).into());
        }
        // What another version does not send.
        let usual = [
            ("targets", json!([])),
            ("comment", json!("")),
            ("progress", json!(0.0)),
        ];
        for (member, value) in usual {
            members.entry(member).or_insert(value);
        }
    }
    serde_json::from_value(info).map_err(wrong)
}

/// A result as its machine sends it, or else as far as the hub can tell.
fn result(row: &Row) -> PairResult {
    let sent: Option<&str> = row.get(0);
    let sent = sent.and_then(|text| {
        let mut result: Value = serde_json::from_str(text).ok()?;
        // Records stay on the machine by default.
        let members = result.as_object_mut()?;
        members.entry("records").or_insert_with(|| json!([]));
        serde_json::from_value(result).ok()
    });
    sent.unwrap_or_else(|| {
        let message: Option<String> = row.get(4);
        let success: bool = row.get(3);
        let (duration, at): (f64, f64) = (row.get(5), row.get(6));
        PairResult {
            plugin_id: None,
            plugin: row.get::<_, &str>(1).into(),
            instance_id: None,
            instance: row.get::<_, Option<&str>>(2).map(Into::into),
            mode: Mode::Process,
            failure: (!success).then(|| Failure::new("Failure", message.unwrap_or_default())),
            records: Vec::new(),
            started: at - duration / 1e3,
            duration,
        }
    })
}

/// A plug-in of which only the stage is known.
fn plugin(row: &Row) -> Option<Plugin> {
    let (id, name): (Option<&str>, Option<&str>) = (row.get(0), row.get(1));
    let stage: Stage = row.get::<_, Option<&str>>(2)?.parse().ok()?;
    let none = json!({"context": false, "instance": false});
    let described = json!({
        "id": id?, "name": name?, "label": null, "doc": null, "version": [], "order": stage.base(),
        "families": [], "hosts": [], "targets": [], "match": "intersection", "optional": false,
        "active": true, "processes": none, "repairs": none, "actions": [], "base": "", "file": null,
        "category": null, "requires": null,
    });
    serde_json::from_value(described).ok()
}
