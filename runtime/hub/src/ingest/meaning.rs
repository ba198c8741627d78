//! What the events of a batch come to. A body that lacks something, because it must stay on its
//! machine or is from another version, is read as far as it goes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::batch::BatchEvent;
use pyblish_rules::Stage;

/// Bytes of the longest text that is stored beside an event: a message, a name.
const TEXT: usize = 10_000;

/// Bytes of what can be searched for in one result. PostgreSQL has a limit of a megabyte for it.
const SEARCHED: usize = 64 << 10;

const DAY: u64 = 86_400_000_000;

/// Something that the rows of runs show.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// The context is empty.
    Reset,
    /// The context names another project, or none.
    Project(Option<String>),
    /// The same of the task.
    Task(Option<String>),
    /// A run began or ended: its number, and all of it.
    Run(Box<RunRow>),
}

/// A run as the machine describes it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RunRow {
    pub(super) number: i64,
    pub(super) state: String,
    pub(super) reason: Option<String>,
    pub(super) person: Option<String>,
    pub(super) adapter: Option<String>,
    pub(super) host: Option<String>,
    pub(super) comment: Option<String>,
    /// Seconds since 1970-01-01 UTC.
    pub(super) started: f64,
    pub(super) ended: Option<f64>,
    pub(super) succeeded: i64,
    pub(super) failed: i64,
    pub(super) published: Vec<VersionRow>,
    /// JSON.
    pub(super) info: String,
}

/// A version that a run published.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct VersionRow {
    pub(super) name: String,
    pub(super) version: Option<i64>,
    pub(super) path: String,
    pub(super) unchanged: bool,
}

/// A result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ResultRow {
    /// The event that it came with.
    pub(super) number: i64,
    pub(super) run: Option<i64>,
    pub(super) at: u64,
    pub(super) plugin: String,
    pub(super) instance: Option<String>,
    pub(super) success: bool,
    pub(super) message: Option<String>,
    /// Milliseconds.
    pub(super) duration: f64,
    /// The stage of the plug-in, where the machine says it.
    pub(super) stage: Option<Stage>,
    pub(super) searched: String,
}

/// What a plug-in did on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct PluginDay {
    pub(super) results: i64,
    pub(super) failed: i64,
    pub(super) total: f64,
    pub(super) longest: f64,
}

/// What some events come to.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Meaning {
    /// In the order of the events.
    pub(super) steps: Vec<Step>,
    pub(super) results: Vec<ResultRow>,
    /// By the day since 1970 and the plug-in.
    pub(super) days: BTreeMap<(i32, String), PluginDay>,
}

impl Meaning {
    /// Of these events.
    pub(super) fn of(events: &[BatchEvent]) -> Self {
        let mut meaning = Meaning::default();
        for event in events {
            meaning.add(event);
        }
        meaning
    }

    fn add(&mut self, event: &BatchEvent) {
        let is_of_interest = matches!(
            event.name.as_str(),
            "reset" | "contextChanged" | "runStarted" | "runEnded" | "result"
        );
        if !is_of_interest {
            return;
        }
        // It is JSON; numbers that do not fit are as good as nothing.
        let body: Value = serde_json::from_str(event.body.get()).unwrap_or_default();
        match event.name.as_str() {
            "reset" => self.steps.push(Step::Reset),
            "contextChanged" => {
                let value = body["value"].as_str().map(stored);
                match body["key"].as_str() {
                    Some("project") => self.steps.push(Step::Project(value)),
                    Some("task") => self.steps.push(Step::Task(value)),
                    _ => {}
                }
            }
            "result" => {
                if let Some(row) = result_row(event, &body) {
                    self.count(event, &row);
                    self.results.push(row);
                }
            }
            _ => {
                if let Some(run) = run_row(event, &body) {
                    self.steps.push(Step::Run(Box::new(run)));
                }
            }
        }
    }

    fn count(&mut self, event: &BatchEvent, row: &ResultRow) {
        let day = i32::try_from(event.at / DAY).unwrap_or(i32::MAX);
        // A clock that is wrong by centuries.
        let day = day.min(2_932_896);
        let counts = self.days.entry((day, row.plugin.clone())).or_default();
        counts.results += 1;
        counts.failed += i64::from(!row.success);
        counts.total += row.duration;
        counts.longest = counts.longest.max(row.duration);
    }
}

fn stored(text: &str) -> String {
    super::rows::text(text, TEXT)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(stored)
}

