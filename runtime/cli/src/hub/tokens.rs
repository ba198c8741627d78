//! The tokens of machines and people.

use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::database::DatabaseOptions;
use super::who::who;
use crate::event_loop::block_on;
use crate::stderr::{self, Error};
use crate::stdout;
use crate::table::Table;
use pyblish_hub::Role;
use pyblish_hub::browsers;
use pyblish_hub::tokens::{self, TokenInfo};

/// Characters of the longest name of a machine or a person.
const LONGEST_NAME: usize = 200;

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 done, 1 it could not be done (the reason is on stderr), 64 the command line is wrong.")]
pub struct Tokens {
    #[command(subcommand)]
    command: Do,
}

#[derive(Debug, Subcommand)]
enum Do {
    /// Make a token, and print it: it is stored nowhere, and can never be shown again
    Add(Add),
    /// List the tokens, without the tokens themselves
    List(List),
    /// Make an address of the page that lets in one browser, as the person of a token
    Code(MakeCode),
    /// Remove a token: nobody gets in with it any more, and its browsers are forgotten
    Remove(Remove),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whose").required(true).args(["machine", "worker", "role"]))]
struct Add {
    /// For this machine: it can only send its own events and hand jobs over, and reads nothing but
    /// these jobs
    #[arg(long, value_name = "NAME", value_parser = whose)]
    machine: Option<String>,

    /// For this machine as a worker of a farm: the same, and it does jobs
    #[arg(long, value_name = "NAME", value_parser = whose)]
    worker: Option<String>,

    /// For a person: a viewer reads; a supervisor also changes jobs and workers; an admin also reads who
    /// has access
    #[arg(long, value_name = "ROLE", requires = "name", value_parser = ["viewer", "supervisor", "admin"])]
    role: Option<String>,

    /// The person's name
    #[arg(long, value_name = "NAME", requires = "role", value_parser = whose)]
    name: Option<String>,

    /// Print a JSON object: id, role, name, token
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(Debug, Args)]
struct List {
    /// Also list those that were removed
    #[arg(long)]
    all: bool,

    /// Print a JSON array: id, role, name, added, removed
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("of").required(true).args(["name", "id"]))]
#[command(after_help = "\
Examples:
  pyblish-endpoint hub tokens code --name anna --hub https://publish.studio.lan:6100

The address works once, in one browser, within --minutes. The browser then stays known for 30 days, \
or until the token is removed.

Exit codes: 0 done, 1 it could not be done (the reason is on stderr), 64 the command line is wrong.")]
struct MakeCode {
    /// The person: the token of this name that was made last
    #[arg(long, value_name = "NAME", value_parser = whose)]
    name: Option<String>,

    /// The token, by its id in the list
    #[arg(value_name = "ID")]
    id: Option<i64>,

    /// Where the hub is, as browsers reach it
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:6100", value_parser = address)]
    hub: String,

    /// For how many minutes the address works
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1440))]
    minutes: u16,

    /// Print a JSON object: id, name, page
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(Debug, Args)]
struct Remove {
    /// Its id in the list
    #[arg(value_name = "ID")]
    id: i64,

    #[command(flatten)]
    database: DatabaseOptions,
}

fn whose(text: &str) -> Result<String, String> {
    let name = text.trim();
    match !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.contains('\0') {
        true => Ok(name.to_owned()),
        false => Err(format!("write a name of 1 to {LONGEST_NAME} characters")),
    }
}

/// An address without a path. A proxy may encrypt what the hub does not.
fn address(text: &str) -> Result<String, String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '#', '?', '@'])) {
        true => Ok(text.to_owned()),
        false => Err("write it like https://publish.studio.lan:6100, without a path".into()),
    }
}

impl Tokens {
    pub fn run(self) -> Result<ExitCode, Error> {
        block_on(async {
            match self.command {
                Do::Add(add) => add.run().await,
                Do::List(list) => list.run().await,
                Do::Code(code) => code.run().await,
                Do::Remove(remove) => remove.run().await,
            }
        })
    }
}

