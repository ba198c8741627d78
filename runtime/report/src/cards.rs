//! Failures and warnings of one cause are one card: on the page, in the HTML and on a terminal.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;

use super::Report;
use super::plugin_index::{PluginIndex, PluginKey, key};
use super::problem::{Problem, problems};
use super::summary::warned;
use pyblish_model::{Level, PairResult, Record};

/// Failures of one plug-in with the same title and message, and the same remedy. It is never empty.
pub(super) type ProblemCard<'a, 'b> = Vec<&'b Problem<'a>>;

/// One message of one plug-in, and which pairs logged it.
pub(super) struct WarningCard<'a> {
    pub(super) record: &'a Record,
    /// Never empty.
    pub(super) results: Vec<&'a PairResult>,
}

/// What failed for one reason, or was warned of in one message, for a reader.
#[derive(Debug, Clone, PartialEq)]
pub struct Card<'a> {
    /// A few words. A warning has none.
    pub title: Option<Cow<'a, str>>,
    /// What is wrong, where, and what to do next.
    pub message: &'a str,
    /// The name of the plug-in's class.
    pub plugin: &'a str,
    /// The instances; none for the context.
    pub instances: Vec<Option<&'a str>>,
}

impl Report {
    /// What failed, in the order in which each cause came first.
    pub fn failures(&self) -> Vec<Card<'_>> {
        let problems = problems(self, &PluginIndex::of(self));
        let cards = problem_cards(&problems).into_iter();
        let cards = cards.map(|card| Card {
            title: Some(card[0].title()),
            message: &card[0].failure.message,
            plugin: &card[0].result.plugin,
            instances: instances(card.iter().map(|problem| problem.result)),
        });
        cards.collect()
    }

    /// The warnings of pairs that succeeded, the worst level first.
    pub fn warnings(&self) -> Vec<Card<'_>> {
        let cards = warning_cards(self).into_iter();
        let cards = cards.map(|card| Card {
            title: None,
            message: &card.record.message,
            plugin: &card.results[0].plugin,
            instances: instances(card.results.iter().copied()),
        });
        cards.collect()
    }
}

fn instances<'a>(results: impl Iterator<Item = &'a PairResult>) -> Vec<Option<&'a str>> {
    results.map(|result| result.instance.as_deref()).collect()
}

/// What tells the causes of failures apart.
type Cause<'a> = (PluginKey<'a>, bool, Cow<'a, str>, &'a str);

/// Failures of one cause together, each cause where it came first.
pub(super) fn problem_cards<'a, 'b>(problems: &'b [Problem<'a>]) -> Vec<ProblemCard<'a, 'b>> {
    let mut places: HashMap<Cause<'a>, usize> = HashMap::new();
    let mut cards: Vec<ProblemCard<'a, 'b>> = Vec::new();
    for problem in problems {
        let result = problem.result;
        let message = problem.failure.message.as_str();
        let cause = (key(result), problem.repairable, problem.title(), message);
        let place = *places.entry(cause).or_insert_with(|| {
            cards.push(Vec::new());
            cards.len() - 1
        });
        cards[place].push(problem);
    }
    cards
}

/// The warnings of pairs that succeeded, each message of a plug-in once, the worst level first.
pub(super) fn warning_cards(report: &Report) -> Vec<WarningCard<'_>> {
    let mut places = HashMap::new();
    let mut cards: Vec<WarningCard<'_>> = Vec::new();
    for result in report.results.iter().filter(|result| warned(result)) {
        let records = result.records.iter();
        for record in records.filter(|record| record.level >= Level::WARNING) {
            let same = (key(result), record.level.0, record.message.as_str());
            let place = *places.entry(same).or_insert_with(|| {
                let results = Vec::new();
                cards.push(WarningCard { record, results });
                cards.len() - 1
            });
            cards[place].results.push(result);
        }
    }
    // Stable, so that those of one level stay in order.
    cards.sort_by_key(|card| Reverse(card.record.level));
    cards
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;

    #[test]
    fn failures_of_one_cause_are_one_card() {
        let report = fixtures::failed();
        let cards = report.failures();
        let told: Vec<_> = cards
            .iter()
            .map(|card| (card.title.as_deref(), card.plugin, card.instances.clone()))
            .collect();
        assert_eq!(
            told,
            [
                (
                    Some("Frames are missing"),
                    "ValidateFrames",
                    vec![Some("sh010"), Some("sh020 <plates>")]
                ),
                (
                    Some("Validate Scene Saved failed"),
                    "ValidateSaved",
                    vec![None]
                ),
            ]
        );
    }

    #[test]
    fn warnings_of_one_message_are_one_card() {
        let mut report = fixtures::succeeded();
        let warned = report.results[6].records.clone();
        std::sync::Arc::make_mut(&mut report.results[5]).records = warned;
        let cards = report.warnings();
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].message, "the name has a blank");
        assert_eq!(cards[0].instances, [Some("sh010"), Some("sh020 <plates>")]);
    }
}
