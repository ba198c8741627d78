//! Asks both sides the same questions, seed by seed, and stops at the first difference. It reports
//! the smallest question that still shows the difference.

use std::fmt;
use std::ops::Range;

use serde_json::Value;

use super::compare::{Verdict, compare};
use super::python::Judge;
use super::shrink::shrink;

/// How often both are asked while a question is made smaller: a few seconds.
const BUDGET: usize = 2000;

/// The counts of a contest without a difference.
#[derive(Debug, Default, PartialEq)]
pub struct Tally {
    pub same: usize,
    /// Pyblish itself gave up during the run.
    pub skipped: usize,
}

#[derive(Debug)]
pub enum Trouble {
    /// There is no judge, or it refuses a question.
    Judge(String),
    Difference(Box<Difference>),
}

#[derive(Debug)]
pub struct Difference {
    pub seed: u64,
    /// The difference in the smallest question.
    pub words: String,
    pub question: Value,
    pub judge: Value,
    pub runtime: Value,
}

/// Plays the questions that `generate` makes of these seeds; `runtime` answers in the form of
/// `driver.py`.
///
/// # Errors
/// The first difference, or the judge's own trouble.
pub fn contest(
    seeds: Range<u64>,
    generate: impl Fn(u64) -> Value,
    judge: &mut Judge,
    mut runtime: impl FnMut(&Value) -> Value,
) -> Result<Tally, Trouble> {
    let mut tally = Tally::default();
    for seed in seeds {
        let question = generate(seed);
        match ask(&question, judge, &mut runtime)?.verdict {
            Verdict::Same => tally.same += 1,
            Verdict::Skipped(_) => tally.skipped += 1,
            Verdict::Refused(error) => {
                let words = format!("the judge refuses seed {seed}: {error}\n{question}");
                return Err(Trouble::Judge(words));
            }
            first => {
                let difference = smallest(seed, &question, &first, judge, &mut runtime)?;
                return Err(Trouble::Difference(Box::new(difference)));
            }
        }
    }
    Ok(tally)
}

struct Answers {
    judge: Value,
    runtime: Value,
    verdict: Verdict,
}

fn ask(
    question: &Value,
    judge: &mut Judge,
    runtime: &mut impl FnMut(&Value) -> Value,
) -> Result<Answers, Trouble> {
    let judge = judge.ask(question).map_err(Trouble::Judge)?;
    // The runtime need not play what the judge refuses.
    let runtime = match judge.get("error") {
        Some(_) => Value::Null,
        None => runtime(question),
    };
    Ok(Answers {
        verdict: compare(&judge, &runtime),
        judge,
        runtime,
    })
}

fn smallest(
    seed: u64,
    question: &Value,
    first: &Verdict,
    judge: &mut Judge,
    runtime: &mut impl FnMut(&Value) -> Value,
) -> Result<Difference, Trouble> {
    // Only the same kind of verdict counts as the same difference.
    let alike =
        |verdict: &Verdict| std::mem::discriminant(verdict) == std::mem::discriminant(first);
    let question = shrink(question, BUDGET, |smaller| {
        ask(smaller, judge, runtime).is_ok_and(|answers| alike(&answers.verdict))
    });
    let answers = ask(&question, judge, runtime)?;
    let words = match answers.verdict {
        Verdict::Different(words) => words,
        Verdict::Unplayed(error) => format!("the runtime cannot play it: {error}"),
        other => format!("the difference does not show each time; now the verdict is {other:?}"),
    };
    Ok(Difference {
        seed,
        words,
        question,
        judge: answers.judge,
        runtime: answers.runtime,
    })
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Judge(error) => write!(f, "{error}"),
            Trouble::Difference(difference) => write!(f, "{difference}"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.words)?;
        writeln!(
            f,
            "\nThe smallest question that still shows it:\n{:#}",
            self.question
        )?;
        writeln!(
            f,
            "\nPyblish: {}\nThe runtime: {}",
            self.judge, self.runtime
        )
    }
}
