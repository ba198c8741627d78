//! Which database a hub has.

use std::path::PathBuf;

use clap::Args;

use crate::stderr::Error;
use pyblish_hub::{Database, DatabaseConfig};

#[derive(Debug, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseOptions {
    /// The PostgreSQL database, 13 or later; in the environment, no list of processes shows its
    /// password. Another machine is reached with TLS, unless the address has sslmode=disable
    #[arg(
        long,
        value_name = "URL",
        env = "PYBLISH_HUB_DATABASE",
        hide_env_values = true
    )]
    database: Option<String>,

    /// Trust the certificates in this PEM file for the database, instead of those of the system
    #[arg(long, value_name = "FILE")]
    database_ca: Option<PathBuf>,

    /// Connections to the database at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=1000))]
    database_connections: u16,
}

impl DatabaseOptions {
    /// Connects, and brings the tables to this version.
    pub async fn open(&self) -> Result<Database, Error> {
        let Some(address) = &self.database else {
            return Err(
                "the hub needs a database: name it with --database postgres://USER@HOST/NAME, or in \
                 PYBLISH_HUB_DATABASE"
                    .into(),
            );
        };
        let mut config = DatabaseConfig::of(address)?;
        config.ca.clone_from(&self.database_ca);
        config.connections = self.database_connections.into();
        Ok(Database::open(config).await?)
    }
}
