use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};

use super::stderr::Error;
use super::{stderr, stdout};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pyblish-endpoint man | man -l -
  pyblish-endpoint man --into /usr/local/share/man/man1

Exit codes: 0 written, 1 the folder cannot be written (the reason is on stderr), 64 the command \
line is wrong.")]
pub struct Man {
    /// Write a page for each command into this folder, instead of the first page to stdout
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

impl Man {
    /// `all` is the definition of the command line.
    pub fn run(self, all: Command) -> Result<ExitCode, Error> {
        // The pages are the same for all systems, and packages for other systems get them.
        let all = all.long_version(env!("CARGO_PKG_VERSION"));
        let Some(folder) = self.into else {
            let mut page = Vec::new();
            clap_mangen::Man::new(all).render(&mut page)?;
            stdout::put_document(&String::from_utf8(page)?)?;
            return Ok(ExitCode::SUCCESS);
        };
        let place = folder.display();
        std::fs::create_dir_all(&folder)
            .and_then(|()| clap_mangen::generate_to(all, &folder))
            .map_err(|error| {
                format!("the pages cannot be written to {place}: {error}; name another folder")
            })?;
        stderr::say(&format!("the pages are in {place}"));
        Ok(ExitCode::SUCCESS)
    }
}
