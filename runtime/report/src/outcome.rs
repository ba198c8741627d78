use serde::Serialize;

use super::text::{count, thousands};
use super::{Report, Summary};
use pyblish_model::{RunInfo, RunState};

/// The result of a run, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Everything was done, and succeeded.
    Done,
    /// Everything was done, but needs a look: there was a warning, or nothing ran.
    Warned,
    /// Something failed, or the host went away.
    Failed,
    /// Because the user asked.
    Cancelled,
    /// It has not ended yet.
    Running,
}

/// How a run ended, for the artist who waited for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunOutcome {
    /// The verdict.
    pub verdict: Verdict,
    /// One sentence without a full stop: `Not published: 2 of 14 checks failed`. Holds no foreign
    /// text.
    pub headline: String,
    /// Why it ended early, in the words of Pyblish, the adapter or the runtime.
    pub reason: Option<String>,
    /// What to do now; none where all is well.
    pub next: Option<String>,
}

/// The purpose of a run, in words for success, for failure, and for what there is to do.
struct Goal(&'static str, &'static str, &'static str);

impl Goal {
    fn of(until: &str) -> Self {
        match until.strip_prefix("up to ").unwrap_or(until) {
            "publish" => Goal("Published", "Not published", "publish"),
            "collect" => Goal("Collected", "Not collected", "publish"),
            "validate" => Goal("Valid", "Not valid", "validate"),
            "extract" => Goal("Extracted", "Not extracted", "extract"),
            "integrate" => Goal("Integrated", "Not integrated", "integrate"),
            _ => Goal("Finished", "Not finished", "do"),
        }
    }
}

impl Report {
    /// How the run ended, in plain words.
    pub fn outcome(&self) -> RunOutcome {
        RunOutcome::of(self, &self.summary())
    }
}

impl RunOutcome {
    pub(super) fn of(report: &Report, summary: &Summary) -> Self {
        let (run, broken) = (&report.run, report.discovered.broken.len());
        let Goal(reached, missed, aim) = Goal::of(&run.until);
        let (verdict, headline, next) = match &run.state {
            // A check that was not made may be the one that would have failed.
            RunState::Succeeded if broken > 0 => (
                Verdict::Failed,
                format!(
                    "{reached} without {} that cannot be used: {}",
                    count(broken, "plug-in file"),
                    passed(summary),
                ),
                Some("Mend the files of plug-ins that are listed here, then start again."),
            ),
            RunState::Succeeded if summary.pairs == 0 => (
                Verdict::Warned,
                "Nothing was done: no plug-in ran".into(),
                Some("Check that there is something to publish, and that the targets are right."),
            ),
            RunState::Succeeded if report.is_empty() => (
                Verdict::Warned,
                format!("Nothing to {aim}: {}", without_instance(run)),
                Some(match run.collected {
                    Some(1..) => {
                        "Check that the instances are not left out, and that a plug-in is for \
                         their families."
                    }
                    _ => "Check that the collectors look in the right place.",
                }),
            ),
            RunState::Succeeded => (
                match summary.warnings {
                    0 => Verdict::Done,
                    _ => Verdict::Warned,
                },
                format!("{reached}: {}", passed(summary)),
                (summary.warnings > 0).then_some("Look at the warnings."),
            ),
            RunState::Failed if summary.checks_failed == 0 && reached == "Published" => (
                Verdict::Failed,
                format!("Not fully published: {}", failed(summary)),
                Some("Fix what is listed here, then publish again: some of it may be missing."),
            ),
            RunState::Failed => (
                Verdict::Failed,
                format!("{missed}: {}", failed(summary)),
                Some("Fix what is listed here, then start again."),
            ),
            RunState::Stopped(_) if summary.failed > 0 => (
                Verdict::Failed,
                format!("{missed}: {}", failed(summary)),
                Some("Fix what is listed here, then start again. Later plug-ins have not run."),
            ),
            RunState::Stopped(_) => (
                Verdict::Failed,
                format!("{missed}: stopped {}", after(summary)),
                Some("Fix what stopped it, then start again."),
            ),
            RunState::Cancelled => (
                Verdict::Cancelled,
                format!("{missed}: cancelled {}", after(summary)),
                Some("Start again when you are ready."),
            ),
            RunState::Lost(_) => (
                Verdict::Failed,
                format!("{missed}: the host was lost {}", after(summary)),
                Some("Make sure that the host is running and answers, then start again."),
            ),
            RunState::Interrupted => (
                Verdict::Failed,
                format!("{missed}: Pyblish Endpoint itself ended {}", after(summary)),
                Some("What was done until then is listed here; continue the run, or start again."),
            ),
            RunState::Running => (
                Verdict::Running,
                format!("{missed} yet: still at work {}", after(summary)),
                Some("This is how far it has come; read the report again when it has ended."),
            ),
        };
        let reason = match &run.state {
            RunState::Stopped(reason) | RunState::Lost(reason) => Some(reason.clone()),
            _ => None,
        };
        RunOutcome {
            verdict,
            headline,
            reason,
            next: next.map(str::to_owned),
        }
    }
}

/// Why a run had no instance.
fn without_instance(run: &RunInfo) -> String {
    match run.collected {
        Some(0) => "no instance was collected".into(),
        Some(1) => "no plug-in ran on the only instance".into(),
        Some(collected) => format!("no plug-in ran on any of {collected} instances"),
        None => "no plug-in ran on an instance".into(),
    }
}

/// How much succeeded, if everything did.
fn passed(summary: &Summary) -> String {
    let all = match (summary.checks, summary.pairs) {
        (0, 0) => "no plug-in ran".into(),
        (0, 1) => "its only step went well".into(),
        (0, pairs) => format!("all {} went well", count(pairs, "step")),
        (1, _) => "the only check passed".into(),
        (checks, _) => format!("all {} passed", count(checks, "check")),
    };
    match summary.warnings {
        0 => all,
        1 => format!("{all}, with a warning"),
        _ => format!("{all}, with warnings"),
    }
}

/// How much failed, if something did. Validations are called checks, because artists know that
/// word.
fn failed(summary: &Summary) -> String {
    let Summary {
        pairs,
        failed,
        checks,
        checks_failed,
        ..
    } = *summary;
    let part = |some: usize, all, noun| format!("{} of {}", thousands(some), count(all, noun));
    match failed - checks_failed {
        0 if failed == 0 => "some step failed".into(),
        0 => format!("{} failed", part(failed, checks, "check")),
        _ if checks_failed == 0 => format!("{} failed", part(failed, pairs, "step")),
        others => format!(
            "{} and {} failed",
            part(checks_failed, checks, "check"),
            count(others, "other step")
        ),
    }
}

/// Where it ended, if it ended early.
fn after(summary: &Summary) -> String {
    match (summary.pairs, summary.failed) {
        (0, _) => "before the first step".into(),
        (pairs, 0) => format!("after {}", count(pairs, "step")),
        (pairs, failed) => format!(
            "after {}, {} of which failed",
            count(pairs, "step"),
            thousands(failed)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::*;

    fn of(state: RunState, until: &str) -> RunOutcome {
        let mut report = fixtures::failed();
        report.run.state = state;
        report.run.until = until.into();
        report.outcome()
    }

    #[test]
    fn failed_validation_counts_checks() {
        let outcome = of(RunState::Stopped("failed validation".into()), "publish");
        assert_eq!(outcome.verdict, Verdict::Failed);
        assert_eq!(outcome.headline, "Not published: 3 of 6 checks failed");
        assert_eq!(outcome.reason.as_deref(), Some("failed validation"));
        assert!(outcome.next.is_some());
        let outcome = of(RunState::Failed, "up to validate");
        assert_eq!(outcome.headline, "Not valid: 3 of 6 checks failed");
    }

    #[test]
    fn late_failure_is_half_published() {
        let mut report = fixtures::succeeded();
        report.run.state = RunState::Failed;
        let last = report.results.last_mut().unwrap();
        let failure = pyblish_model::Failure::new("OSError", "disk full");
        std::sync::Arc::make_mut(last).failure = Some(failure);
        assert_eq!(
            report.outcome().headline,
            "Not fully published: 1 of 9 steps failed"
        );
    }

    #[test]
    fn good_run_names_warnings() {
        let mut report = fixtures::succeeded();
        let outcome = report.outcome();
        assert_eq!(outcome.verdict, Verdict::Warned);
        assert_eq!(
            outcome.headline,
            "Published: all 6 checks passed, with a warning"
        );
        for result in &mut report.results {
            std::sync::Arc::make_mut(result).records.clear();
        }
        let outcome = report.outcome();
        assert_eq!(outcome.verdict, Verdict::Done);
        assert_eq!(outcome.headline, "Published: all 6 checks passed");
        assert_eq!(outcome.next, None);
    }

    #[test]
    fn other_endings_are_explained() {
        let headline = |state| of(state, "publish").headline;
        assert_eq!(
            headline(RunState::Cancelled),
            "Not published: cancelled after 8 steps, 3 of which failed"
        );
        assert_eq!(
            headline(RunState::Lost("gone".into())),
            "Not published: the host was lost after 8 steps, 3 of which failed"
        );
        assert_eq!(
            headline(RunState::Interrupted),
            "Not published: Pyblish Endpoint itself ended after 8 steps, 3 of which failed"
        );
        assert_eq!(
            headline(RunState::Running),
            "Not published yet: still at work after 8 steps, 3 of which failed"
        );
    }

    #[test]
    fn broken_plugins_are_no_success() {
        let mut report = fixtures::incomplete();
        let outcome = report.outcome();
        assert_eq!(outcome.verdict, Verdict::Failed);
        assert_eq!(
            outcome.headline,
            "Published without 1 plug-in file that cannot be used: all 6 checks passed, with a \
             warning"
        );
        report.results.clear();
        assert_eq!(
            report.outcome().headline,
            "Published without 1 plug-in file that cannot be used: no plug-in ran"
        );
    }

    #[test]
    fn run_without_instance_says_why() {
        let mut report = fixtures::succeeded();
        report.results.retain(|result| result.instance_id.is_none());
        let mut plugins = report.discovered.plugins.to_vec();
        for plugin in &mut plugins {
            plugin.processes.instance = plugin.order >= 1.0;
        }
        report.discovered.plugins = plugins.into();
        for (collected, reason) in [
            (Some(0), "no instance was collected"),
            (Some(1), "no plug-in ran on the only instance"),
            (Some(3), "no plug-in ran on any of 3 instances"),
            (None, "no plug-in ran on an instance"),
        ] {
            report.run.collected = collected;
            let outcome = report.outcome();
            assert_eq!(outcome.headline, format!("Nothing to publish: {reason}"));
            assert_eq!(outcome.verdict, Verdict::Warned);
        }
        report.run.until = "up to collect".into();
        report.run.collected = Some(3);
        assert!(!report.is_empty());
        report.run.collected = Some(0);
        assert!(report.is_empty());
    }

    #[test]
    fn empty_run_says_nothing_ran() {
        let mut report = fixtures::empty();
        assert_eq!(
            report.outcome().headline,
            "Nothing was done: no plug-in ran"
        );
        assert_eq!(report.outcome().verdict, Verdict::Warned);
        report.run.state = RunState::Lost("gone".into());
        assert_eq!(
            report.outcome().headline,
            "Not published: the host was lost before the first step"
        );
    }
}
