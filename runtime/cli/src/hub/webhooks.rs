//! Who is told of runs that ended.

use std::io::Read;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::database::DatabaseOptions;
use super::who::who;
use crate::event_loop::block_on;
use crate::stderr::{self, Error};
use crate::stdout;
use crate::table::Table;
use pyblish_hub::webhooks::failed::{self, Tried};
use pyblish_hub::webhooks::store::{self, WebhookInfo};
use pyblish_hub::webhooks::{NewWebhook, RunFilter, Template, WebhookUrl, commands};

/// How many failed messages are listed at most.
const LISTED: i64 = 1_000;

/// How long `test` waits for a hub to send its message.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it looks.
const LOOK: Duration = Duration::from_millis(100);

/// Bytes of the longest address that is read from stdin.
const LONGEST: u64 = 4096;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint hub webhooks add --name chat --url https://chat.studio.lan/hooks/abc \\
    --published --text '{published} published by {user}'
  pyblish-endpoint hub webhooks add --name tracker --url https://tracker.studio.lan/pyblish --state failed
  pyblish-endpoint hub webhooks test 1

A message is tried for about a day; then `failed` lists it, and `resend` sends it again. Running hubs \
send the messages: their --webhook-allow says where to, besides the internet and private networks.

Exit codes: 0 done, 1 it could not be done (the reason is on stderr), 64 the command line is wrong.")]
pub struct Webhooks {
    #[command(subcommand)]
    command: Do,
}

#[derive(Debug, Subcommand)]
enum Do {
    /// Add a webhook, and print the secret that its messages are signed with: it is not shown again
    Add(Add),
    /// List the webhooks, without their secrets
    List(List),
    /// Remove a webhook, with the messages that wait for it
    Remove(One),
    /// Give a webhook another secret, and print it; for a day messages are signed with both
    Rotate(Rotate),
    /// List the messages that nobody took after all tries
    Failed(Failed),
    /// Send such messages again, as if they were new
    Resend(Resend),
    /// Have a running hub send a message that says that it is a test, and say what became of it
    Test(One),
}

#[derive(Debug, Args)]
struct Add {
    /// What the webhook is called in lists
    #[arg(long, value_name = "NAME")]
    name: String,

    /// Where messages are posted; - reads it from stdin, so that no list of processes shows it
    #[arg(long, value_name = "URL")]
    url: String,

    /// The text for a chat, such as '{published} published by {user}'. Fields: published, failures,
    /// state, reason, user, machine, adapter, host, project, task, comment, succeeded, failed, run.
    /// Without it, messages are CloudEvents
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,

    /// Only runs that ended in this state: succeeded, failed, stopped, cancelled, lost or interrupted;
    /// may be repeated
    #[arg(long = "state", value_name = "STATE")]
    states: Vec<String>,

    /// Only runs of this project, where machines send data:project; may be repeated
    #[arg(long = "project", value_name = "NAME")]
    projects: Vec<String>,

    /// Only runs with this adapter; may be repeated
    #[arg(long = "adapter", value_name = "NAME")]
    adapters: Vec<String>,

    /// Only runs of this user; may be repeated
    #[arg(long = "user", value_name = "NAME")]
    users: Vec<String>,

    /// Only runs in which this plug-in failed; may be repeated
    #[arg(long = "failed-plugin", value_name = "NAME")]
    plugins: Vec<String>,

    /// Only runs that published something new
    #[arg(long)]
    published: bool,

    /// Print a JSON object: id, name, secret
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(Debug, Args)]
struct List {
    /// Print a JSON array: id, name, address, text, states, projects, adapters, users, plugins,
    /// published, added, waiting, failed
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(Debug, Args)]
struct One {
    /// Its id in the list
    #[arg(value_name = "ID")]
    id: i64,

    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(Debug, Args)]
struct Rotate {
    /// Its id in the list
    #[arg(value_name = "ID")]
    id: i64,

    /// Print a JSON object: id, secret
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(Debug, Args)]
struct Failed {
    /// Only those of this webhook
    #[arg(value_name = "ID")]
    id: Option<i64>,

    /// Print a JSON array: id, webhook, message, made, failure
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(Debug, Args)]
struct Resend {
    /// The webhook's id in the list
    #[arg(value_name = "ID")]
    id: i64,

    /// Only this message, by its id in the list of `failed`
    #[arg(long, value_name = "ID")]
    message: Option<i64>,

    #[command(flatten)]
    database: DatabaseOptions,
}

