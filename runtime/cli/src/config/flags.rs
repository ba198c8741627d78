//! The tables of commands: `[publish] strict = true` is what `publish --strict` is.
//!
//! What the files say is put behind the command's name as if it had been typed. So it is checked as
//! what is typed, and each flag can be in a file. A flag that is typed, or one that is not allowed
//! beside it, makes the key count for nothing; so does a later file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::Value;

use super::file::text;
use super::keys::unknown;
use super::merged::Config;
use crate::exit::UsageError;

/// The table whose keys count for all commands that have such a flag.
const COMMON: &str = "common";

/// Flags that no file can have: they are about the one call.
const TYPED: [&str; 3] = ["help", "version", "config"];

/// The command that looks at the files, and must work where they are wrong.
const DOCTOR: &str = "doctor";

/// A command line with the flags of the files.
#[derive(Debug)]
pub struct Completed {
    pub words: Vec<OsString>,
    /// Which file has each flag that was added, by the flag.
    pub added: BTreeMap<String, PathBuf>,
}

/// A value of a flag, and where it is from.
#[derive(Debug)]
pub(super) struct FlagValue<'a> {
    pub(super) file: &'a PathBuf,
    pub(super) value: &'a Value,
    /// The place of the file among all: a later one is stronger.
    strength: usize,
}

/// Adds the flags that the files have for this command.
///
/// # Errors
/// A file is wrong.
pub fn complete(all: &Command, words: Vec<OsString>) -> Result<Completed, UsageError> {
    let nothing = |words| Completed {
        words,
        added: BTreeMap::new(),
    };
    // What is missing may be in a file.
    let lenient = all.clone().ignore_errors(true);
    let Ok(matches) = lenient.try_get_matches_from(&words) else {
        // The user asks for help.
        return Ok(nothing(words));
    };
    let Some((path, matches)) = innermost(&matches) else {
        return Ok(nothing(words));
    };
    let command = path
        .iter()
        .try_fold(all, |it, name| it.find_subcommand(name));
    let is_read = |command: &&Command| !command.is_hide_set() && path != [DOCTOR];
    let Some(command) = command.filter(is_read) else {
        return Ok(nothing(words));
    };
    let chosen = matches.try_get_one::<PathBuf>("config").ok().flatten();
    let config = Config::read(chosen.map(PathBuf::as_path))?;
    config.check_flags(all)?;
    let (more, added) = config.missing(command, &path.join("."), matches)?;
    let mut words = words;
    let place = (1 + path.len()).min(words.len());
    words.splice(place..place, more);
    Ok(Completed { words, added })
}

/// The names of the command and of the one below it, and what was typed for the last.
fn innermost(matches: &ArgMatches) -> Option<(Vec<&str>, &ArgMatches)> {
    let (mut path, mut matches) = (Vec::new(), matches);
    while let Some((name, below)) = matches.subcommand() {
        path.push(name);
        matches = below;
    }
    (!path.is_empty()).then_some((path, matches))
}

/// The flags of a command that a file may have.
pub(super) fn flags(command: &Command) -> impl Iterator<Item = (&Arg, &str)> {
    let flags = command.get_arguments();
    let flags = flags.filter_map(|flag| Some((flag, flag.get_long()?)));
    flags.filter(|(flag, name)| !TYPED.contains(name) && !flag.is_hide_set())
}

/// All commands by their names, such as `host.install`.
pub(super) fn commands(all: &Command) -> BTreeMap<String, &Command> {
    fn add<'a>(found: &mut BTreeMap<String, &'a Command>, above: &str, command: &'a Command) {
        let read = |it: &&Command| !it.is_hide_set() && it.get_name() != DOCTOR;
        for below in command.get_subcommands().filter(read) {
            let name = format!("{above}{}", below.get_name());
            add(found, &format!("{name}."), below);
            found.insert(name, below);
        }
    }
    let mut found = BTreeMap::new();
    add(&mut found, "", all);
    found
}

type Missing = (Vec<OsString>, BTreeMap<String, PathBuf>);