fn result_row(event: &BatchEvent, body: &Value) -> Option<ResultRow> {
    let result = &body["result"];
    let stage = body["stage"].as_str().and_then(|name| name.parse().ok());
    let plugin = text(&result["plugin"])?;
    let instance = text(&result["instance"]);
    let message = text(&result["error"]["message"]);
    let mut searched = String::new();
    let records = result["records"].as_array();
    let records = records.into_iter().flatten();
    let records = records.filter_map(|record| record["message"].as_str());
    let named = [
        Some(plugin.as_str()),
        instance.as_deref(),
        message.as_deref(),
    ];
    for part in named.into_iter().flatten().chain(records) {
        if searched.len() < SEARCHED {
            searched += part;
            searched.push('\n');
        }
    }
    let duration = result["duration"].as_f64().unwrap_or(0.0);
    Some(ResultRow {
        number: event.number,
        run: event.run,
        at: event.at,
        success: result["success"].as_bool().unwrap_or(message.is_none()),
        plugin,
        instance,
        message,
        duration: duration.clamp(0.0, 1e15),
        stage,
        searched: super::rows::text(&searched, SEARCHED),
    })
}

fn run_row(event: &BatchEvent, run: &Value) -> Option<RunRow> {
    let id = run["id"].as_str()?;
    let number = id.strip_prefix('r')?.parse().ok()?;
    let facts = &run["facts"];
    let published = facts["published"].as_array();
    let published = published.into_iter().flatten();
    Some(RunRow {
        number,
        state: text(&run["state"])?,
        reason: text(&run["reason"]),
        person: text(&facts["user"]).filter(|user| !user.is_empty()),
        adapter: text(&facts["adapter"]).filter(|adapter| !adapter.is_empty()),
        host: text(&facts["host"]).filter(|host| !host.is_empty()),
        comment: text(&run["comment"]).filter(|comment| !comment.is_empty()),
        started: run["started"].as_f64().unwrap_or(event.at as f64 / 1e6),
        ended: run["ended"].as_f64(),
        succeeded: run["succeeded"].as_i64().unwrap_or(0),
        failed: run["failed"].as_i64().unwrap_or(0),
        published: published.filter_map(version_row).collect(),
        info: event.body.get().to_owned(),
    })
}

fn version_row(version: &Value) -> Option<VersionRow> {
    Some(VersionRow {
        name: text(&version["name"])?,
        version: version["version"].as_i64(),
        path: text(&version["path"]).unwrap_or_default(),
        unchanged: version["unchanged"].as_bool().unwrap_or(false),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::to_raw_value;

    use super::*;

    fn event(number: i64, name: &str, body: &Value) -> BatchEvent {
        BatchEvent {
            number,
            at: 2 * DAY + 5,
            run: Some(3),
            name: name.into(),
            body: to_raw_value(body).unwrap(),
        }
    }

    #[test]
    fn results_are_counted_by_plugin_and_day() {
        let result = |plugin: &str, error: Value, duration: f64| {
            json!({"runId": "r3", "result": {"plugin": plugin, "instance": "hero", "error": error,
                "success": error.is_null(), "duration": duration, "records": [{"message": "said"}]}, "stage": "extract"})
        };
        let events = [
            event(1, "result", &result("A", Value::Null, 2.0)),
            event(2, "result", &result("A", json!({"message": "no"}), 5.0)),
            event(3, "result", &result("B", Value::Null, 1.0)),
            event(4, "result", &json!({"tooLarge": 5_000_000})),
        ];
        let meaning = Meaning::of(&events);
        assert_eq!(meaning.results.len(), 3);
        assert_eq!(meaning.results[1].message.as_deref(), Some("no"));
        assert_eq!(meaning.results[1].stage, Some(Stage::Extract));
        assert_eq!(meaning.results[1].searched, "A\nhero\nno\nsaid\n");
        let day = meaning.days[&(2, "A".into())];
        let counts = (day.results, day.failed, day.total, day.longest);
        assert_eq!(counts, (2, 1, 7.0, 5.0));
    }

    #[test]
    fn runs_and_their_context_are_read_in_order() {
        let run = json!({"id": "r3", "state": "succeeded", "started": 1.5, "succeeded": 4, "failed": 0,
            "facts": {"user": "anna", "adapter": "folder", "host": "",
                "published": [{"name": "hero", "version": 12, "path": "v012"}]}});
        let events = [
            event(1, "reset", &json!({})),
            event(
                2,
                "contextChanged",
                &json!({"key": "project", "value": "bunny"}),
            ),
            event(3, "contextChanged", &json!({})),
            event(4, "runEnded", &run),
            event(5, "runEnded", &json!({})),
        ];
        let steps = Meaning::of(&events).steps;
        assert_eq!(
            steps[..2],
            [Step::Reset, Step::Project(Some("bunny".into()))]
        );
        let Step::Run(row) = &steps[2] else {
            panic!("{steps:?}");
        };
        assert_eq!(steps.len(), 3);
        assert_eq!(
            (row.number, row.person.as_deref(), row.host.as_deref()),
            (3, Some("anna"), None)
        );
        assert_eq!(row.published[0].version, Some(12));
    }
}
