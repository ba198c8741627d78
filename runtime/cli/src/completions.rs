use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use super::stderr::Error;
use super::stdout;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint completions bash > ~/.local/share/bash-completion/completions/pyblish-endpoint
  pyblish-endpoint completions zsh > ~/.zfunc/_pyblish-endpoint
  pyblish-endpoint completions fish > ~/.config/fish/completions/pyblish-endpoint.fish
  pyblish-endpoint completions powershell >> $PROFILE

Exit codes: 0 printed, 64 the command line is wrong.")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// `all` is the definition of the command line.
    pub fn run(self, mut all: Command) -> Result<ExitCode, Error> {
        let mut script = Vec::new();
        let name = all.get_name().to_owned();
        // The script for bash finds no subcommand if the program's name has a hyphen.
        let plain = match self.shell {
            Shell::Bash => name.replace('-', "_"),
            _ => name.clone(),
        };
        clap_complete::generate(self.shell, &mut all, &plain, &mut script);
        let script = String::from_utf8(script)?;
        let registered = format!("default {name}\n");
        let script = script.replace(&format!("default {plain}\n"), &registered);
        stdout::put_document(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}