impl Webhooks {
    pub fn run(self) -> Result<ExitCode, Error> {
        block_on(async {
            match self.command {
                Do::Add(add) => add.run().await?,
                Do::List(list) => list.run().await?,
                Do::Remove(one) => one.remove().await?,
                Do::Rotate(rotate) => rotate.run().await?,
                Do::Failed(failed) => failed.run().await?,
                Do::Resend(resend) => resend.run().await?,
                Do::Test(one) => one.test().await?,
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

impl Add {
    async fn run(self) -> Result<(), Error> {
        let url: WebhookUrl = match self.url.as_str() {
            "-" => from_stdin()?.trim().parse()?,
            url => url.parse()?,
        };
        let template: Option<Template> = self.text.as_deref().map(str::parse).transpose()?;
        let new = NewWebhook {
            name: self.name,
            url,
            template,
            filter: RunFilter {
                states: self.states,
                projects: self.projects,
                adapters: self.adapters,
                users: self.users,
                plugins: self.plugins,
                published: self.published,
            },
        };
        let database = self.database.open().await?;
        let (id, secret) = commands::add(&database, &new, &who()).await?;
        if self.json {
            let added = json!({"id": id, "name": new.name, "secret": secret.reveal()});
            return Ok(stdout::put_json(&format!("{added}\n"))?);
        }
        let shown = new.url.shown();
        stderr::say(&format!(
            "the webhook {id} to {shown} is added. Its messages are signed with this secret; try it with \
             `pyblish-endpoint hub webhooks test {id}`:"
        ));
        Ok(stdout::put(&format!("{}\n", secret.reveal()))?)
    }
}

fn from_stdin() -> Result<String, Error> {
    let mut text = String::new();
    let read = std::io::stdin().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| format!("the address cannot be read from stdin: {error}"))?;
    Ok(text)
}

impl List {
    async fn run(self) -> Result<(), Error> {
        let database = self.database.open().await?;
        let found = store::list(&database).await?;
        if self.json {
            let all: Value = found.iter().map(as_json).collect();
            return Ok(stdout::put_json(&format!("{all}\n"))?);
        }
        if found.is_empty() {
            return Ok(stdout::put(
                "There is no webhook. Add one with `pyblish-endpoint hub webhooks add`\n",
            )?);
        }
        let headings = ["ID", "NAME", "TO", "WAITING", "FAILED", "RUNS", "TEXT"];
        let mut table = Table::new(&headings);
        for info in &found {
            table.push([
                info.id.to_string(),
                info.name.clone(),
                info.address.clone(),
                info.waiting.to_string(),
                info.failed.to_string(),
                chosen(&info.filter),
                info.text.clone().unwrap_or_default(),
            ]);
        }
        Ok(stdout::put(&table.text())?)
    }
}

/// Of which runs a webhook tells, in words.
fn chosen(filter: &RunFilter) -> String {
    let RunFilter {
        states,
        projects,
        adapters,
        users,
        plugins,
        published,
    } = filter;
    let lists = [
        ("state", states),
        ("project", projects),
        ("adapter", adapters),
        ("user", users),
        ("failed plug-in", plugins),
    ];
    let lists = lists.into_iter().filter(|(_, values)| !values.is_empty());
    let mut words: Vec<String> = lists
        .map(|(what, values)| format!("{what} {}", values.join(" or ")))
        .collect();
    words.extend(published.then(|| "published something new".to_owned()));
    match words.is_empty() {
        true => "all".into(),
        false => words.join(", "),
    }
}

fn as_json(info: &WebhookInfo) -> Value {
    let filter = &info.filter;
    json!({
        "id": info.id, "name": info.name, "address": info.address, "text": info.text,
        "states": filter.states, "projects": filter.projects, "adapters": filter.adapters,
        "users": filter.users, "plugins": filter.plugins, "published": filter.published,
        "added": info.added, "waiting": info.waiting, "failed": info.failed,
    })
}

impl Rotate {
    async fn run(self) -> Result<(), Error> {
        let database = self.database.open().await?;
        let secret = commands::renew_secret(&database, self.id, &who()).await?;
        if self.json {
            let made = json!({"id": self.id, "secret": secret.reveal()});
            return Ok(stdout::put_json(&format!("{made}\n"))?);
        }
        stderr::say(&format!(
            "the new secret of the webhook {}; for a day messages are signed with the one before, too:",
            self.id
        ));
        Ok(stdout::put(&format!("{}\n", secret.reveal()))?)
    }
}

impl Failed {
    async fn run(self) -> Result<(), Error> {
        let database = self.database.open().await?;
        let found = failed::list(&database, self.id, None, LISTED).await?;
        if self.json {
            let all = found.iter().map(|message| {
                json!({
                    "id": message.id, "webhook": message.webhook, "message": message.message,
                    "made": message.made, "failure": message.failure,
                })
            });
            let all: Value = all.collect();
            return Ok(stdout::put_json(&format!("{all}\n"))?);
        }
        if found.is_empty() {
            return Ok(stdout::put("Every message was taken, or is still tried\n")?);
        }
        let mut table = Table::new(&["ID", "WEBHOOK", "MESSAGE", "FAILURE"]);
        for message in found {
            table.push([
                message.id.to_string(),
                message.webhook.to_string(),
                message.message,
                message.failure,
            ]);
        }
        Ok(stdout::put(&table.text())?)
    }
}

impl Resend {
    async fn run(self) -> Result<(), Error> {
        let database = self.database.open().await?;
        let count = commands::resend(&database, self.id, self.message, &who()).await?;
        stderr::say(&format!("messages that are sent again: {count}"));
        Ok(())
    }
}

impl One {
    async fn remove(self) -> Result<(), Error> {
        let database = self.database.open().await?;
        commands::remove(&database, self.id, &who()).await?;
        stderr::say(&format!("the webhook {} is removed", self.id));
        Ok(())
    }

    async fn test(self) -> Result<(), Error> {
        let database = self.database.open().await?;
        let message = commands::test(&database, self.id).await?;
        let start = Instant::now();
        loop {
            match failed::tried(&database, message).await? {
                Tried::Taken => {
                    stderr::say("the message was taken");
                    return Ok(());
                }
                Tried::Failed(reason) => {
                    return Err(format!("the message was not taken: {reason}").into());
                }
                Tried::Waiting if start.elapsed() > PATIENCE => {
                    return Err("no hub has sent the message yet: start one with `pyblish-endpoint hub` and \
                         this database"
                        .into());
                }
                Tried::Waiting => tokio::time::sleep(LOOK).await,
            }
        }
    }
}