impl Add {
    async fn run(self) -> Result<ExitCode, Error> {
        let (role, name) = match (self.machine, self.worker, self.role, self.name) {
            (Some(machine), ..) => (Role::Machine, machine),
            (None, Some(worker), ..) => (Role::Worker, worker),
            (None, None, Some(role), Some(name)) => (role.parse()?, name),
            // The command line has been checked.
            _ => return Err("name a machine, a worker, or a role with a name".into()),
        };
        let database = self.database.open().await?;
        let (id, token) = tokens::add(&database, role, &name, &who()).await?;
        if self.json {
            let made =
                json!({"id": id, "role": role.name(), "name": name, "token": token.reveal()});
            stdout::put_json(&format!("{made}\n"))?;
        } else {
            stderr::say(&format!(
                "the token {id} of {name} ({role}); put it where only its owner can read it:"
            ));
            stdout::put(&format!("{}\n", token.reveal()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    async fn run(self) -> Result<ExitCode, Error> {
        let database = self.database.open().await?;
        let mut found = tokens::list(&database).await?;
        found.retain(|token| self.all || token.removed.is_none());
        if self.json {
            let all: Value = found.iter().map(as_json).collect();
            stdout::put_json(&format!("{all}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        if found.is_empty() {
            stdout::put("There is no token. Make one with `pyblish-endpoint hub tokens add`\n")?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::new(&["ID", "ROLE", "NAME", "REMOVED"]);
        for token in &found {
            let removed = token.removed.map_or("", |_| "removed");
            let id = token.id.to_string();
            table.push([
                id,
                token.role.to_string(),
                token.name.clone(),
                removed.into(),
            ]);
        }
        stdout::put(&table.text())?;
        Ok(ExitCode::SUCCESS)
    }
}

fn as_json(token: &TokenInfo) -> Value {
    json!({
        "id": token.id, "role": token.role.name(), "name": token.name, "added": token.added,
        "removed": token.removed,
    })
}

impl MakeCode {
    async fn run(self) -> Result<ExitCode, Error> {
        let database = self.database.open().await?;
        let known = tokens::list(&database).await?;
        let mut people = known
            .into_iter()
            .filter(|token| token.role != Role::Machine && token.removed.is_none());
        let found = match (&self.name, self.id) {
            (Some(name), _) => people.rfind(|token| token.name == *name),
            (None, id) => people.find(|token| Some(token.id) == id),
        };
        let Some(token) = found else {
            let whose = match (&self.name, self.id) {
                (Some(name), _) => format!("{name} has no token that is in force"),
                (None, id) => format!("no person has a token {} in force", id.unwrap_or_default()),
            };
            return Err(format!(
                "{whose}; `pyblish-endpoint hub tokens add --role viewer --name NAME` makes one"
            )
            .into());
        };
        let lifetime = Duration::from_mins(self.minutes.into());
        let code = browsers::new_code(&database, token.id, lifetime, &who()).await?;
        let page = format!("{}/#code={}", self.hub, code.reveal());
        if self.json {
            let made = json!({"id": token.id, "name": token.name, "page": page});
            stdout::put_json(&format!("{made}\n"))?;
        } else {
            stderr::say(&format!(
                "lets in one browser as {} ({}), once, within {} minutes:",
                token.name, token.role, self.minutes
            ));
            stdout::put(&format!("{page}\n"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Remove {
    async fn run(self) -> Result<ExitCode, Error> {
        let database = self.database.open().await?;
        let id = self.id;
        if !tokens::remove(&database, id, &who()).await? {
            return Err(format!(
                "there is no token {id} in force; `pyblish-endpoint hub tokens list` shows them"
            )
            .into());
        }
        stderr::say(&format!("the token {id} is removed"));
        Ok(ExitCode::SUCCESS)
    }
}
