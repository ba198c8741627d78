use std::process::ExitCode;

use clap::Args;

use super::stderr::Error;
use super::table::Table;
use super::{running, stderr, stdout, text};

#[derive(Debug, Args)]
#[command(after_help = "\
A server writes a file when it starts, and one with its token that only you can read, and removes \
them when it ends: in $XDG_RUNTIME_DIR/pyblish-endpoint, or, \
if the system has no such folder, in run/ of the user's data folder.

Exit codes: 0 listed, 1 the servers cannot be listed (the reason is on stderr), 64 the command line \
is wrong.")]
pub struct ListServers {
    /// Print a JSON array: address, tokenFile, pid, adapter, hosts, hostPid, session, started
    #[arg(long)]
    json: bool,
}

impl ListServers {
    pub fn run(self) -> Result<ExitCode, Error> {
        let servers = running::running()?;
        if self.json {
            stdout::put_json(&format!("{}\n", serde_json::to_string(&servers)?))?;
            return Ok(ExitCode::SUCCESS);
        }
        if servers.is_empty() {
            stderr::say("no server is running; start one with `pyblish-endpoint serve`");
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::new(&[
            "ADDRESS",
            "ADAPTER",
            "HOSTS",
            "SESSION",
            "PID",
            "STARTED (UTC)",
        ]);
        for server in servers {
            table.push([
                server.address,
                server.adapter,
                server.hosts.join(","),
                server.session,
                server.pid.to_string(),
                text::moment(server.started),
            ]);
        }
        stdout::put(&table.text())?;
        Ok(ExitCode::SUCCESS)
    }
}
