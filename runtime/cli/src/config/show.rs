use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Command, Subcommand};
use serde_json::json;

use super::file::text;
use super::flags::{commands, flags};
use super::merged::Config;
use super::source::Source;
use crate::exit::UsageError;
use crate::stderr::Error;
use crate::stdout;
use crate::table::Table;
use crate::text::there_are;

#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 shown, 1 it cannot be shown (the reason is on stderr), 64 the command line or a file \
is wrong.")]
pub struct ConfigCommand {
    #[command(subcommand)]
    command: Do,
}

#[derive(Debug, Subcommand)]
enum Do {
    /// Show the values that are in force, and which file each is from
    Show(Show),
}

#[derive(Debug, Args)]
struct Show {
    /// Show all flags of this command, such as serve, also those that no file has
    #[arg(value_name = "COMMAND")]
    about: Vec<String>,

    /// Read this file instead of the user's own
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print a JSON object: files (path, found) and values (key, value, from)
    #[arg(long)]
    json: bool,
}

/// A value in force.
struct Row {
    key: String,
    value: String,
    from: String,
}

impl ConfigCommand {
    /// `all` is the definition of the command line.
    pub fn run(self, all: &Command) -> Result<ExitCode, Error> {
        let Do::Show(show) = self.command;
        show.run(all)
    }
}

impl Show {
    fn run(self, all: &Command) -> Result<ExitCode, Error> {
        let config = Config::read(self.config.as_deref())?;
        let rows = match self.about.is_empty() {
            true => config.rows(),
            false => config.rows_of(all, &self.about.join("."))?,
        };
        let sources = Source::all(self.config.as_deref());
        let is_found = |path: &Path| config.files.iter().any(|file| file.path == path);
        if self.json {
            let files = sources.iter();
            let files = files.map(|it| json!({"path": it.path, "found": is_found(&it.path)}));
            let values = rows.iter();
            let values =
                values.map(|it| json!({"key": it.key, "value": it.value, "from": it.from}));
            let shown = json!({
                "files": files.collect::<Vec<_>>(), "values": values.collect::<Vec<_>>(),
            });
            stdout::put_json(&format!("{shown}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut text = String::from("Files, the later ones win:\n");
        for source in &sources {
            let state = match is_found(&source.path) {
                true => "",
                false => " (there is none)",
            };
            text += &format!("  {}{state}\n", source.path.display());
        }
        if !rows.is_empty() {
            let mut table = Table::new(&["KEY", "VALUE", "FROM"]);
            for Row { key, value, from } in rows {
                table.push([key, value, from]);
            }
            text += &format!("\n{}", table.text());
        }
        stdout::put(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Config {
    /// The values of all files, without those that a later file replaces.
    fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for file in &self.files {
            for (key, value) in file.values() {
                let from = file.path.display().to_string();
                // Grants add up.
                let adds_up = key.starts_with("[adapters.") && value.starts_with('[');
                rows.retain(|row| adds_up || row.key != key);
                rows.push(Row { key, value, from });
            }
        }
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        rows
    }

    /// Each flag of a command.
    fn rows_of(&self, all: &Command, name: &str) -> Result<Vec<Row>, UsageError> {
        let known = commands(all);
        let Some(command) = known.get(name) else {
            let known = there_are(known.keys().map(String::as_str));
            return Err(UsageError(format!("there is no command {name:?}; {known}")));
        };
        let rows = flags(command).map(|(flag, long)| {
            let (value, from) = match self.flag(name, long) {
                Some(found) => (text(found.value), found.file.display().to_string()),
                None => {
                    let values = flag.get_default_values().iter();
                    let values: Vec<_> = values.map(|it| it.to_string_lossy()).collect();
                    (values.join(", "), "default".into())
                }
            };
            let key = format!("[{name}] {long}");
            Row { key, value, from }
        });
        Ok(rows.collect())
    }
}
