//! Any farm that has a command to submit with: it is run once for the job, or once for each task.

use std::process::{Command, Stdio};

use crate::submitter::{SubmitError, Submitted, Submitter};

/// What stands for the job's id, the task's number and the job's name.
const JOB: &str = "{job}";
const TASK: &str = "{task}";
const NAME: &str = "{name}";

/// Characters of what a command said that are repeated.
const SAID: usize = 2000;

/// A command and its arguments, without a shell. `{job}`, `{task}` and `{name}` stand for what they
/// say, anywhere in an argument. With `{task}`, it is run for each task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSubmitter(Vec<String>);

impl CommandSubmitter {
    /// With this command line.
    ///
    /// # Errors
    /// It is empty, or does not say where the job's id goes.
    pub fn new(words: Vec<String>) -> Result<Self, SubmitError> {
        if words
            .first()
            .is_none_or(|program| program.trim().is_empty())
        {
            return Err(SubmitError::Wrong("has no program: name it first".into()));
        }
        if !words[1..].iter().any(|word| word.contains(JOB)) {
            return Err(SubmitError::Wrong(format!(
                "does not name the job: write {JOB} where its id goes"
            )));
        }
        Ok(CommandSubmitter(words))
    }

    fn run(&self, job: &Submitted, task: Option<i32>) -> Result<(), SubmitError> {
        let filled = |word: &String| {
            let word = word.replace(JOB, &job.id.to_string());
            let word = match task {
                Some(task) => word.replace(TASK, &task.to_string()),
                None => word,
            };
            // The name is last: it comes from outside, and nothing in it is replaced.
            word.replace(NAME, &job.name)
        };
        let program = self.0[0].clone();
        let ran = Command::new(&program)
            .args(self.0[1..].iter().map(filled))
            .stdin(Stdio::null())
            .output();
        let ran = ran.map_err(|error| SubmitError::NotStarted {
            program: program.clone(),
            error,
        })?;
        if ran.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ran.stderr);
        Err(SubmitError::Failed {
            program,
            ending: ran.status.to_string(),
            what: match task {
                Some(task) => format!("the task {task} of the job {}", job.id),
                None => format!("the job {}", job.id),
            },
            said: said.trim().chars().take(SAID).collect(),
        })
    }
}

impl Submitter for CommandSubmitter {
    fn name(&self) -> &'static str {
        "command"
    }

    fn submit(&self, job: &Submitted) -> Result<String, SubmitError> {
        if !self.0.iter().any(|word| word.contains(TASK)) {
            self.run(job, None)?;
            return Ok(format!("{} has it", self.0[0]));
        }
        for task in &job.tasks {
            self.run(job, Some(task.number))?;
        }
        Ok(format!("{} has its {} tasks", self.0[0], job.tasks.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn command_must_name_the_job() {
        for wrong in [
            &[][..],
            &[""],
            &["submit"],
            &["submit {job}"],
            &["submit", "{task}"],
        ] {
            assert!(CommandSubmitter::new(words(wrong)).is_err(), "{wrong:?}");
        }
        CommandSubmitter::new(words(&["submit", "work --job {job}"])).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn command_is_run_for_each_task_and_its_failure_is_told() {
        use crate::job::{TaskKind, TaskSpec};
        let place = tempfile::tempdir().unwrap();
        let log = place.path().join("log");
        let script = format!(
            "echo \"$1 $2 $3\" >> {}; test $2 != 2 || {{ echo full >&2; exit 3; }}",
            log.display()
        );
        let line = words(&["sh", "-c", &script, "sh", "{job}", "{task}", "{name}"]);
        let submitter = CommandSubmitter::new(line).unwrap();
        let task = |number| TaskSpec {
            number,
            kind: TaskKind::Extract,
            instance: None,
            waits_for: 0,
        };
        let job = Submitted {
            id: 7,
            name: "$(rm -rf {job})".into(),
            tasks: vec![task(1), task(2), task(3)],
        };
        let failed = submitter.submit(&job).unwrap_err().to_string();
        assert!(failed.contains("the task 2 of the job 7: full"), "{failed}");
        let ran = std::fs::read_to_string(&log).unwrap();
        assert_eq!(ran, "7 1 $(rm -rf {job})\n7 2 $(rm -rf {job})\n");
    }
}
