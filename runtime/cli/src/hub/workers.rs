//! The workers of a farm, through the hub's API.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::event_loop::block_on;
use crate::hub_options::HubOptions;
use crate::stderr::{self, Error};
use crate::stdout;
use crate::table::Table;
use crate::text::moment;

#[derive(Debug, Args)]
#[command(after_help = "\
The list needs the token of a viewer, the others that of a supervisor.

Exit codes: 0 done, 1 it could not be done (the reason is on stderr), 64 the command line is wrong.")]
pub struct Workers {
    #[command(subcommand)]
    command: Do,
}

#[derive(Debug, Subcommand)]
enum Do {
    /// List the workers that have asked for a task
    List(List),
    /// Let a worker begin nothing until it is resumed; what it does is finished
    Pause(One),
    /// The same, and `work --any` ends
    Drain(One),
    /// Let a worker work again
    Resume(One),
}

#[derive(Debug, Args)]
struct List {
    /// Print a JSON array: name, state, labels, program, heard, running
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    hub: HubOptions,
}

#[derive(Debug, Args)]
struct One {
    /// The worker's name
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    hub: HubOptions,
}

impl Workers {
    pub fn run(self) -> Result<ExitCode, Error> {
        block_on(async {
            match self.command {
                Do::List(list) => list.run().await,
                Do::Pause(one) => one.order("pause").await,
                Do::Drain(one) => one.order("drain").await,
                Do::Resume(one) => one.order("resume").await,
            }
        })
    }
}

impl List {
    async fn run(self) -> Result<ExitCode, Error> {
        let workers = self.hub.needed()?.client().workers().await?.items;
        if self.json {
            stdout::put_json(&format!("{}\n", json!(workers)))?;
            return Ok(ExitCode::SUCCESS);
        }
        if workers.is_empty() {
            stdout::put(
                "No worker has asked for a task yet. Start one with `pyblish-endpoint work`\n",
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::new(&["NAME", "STATE", "RUNNING", "LABELS", "HEARD"]);
        for worker in &workers {
            table.push([
                worker.name.clone(),
                worker.state.clone(),
                worker.running.to_string(),
                worker.labels.join(", "),
                moment(worker.heard),
            ]);
        }
        stdout::put(&table.text())?;
        Ok(ExitCode::SUCCESS)
    }
}

impl One {
    async fn order(self, order: &str) -> Result<ExitCode, Error> {
        let mut client = self.hub.needed()?.client();
        let worker = client.order(&self.name, order).await?;
        stderr::say(&format!("the worker {} is {}", worker.name, worker.state));
        Ok(ExitCode::SUCCESS)
    }
}
