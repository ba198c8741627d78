use super::finding::Finding;
use crate::adapter::{CacheSurvey, Engine};

const ABOUT: &str = "cache";

/// A megabyte, as disks are sold.
const MEGABYTE: f64 = 1e6;

/// Where compiled adapters are kept, and what of them is of no use any more.
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
            format!("adapters are compiled at each start, for {folder} cannot be used ({error})"),
            "move what is there away, or make the folder yours alone: it is made anew",
        ),
        Ok(false) => Finding::ok(
            ABOUT,
            format!("{folder} is made when the first adapter is compiled"),
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
            format!("{folder} holds {count} ({size}) of other versions of pyblish-endpoint, or half written"),
            "if no other version is in use, remove the folder; what is needed is compiled again",
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
