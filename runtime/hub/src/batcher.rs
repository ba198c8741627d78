//! Asks the database for many at once: questions that come while it answers others are answered
//! together, in one statement. So a hub with hundreds of workers asks the database only a few times.
//! A question that comes alone is answered at once.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::error::HubError;

/// How many questions are answered together at most.
const MOST: usize = 64;

/// How many can wait; whoever comes then waits until one is answered.
const WAITING: usize = 256;

/// Somebody who waits for an answer.
struct Waiting<Q, A> {
    question: Q,
    answer: oneshot::Sender<Result<A, Arc<HubError>>>,
}

/// Answers questions `Q` with `A`. Cheap to clone. It ends with its last clone.
#[derive(Debug)]
pub(crate) struct Batcher<Q, A>(mpsc::Sender<Waiting<Q, A>>);

impl<Q, A> Clone for Batcher<Q, A> {
    fn clone(&self) -> Self {
        Batcher(self.0.clone())
    }
}

impl<Q: Send + 'static, A: Send + 'static> Batcher<Q, A> {
    /// `answer` gets questions of which `is_alike` says that one statement answers them, and returns
    /// as many answers, in their order.
    pub(crate) fn start<F>(
        is_alike: fn(&Q, &Q) -> bool,
        answer: impl Fn(Vec<Q>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Vec<A>, HubError>> + Send,
    {
        let (sender, mut receiver) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            let mut waiting = Vec::new();
            while receiver.recv_many(&mut waiting, MOST).await > 0 {
                while let Some((questions, asked)) = take_alike(&mut waiting, is_alike) {
                    send(answer(questions).await, asked);
                }
            }
        });
        Batcher(sender)
    }

    /// The answer to this question.
    ///
    /// # Errors
    /// That of the statement, which all get whom it should have answered.
    pub(crate) async fn ask(&self, question: Q) -> Result<A, Arc<HubError>> {
        let (answer, answered) = oneshot::channel();
        let ends = || Arc::new(HubError::Unavailable("the hub ends".into()));
        let waiting = Waiting { question, answer };
        self.0.send(waiting).await.map_err(|_| ends())?;
        answered.await.map_err(|_| ends())?
    }
}

type Asked<A> = Vec<oneshot::Sender<Result<A, Arc<HubError>>>>;

/// Takes the first question and those like it. Whoever has gone away is left out: it must not get a
/// task that nobody does.
fn take_alike<Q, A>(
    waiting: &mut Vec<Waiting<Q, A>>,
    is_alike: fn(&Q, &Q) -> bool,
) -> Option<(Vec<Q>, Asked<A>)> {
    waiting.retain(|one| !one.answer.is_closed());
    let mut all = std::mem::take(waiting).into_iter();
    let first = all.next()?;
    let (alike, others): (Vec<_>, Vec<_>) =
        all.partition(|one| is_alike(&first.question, &one.question));
    *waiting = others;
    let alike = std::iter::once(first).chain(alike);
    Some(alike.map(|one| (one.question, one.answer)).unzip())
}

fn send<A>(answers: Result<Vec<A>, HubError>, asked: Asked<A>) {
    match answers {
        // Whoever has gone away meanwhile loses a task with its lease.
        Ok(answers) => {
            for (one, answer) in asked.into_iter().zip(answers) {
                let _ = one.send(Ok(answer));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for one in asked {
                let _ = one.send(Err(error.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::Notify;

    use super::*;

    /// The questions of each statement.
    type Statements = Arc<Mutex<Vec<Vec<i64>>>>;

    /// A batcher of numbers, alike if both are even or both odd, whose first answer waits to be let
    /// go. It doubles them, and fails for more than 100.
    fn doubles() -> (Batcher<i64, i64>, Arc<Notify>, Statements) {
        let go = Arc::new(Notify::new());
        let statements = Statements::default();
        let (waits, asked) = (go.clone(), statements.clone());
        let answer = move |questions: Vec<i64>| {
            let is_first = asked.lock().unwrap().is_empty();
            asked.lock().unwrap().push(questions.clone());
            let waits = waits.clone();
            async move {
                if is_first {
                    waits.notified().await;
                }
                match questions.iter().any(|number| *number > 100) {
                    true => Err(HubError::Other("too much".into())),
                    false => Ok(questions.iter().map(|number| number * 2).collect()),
                }
            }
        };
        let batcher = Batcher::start(|one, other| one % 2 == other % 2, answer);
        (batcher, go, statements)
    }

    /// Asks all of them in this order, the first one alone, and one that goes away.
    async fn asked(questions: &[i64]) -> (Vec<Result<i64, String>>, Vec<Vec<i64>>) {
        let (batcher, go, statements) = doubles();
        let (first, others) = questions.split_first().unwrap();
        let ask = |number: i64| {
            let batcher = batcher.clone();
            tokio::spawn(async move { batcher.ask(number).await.map_err(|it| it.to_string()) })
        };
        let mut all = vec![ask(*first)];
        while statements.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        all.extend(others.iter().map(|number| ask(*number)));
        let gone = ask(8);
        // On the one thread of the test, each has asked when this one goes on.
        tokio::task::yield_now().await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        go.notify_one();
        let mut answers = Vec::new();
        for one in all {
            answers.push(one.await.unwrap());
        }
        let statements = statements.lock().unwrap().clone();
        (answers, statements)
    }

    #[tokio::test]
    async fn alike_questions_are_answered_together() {
        let (answers, statements) = asked(&[1, 3, 4, 5, 6]).await;
        assert_eq!(answers, [Ok(2), Ok(6), Ok(8), Ok(10), Ok(12)]);
        // Who has gone away is asked for in none.
        assert_eq!(statements, [vec![1], vec![3, 5], vec![4, 6]]);
    }

    #[tokio::test]
    async fn error_reaches_those_of_its_statement() {
        let (answers, _) = asked(&[1, 3, 4, 101]).await;
        let failed = answers[1].clone().unwrap_err();
        assert!(failed.contains("too much"), "{failed}");
        assert_eq!(answers, [Ok(2), Err(failed.clone()), Ok(8), Err(failed)]);
    }
}
