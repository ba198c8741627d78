//! The jobs that were handed over, through the hub's API: what an artist sees and does.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::event_loop::block_on;
use crate::hub_options::HubOptions;
use crate::stderr::{self, Error};
use crate::stdout;
use crate::table::Table;
use crate::text::{moment, one_line};
use pyblish_farm::JobPlace;
use pyblish_farm::wire::{JobInfo, TaskInfo};

#[derive(Debug, Args)]
#[command(after_help = "\
A machine's token shows and changes the jobs of that machine. That of a viewer shows all, and that of a \
supervisor changes all.

Exit codes: 0 done, 1 it could not be done (the reason is on stderr), 64 the command line is wrong.")]
pub struct Jobs {
    #[command(subcommand)]
    command: Do,
}

#[derive(Debug, Subcommand)]
enum Do {
    /// List jobs, the latest first
    List(List),
    /// Show a job: its tasks, each attempt with its worker, and what failed
    Show(One),
    /// Cancel a job: what has not begun never begins, and workers stop, also inside a plug-in
    Cancel(One),
    /// Have what failed or was cancelled in a job tried again
    Retry(One),
    /// Print the key that the hub signs jobs with, for `work --job-key`
    Key(Key),
}

#[derive(Debug, Args)]
struct List {
    /// Only those in this state; several are separated by commas: queued, running, succeeded, failed,
    /// cancelled
    #[arg(long, value_name = "STATE")]
    state: Option<String>,

    /// How many to list: 1,000 at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,

    /// Print a JSON array of jobs, as in the API, without their tasks
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    hub: HubOptions,
}

#[derive(Debug, Args)]
struct One {
    /// The job's id
    #[arg(value_name = "ID")]
    id: i64,

    /// Print the job as a JSON object, as in the API
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    hub: HubOptions,
}

#[derive(Debug, Args)]
struct Key {
    #[command(flatten)]
    hub: HubOptions,
}

impl Jobs {
    pub fn run(self) -> Result<ExitCode, Error> {
        block_on(async {
            match self.command {
                Do::List(list) => list.run().await,
                Do::Show(one) => one.show().await,
                Do::Cancel(one) => one.cancel().await,
                Do::Retry(one) => one.retry().await,
                Do::Key(key) => key.run().await,
            }
        })
    }
}

impl List {
    async fn run(self) -> Result<ExitCode, Error> {
        let mut client = self.hub.needed()?.client();
        let mut query = format!("limit={}", self.limit);
        if let Some(state) = &self.state {
            if !state.chars().all(|c| c.is_ascii_lowercase() || c == ',') {
                return Err(format!("there is no state {state:?} of jobs").into());
            }
            query += &format!("&state={state}");
        }
        let page = client.jobs(&query).await?;
        if self.json {
            stdout::put_json(&format!("{}\n", json!(page.items)))?;
            return Ok(ExitCode::SUCCESS);
        }
        if page.items.is_empty() {
            stdout::put("There is no such job. `pyblish-endpoint publish --farm` makes one\n")?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::new(&["ID", "STATE", "PRIORITY", "USER", "CREATED", "NAME"]);
        for job in &page.items {
            table.push([
                job.id.to_string(),
                job.state.clone(),
                job.priority.to_string(),
                job.user.clone(),
                moment(job.created),
                job.name.clone(),
            ]);
        }
        stdout::put(&table.text())?;
        if let Some(more @ 1..) = page.total.checked_sub(i64::from(self.limit)) {
            stderr::say(&format!("{more} more; --limit lists more of them"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl One {
    async fn show(self) -> Result<ExitCode, Error> {
        let job = self.hub.needed()?.client().job(self.id).await?;
        self.print(&job)
    }

    async fn cancel(self) -> Result<ExitCode, Error> {
        let job = self.hub.needed()?.client().cancel(self.id).await?;
        if !self.json {
            let is_running = job.state == "running";
            stderr::say(match is_running {
                true => "the job is cancelled: its workers are told to stop",
                false => "the job is cancelled",
            });
        }
        self.print(&job)
    }

    async fn retry(self) -> Result<ExitCode, Error> {
        let job = self.hub.needed()?.client().retry(self.id).await?;
        if !self.json {
            stderr::say(&tried_again(&job));
        }
        self.print(&job)
    }

    fn print(&self, job: &JobInfo) -> Result<ExitCode, Error> {
        match self.json {
            true => stdout::put_json(&format!("{}\n", json!(job)))?,
            false => stdout::put(&text(job))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Key {
    async fn run(self) -> Result<ExitCode, Error> {
        let key = self.hub.needed()?.client().key().await?;
        stdout::put(&format!("{}\n", key.key))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Who tries a job again, and what must be done for it.
fn tried_again(job: &JobInfo) -> String {
    let (id, origin) = (job.id, one_line(&job.origin));
    match (job.place, job.submitter.as_str()) {
        (JobPlace::Here, _) => format!(
            "what failed in the job waits for a process on {origin}: Try again, in the view Jobs of \
             the page there, starts one"
        ),
        (JobPlace::Farm, "pull") => "what failed in the job is tried again".into(),
        (JobPlace::Farm, _) => format!(
            "what failed in the job waits: have the farm run its task again, or start \
             `pyblish-endpoint work --job {id}` on a worker"
        ),
    }
}

/// A job for people.
fn text(job: &JobInfo) -> String {
    let mut text = format!("Job {}: {}\n", job.id, one_line(&job.name));
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            text += &format!("{name:<10}{}\n", one_line(value));
        }
    };
    let host = job.host.as_deref().unwrap_or_default();
    let ended = job.ended.map(moment).unwrap_or_default();
    line("state", &job.state);
    line("user", &format!("{}, on {}", job.user, job.origin));
    line("adapter", &job.adapter);
    line("host", host);
    line("priority", &job.priority.to_string());
    line("labels", &job.labels.join(", "));
    line("farm", &job.submitter);
    line("created", &moment(job.created));
    line("ended", &ended);
    for task in &job.tasks {
        text += &task_text(task);
    }
    text
}

fn task_text(task: &TaskInfo) -> String {
    let mut text = format!("\nTask {}: {}", task.number, task.kind.name());
    if let Some(instance) = &task.instance {
        text += &format!(" {}", one_line(instance));
    }
    text += &format!(", {}", task.state);
    if task.state == "running" {
        text += &format!(", {:.0}% {}", task.progress * 100.0, one_line(&task.doing));
    }
    if let Some(at) = task.not_before {
        text += &format!(", not before {}", moment(at));
    }
    text.push('\n');
    for attempt in &task.history {
        let how = match (attempt.success, attempt.failure) {
            (Some(true), _) => "succeeded".to_owned(),
            (_, Some(failure)) => {
                let message = attempt.message.as_deref().unwrap_or_default();
                format!("{failure}: {}", one_line(message))
            }
            _ => "running".to_owned(),
        };
        text += &format!(
            "  attempt {} on {} at {}: {how}\n",
            attempt.attempt,
            one_line(&attempt.worker),
            moment(attempt.started)
        );
    }
    text
}
