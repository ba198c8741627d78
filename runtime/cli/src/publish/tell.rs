//! The report of a run, and how the user is told of it.

use super::published::published;
use super::work::Done;
use crate::document::Document;
use crate::stderr::Error;
use crate::summary::{TerminalSummary, instances};
use pyblish_model::Context;
use pyblish_report::Report;
use pyblish_session::Session;

/// The report of a run.
pub fn report(id: &str, session: &Session, done: &Done) -> Report {
    let adapter = session.description();
    Report {
        session: id.to_owned(),
        adapter: adapter.name.clone(),
        host: adapter.hosts.join(", "),
        run: done.run.as_ref().clone(),
        discovered: session.snapshot().discovered(),
        results: done.results.clone(),
    }
}

/// Shows the result: on stdout and in reports.
pub fn tell(
    report: &Report,
    json: bool,
    documents: &[Document],
    context: &Context,
) -> Result<(), Error> {
    if !json {
        let mut summary = TerminalSummary::of(report);
        let text = &mut summary.details;
        text.push_str(&published(report, context));
        if report.run.until.contains("collect") {
            let names = context
                .instances
                .iter()
                .map(|instance| instance.name.as_str());
            text.push_str(&instances(names));
        }
        text.push_str(&format!("\nRun {}/{}", report.session, report.run.id));
        for document in documents {
            text.push_str(&format!(", report {}", document.path().display()));
        }
        text.push('\n');
        summary.put()?;
    }
    for document in documents {
        document.write(report)?;
    }
    Ok(())
}
