use clap::Args;
use serde_json::json;

use super::one_run::OneRun;
use crate::stderr::Error;
use crate::summary::TerminalSummary;
use crate::table::Table;
use crate::{stdout, text};
use pyblish_model::Mode;
use pyblish_report::Report;
use pyblish_report::text::duration;
use pyblish_rules::Stage;

#[derive(Debug, Args)]
pub struct ShowRun {
    #[command(flatten)]
    run: OneRun,

    /// Print a JSON object: session, run, and results with all their records
    #[arg(long)]
    json: bool,
}

impl ShowRun {
    pub fn run(self) -> Result<(), Error> {
        let report = self.run.find()?;
        if self.json {
            let shown = json!({
                "session": report.session,
                "run": report.run,
                "results": report.results.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
            });
            stdout::put_json(&format!("{shown}\n"))?;
        } else {
            stdout::put(&shown(&report))?;
            TerminalSummary::of(&report).put()?;
        }
        Ok(())
    }
}

fn shown(report: &Report) -> String {
    let run = &report.run;
    let about = |name: &str, value: String| match value.is_empty() {
        true => String::new(),
        false => format!("{name:<9}{}\n", text::one_line(&value)),
    };
    let took = run
        .ended
        .map(|ended| duration((ended - run.started) * 1000.0));
    let took = took.map(|took| format!(" UTC, took {took}"));
    let started = text::moment(run.started) + &took.unwrap_or_else(|| " UTC".into());
    let adapter = match run.facts.as_deref() {
        Some(facts) => {
            let (version, digest) = (&facts.adapter_version, &facts.adapter_digest);
            format!("{} {version}, sha256:{digest}", report.adapter)
        }
        None => report.adapter.clone(),
    };
    let head = [
        about("run", format!("{}/{}", report.session, run.id)),
        about("adapter", adapter),
        about("started", started),
        about("targets", run.targets.join(", ")),
        about("comment", run.comment.clone()),
    ];
    format!("{}\n{}\n", head.concat(), results(report))
}

fn results(report: &Report) -> String {
    if report.results.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["STAGE", "PLUG-IN", "INSTANCE", "RESULT", "TOOK", "RECORDS"]);
    for result in &report.results {
        let mut plugins = report.discovered.plugins.iter();
        let plugin = plugins.find(|plugin| Some(&plugin.id) == result.plugin_id.as_ref());
        let stage = plugin.map(|plugin| Stage::of(plugin.order));
        let did = match &result.mode {
            Mode::Process => result.plugin.to_string(),
            Mode::Repair => format!("{} (repair)", result.plugin),
            Mode::Action(action) => format!("{} ({action})", result.plugin),
        };
        table.push([
            stage.map_or("-", Stage::name).to_owned(),
            did,
            result.instance.as_deref().unwrap_or("-").to_owned(),
            if result.success() { "ok" } else { "failed" }.to_owned(),
            duration(result.duration),
            result.records.len().to_string(),
        ]);
    }
    table.text()
}