impl Config {
    /// Checks that there is a command for each table, and that it has each flag.
    fn check_flags(&self, all: &Command) -> Result<(), UsageError> {
        let commands = commands(all);
        for file in &self.files {
            let wrong = |what: String| UsageError(format!("{}: {what}", file.path.display()));
            for (name, keys) in &file.flags {
                let known: Vec<&str> = match commands.get(name) {
                    Some(command) => flags(command).map(|(_, flag)| flag).collect(),
                    None if name == COMMON => {
                        let all = commands.values().flat_map(|command| flags(command));
                        all.map(|(_, flag)| flag).collect()
                    }
                    None => {
                        let tables = commands.keys().map(String::as_str);
                        let tables = tables.chain([
                            "adapters", "limits", "menu", "policy", "start", "storage", "trust",
                            COMMON,
                        ]);
                        return Err(wrong(unknown("table", name, "", tables)));
                    }
                };
                if let Some(key) = keys.keys().find(|key| !known.contains(&key.as_str())) {
                    let known: std::collections::BTreeSet<_> = known.into_iter().collect();
                    return Err(wrong(unknown("key", key, name, known)));
                }
            }
        }
        Ok(())
    }

    /// What the strongest file says of a flag of a command.
    pub(super) fn flag(&self, command: &str, flag: &str) -> Option<FlagValue<'_>> {
        let files = self.files.iter().enumerate().rev();
        let mut found = files.flat_map(|(strength, file)| {
            let tables = [command, COMMON].into_iter();
            let values = tables.filter_map(|table| file.flags.get(table)?.get(flag));
            values.map(move |value| FlagValue {
                file: &file.path,
                value,
                strength,
            })
        });
        found.next()
    }

    /// The value of a flag of a command in the files, as it would be typed.
    pub fn value(&self, command: &str, flag: &str) -> Option<String> {
        Some(text(self.flag(command, flag)?.value))
    }

    /// The words for the flags that were not typed.
    fn missing(
        &self,
        command: &Command,
        name: &str,
        typed: &ArgMatches,
    ) -> Result<Missing, UsageError> {
        let mut found: Vec<_> = flags(command)
            .filter_map(|(flag, long)| Some((flag, long, self.flag(name, long)?)))
            .collect();
        // What is typed is stronger than any file.
        let is_typed = |flag: &Arg| {
            let source = typed.value_source(flag.get_id().as_str());
            matches!(
                source,
                Some(ValueSource::CommandLine | ValueSource::EnvVariable)
            )
        };
        let mut taken: Vec<(&Arg, usize)> = flags(command)
            .filter(|(flag, _)| is_typed(flag))
            .map(|(flag, _)| (flag, usize::MAX))
            .collect();
        found.sort_by_key(|(_, _, value)| std::cmp::Reverse(value.strength));
        let (mut words, mut added) = (Vec::new(), BTreeMap::new());
        for (
            flag,
            long,
            FlagValue {
                file,
                value,
                strength,
            },
        ) in found
        {
            let is_beaten = |(other, its): &(&Arg, usize)| {
                *its > strength && (*other == flag || excludes(command, other, flag))
            };
            if taken.iter().any(is_beaten) {
                continue;
            }
            taken.push((flag, strength));
            let wrong =
                |what| UsageError(format!("{}: {long} of [{name}]: {what}", file.display()));
            let more = as_words(flag, long, value).map_err(wrong)?;
            if !more.is_empty() {
                added.insert(format!("--{long}"), file.clone());
                words.extend(more);
            }
        }
        Ok((words, added))
    }
}

/// Whether two flags are not allowed together.
fn excludes(command: &Command, one: &Arg, other: &Arg) -> bool {
    let conflict = |a: &Arg, b: &Arg| command.get_arg_conflicts_with(a).contains(&b);
    let mut groups = command.get_groups().cloned();
    conflict(one, other)
        || conflict(other, one)
        || groups.any(|mut group| {
            let has = |flag: &Arg| group.get_args().any(|id| id == flag.get_id());
            has(one) && has(other) && !group.is_multiple()
        })
}

/// A value as it would be typed.
fn as_words(flag: &Arg, long: &str, value: &Value) -> Result<Vec<OsString>, &'static str> {
    let word = |value: &str| OsString::from(format!("--{long}={value}"));
    let takes_value = flag.get_action().takes_values();
    let is_list = matches!(flag.get_action(), ArgAction::Append);
    match value {
        Value::Bool(is_set) if !takes_value => Ok(match is_set {
            true => vec![OsString::from(format!("--{long}"))],
            false => Vec::new(),
        }),
        _ if !takes_value => Err("write true or false"),
        Value::Array(values) if is_list => {
            Ok(values.iter().map(|value| word(&text(value))).collect())
        }
        Value::Object(pairs) if is_list => {
            let pairs = pairs.iter();
            Ok(pairs
                .map(|(key, it)| word(&format!("{key}={}", text(it))))
                .collect())
        }
        Value::Array(_) | Value::Object(_) => Err("it has one value: write no list"),
        value => Ok(vec![word(&text(value))]),
    }
}
