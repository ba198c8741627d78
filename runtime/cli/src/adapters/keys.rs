use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::sign::password;
use crate::config::Config;
use crate::stderr::Error;
use crate::stdout;
use crate::table::Table;
use pyblish_distribution::{Date, SigningKey, Trust, TrustedKey};
use pyblish_platform::atomic::{self, Readers};

#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: Do,
}

#[derive(Debug, Subcommand)]
enum Do {
    /// Make a key to sign adapters with
    Generate(Generate),
    /// List the keys that count, and those that were revoked
    List(ListKeys),
}

impl Keys {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        match self.command {
            Do::Generate(generate) => generate.run(),
            Do::List(list) => list.run(),
        }
    }
}

#[derive(Debug, Args)]
struct Generate {
    /// The file of the secret key, which only you can read; its public part goes into FILE.pub
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Encrypt the secret key with the password in the first line of this file. Without a password,
    /// whoever can read the file can sign
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Generate {
    fn run(self) -> Result<ExitCode, Error> {
        let password = self.password_file.as_deref().map(password).transpose()?;
        let public = SigningKey::generate(&self.file, password.as_deref())?;
        let mut path = self.file.clone().into_os_string();
        path.push(".pub");
        let path = PathBuf::from(path);
        atomic::write(&path, public.file().as_bytes(), Readers::Usual)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        let name = self.file.file_stem().unwrap_or_default().to_string_lossy();
        let lines = [
            format!(
                "# The public part of {}; each machine needs it",
                self.file.display()
            ),
            "# in endpoint.toml. Keep the secret part where only releases are made.".into(),
            "[[trust.keys]]".into(),
            format!("name = {:?}", name),
            format!("key = \"{public}\""),
        ];
        stdout::put(&format!("{}\n", lines.join("\n")))?;
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Debug, Args)]
struct ListKeys {
    /// Read this file instead of endpoint.toml in the user's configuration folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print a JSON array: id, name, program, adapters, hosts, until, state
    #[arg(long)]
    json: bool,
}

impl ListKeys {
    fn run(self) -> Result<ExitCode, Error> {
        let trust = Config::read(self.config.as_deref())?.trust();
        let today = Date::today();
        if self.json {
            let all: Value = trust
                .keys
                .iter()
                .map(|key| as_json(&trust, key, today))
                .collect();
            stdout::put_json(&format!("{all}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        if trust.keys.is_empty() && trust.revoked_keys.is_empty() {
            stdout::put(
                "No key is configured: add [[trust.keys]] to endpoint.toml; `pyblish-endpoint \
                 adapters keys generate` makes one\n",
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::new(&["ID", "NAME", "PROGRAM", "FOR", "UNTIL", "STATE"]);
        for key in &trust.keys {
            let until = key
                .until
                .map_or_else(|| "always".into(), |it| it.to_string());
            let id = key.key.id().to_string();
            let state = state(&trust, key, today).to_owned();
            let program = key.key.program().to_owned();
            table.push([id, key.name.clone(), program, purpose(key), until, state]);
        }
        for id in &trust.revoked_keys {
            if !trust.keys.iter().any(|key| key.key.id() == id) {
                let [none, purpose] = ["?", "nothing"].map(str::to_owned);
                let (program, until) = (none.clone(), none.clone());
                let state = "revoked".to_owned();
                table.push([id.to_string(), none, program, purpose, until, state]);
            }
        }
        stdout::put(&table.text())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What the key signs.
fn purpose(key: &TrustedKey) -> String {
    let adapters = key.adapters.iter().cloned();
    let hosts = key.hosts.iter().map(|host| format!("all for {host}"));
    let all: Vec<String> = adapters.chain(hosts).collect();
    match all.is_empty() {
        true => "all adapters".into(),
        false => all.join(", "),
    }
}

fn state(trust: &Trust, key: &TrustedKey, today: Date) -> &'static str {
    let is_revoked = trust.revoked_keys.contains(key.key.id());
    match (is_revoked, key.until) {
        (true, _) => "revoked",
        (false, Some(until)) if today > until => "expired",
        (false, _) => "valid",
    }
}

fn as_json(trust: &Trust, key: &TrustedKey, today: Date) -> Value {
    json!({
        "id": key.key.id().to_string(),
        "name": key.name,
        "program": key.key.program(),
        "adapters": key.adapters,
        "hosts": key.hosts,
        "until": key.until.map(|it| it.to_string()),
        "state": state(trust, key, today),
    })
}
