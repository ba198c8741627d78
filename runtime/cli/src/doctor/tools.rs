use std::{env, fs};

use super::finding::Finding;
use crate::project::{self, LANGUAGES, Language};

const ABOUT: &str = "tools";

/// Whether this program and ffmpeg are on PATH, and in which languages adapters can be built here.
pub fn findings() -> Vec<Finding> {
    let mut findings = vec![on_path(), ffmpeg()];
    findings.extend(LANGUAGES.into_iter().flat_map(language));
    findings
}

fn on_path() -> Finding {
    let this = env::current_exe().and_then(fs::canonicalize);
    let found = project::on_path("pyblish-endpoint");
    let same = match (&this, &found) {
        (Ok(this), Some(found)) => fs::canonicalize(found).is_ok_and(|found| found == *this),
        _ => false,
    };
    match found {
        Some(found) if same => Finding::ok(ABOUT, format!("on PATH as {}", found.display())),
        Some(found) => Finding::advice(
            ABOUT,
            format!(
                "{} on PATH is another pyblish-endpoint than this one",
                found.display()
            ),
            "put only one of them on PATH",
        ),
        None => Finding::advice(
            ABOUT,
            "pyblish-endpoint is not on PATH",
            "add its folder, or start it by its path",
        ),
    }
}

/// Movies are published without it, too.
fn ffmpeg() -> Finding {
    match pyblish_platform::process::find_program("ffmpeg") {
        Some(found) => Finding::ok(
            ABOUT,
            format!(
                "thumbnails of movies can be made with {}: --tool ffmpeg grants it",
                found.display()
            ),
        ),
        None => Finding::advice(
            ABOUT,
            "movies get no thumbnails: there is no ffmpeg on PATH",
            "install ffmpeg, or grant it by its path with --tool ffmpeg=PATH",
        ),
    }
}

/// Only authors of adapters need these tools, so a missing one is no problem.
fn language(language: Language) -> Vec<Finding> {
    let tools = language.tools();
    let missing: Vec<_> = tools
        .iter()
        .filter_map(|tool| {
            let reason = tool.found.as_ref().err()?;
            let said = format!(
                "adapters in {} need {}: {reason}",
                language.label(),
                tool.what
            );
            Some(Finding::advice(ABOUT, said, tool.remedy))
        })
        .collect();
    if !missing.is_empty() {
        return missing;
    }
    let versions = tools.iter().filter_map(|tool| tool.found.as_ref().ok());
    let versions = versions.cloned().collect::<Vec<_>>().join(", ");
    vec![Finding::ok(
        ABOUT,
        format!(
            "adapters in {} can be built here: {versions}",
            language.label()
        ),
    )]
}
