use super::finding::Finding;
use pyblish_adapter::{CacheSurvey, Engine};

const ABOUT: &str = "cache";

/// A megabyte, in decimal like the sizes of disks.
const MEGABYTE: f64 = 1e6;

/// The folder of compiled adapters, and what in it is no longer needed.
pub fn findings(engine: &Engine) -> Vec<Finding> {
    let Some(survey) = CacheSurvey::of_user(engine) else {
        return vec![Finding::problem(
            ABOUT,
            "this user has no home folder, so adapters are compiled at each start",
            "set HOME",
        )];
    };
    let folder = survey.folder.display();
    let mut findings = vec![match &survey.there {
        Err(error) => Finding::problem(
            ABOUT,
            format!(
                "adapters are compiled at each start, because {folder} cannot be used ({error})"
            ),
            "move the folder away, and it is created again; or make sure that only you can access \
             it",
        ),
        Ok(false) => Finding::ok(
            ABOUT,
            format!("{folder} is created when the first adapter is compiled"),
        ),
        Ok(true) => Finding::ok(
            ABOUT,
            format!(
                "{} in {folder}, {}",
                compiled(survey.entries),
                megabytes(survey.size)
            ),
        ),
    }];
    if !survey.stale.is_empty() {
        let size = megabytes(survey.stale_size);
        let count = match survey.stale.len() {
            1 => "1 file".into(),
            n => format!("{n} files"),
        };
        findings.push(Finding::advice(
            ABOUT,
            format!("{folder} holds {count} ({size}) that other versions of pyblish-endpoint made, or that are incomplete"),
            "if you use no other version, remove the folder; adapters are compiled again when \
             needed",
        ));
    }
    findings
}

fn compiled(entries: usize) -> String {
    match entries {
        1 => "1 compiled adapter".into(),
        n => format!("{n} compiled adapters"),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / MEGABYTE)
}
