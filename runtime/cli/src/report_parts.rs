//! The report of a worker's run, on its way through the hub to whoever handed the job over. There
//! it is made again, so that a job has the same summary and reports as a local publish.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::stderr::Error;
use pyblish_model::{BrokenPlugin, LeftOutPlugin, Level, PairResult, Plugin, PluginSet, RunInfo};
use pyblish_report::Report;

/// Bytes of the largest report that is sent with all of its results.
const LARGEST: usize = 8 << 20;

/// What a report is made of.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportParts {
    session: String,
    adapter: String,
    host: String,
    run: RunInfo,
    plugins: Vec<Value>,
    broken: Vec<BrokenPlugin>,
    left_out: Vec<LeftOutPlugin>,
    targets: Vec<String>,
    results: Vec<PairResult>,
    /// What was published, as text.
    pub published: String,
}

impl ReportParts {
    /// Of this report. `published` is what to tell the user beside it.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn of(report: &Report, published: String) -> Result<Value, Error> {
        let plugins = report.discovered.plugins.iter().map(serde_json::to_value);
        let mut parts = ReportParts {
            session: report.session.clone(),
            adapter: report.adapter.clone(),
            host: report.host.clone(),
            run: report.run.clone(),
            plugins: plugins.collect::<Result<_, _>>()?,
            broken: report.discovered.broken.to_vec(),
            left_out: report.discovered.left_out.to_vec(),
            targets: report.discovered.targets.to_vec(),
            results: report.results.iter().map(|it| (**it).clone()).collect(),
            published,
        };
        let mut value = serde_json::to_value(&parts)?;
        if serde_json::to_vec(&value)?.len() > LARGEST {
            // What a user can act on is in it in any case; the hub has the rest in the run.
            parts.results.retain(|result| {
                let warns = |it: &pyblish_model::Record| it.level >= Level::WARNING;
                !result.success() || result.records.iter().any(warns)
            });
            value = serde_json::to_value(&parts)?;
        }
        Ok(value)
    }

    /// Reads them again.
    ///
    /// # Errors
    /// They are of another version.
    pub fn read(value: Value) -> Result<Self, Error> {
        serde_json::from_value(value).map_err(|error| {
            format!(
                "the report of the worker cannot be read: {error}; it may be of another version"
            )
            .into()
        })
    }

    /// The report.
    ///
    /// # Errors
    /// They are of another version.
    pub fn report(&self) -> Result<Report, Error> {
        let plugins = self.plugins.iter().cloned().map(|mut plugin| {
            // Only the host needs the name of the base class.
            plugin["base"] = "".into();
            serde_json::from_value::<Plugin>(plugin)
        });
        Ok(Report {
            session: self.session.clone(),
            adapter: self.adapter.clone(),
            host: self.host.clone(),
            run: self.run.clone(),
            discovered: PluginSet {
                plugins: plugins.collect::<Result<Vec<_>, _>>()?.into(),
                broken: self.broken.clone().into(),
                left_out: self.left_out.clone().into(),
                targets: self.targets.clone().into(),
            },
            results: self.results.iter().cloned().map(Arc::new).collect(),
        })
    }
}
