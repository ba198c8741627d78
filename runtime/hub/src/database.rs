//! The connections to PostgreSQL, and the versions of the tables.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use tokio::sync::mpsc;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::HubError;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// How long connecting may take, and how long a request waits for a free connection.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a statement may take, and a transaction may rest between two of them. `synchronous_commit`
/// makes an acknowledgement true, whatever the server's own setting is.
const OPTIONS: &str = "-c statement_timeout=30000 -c lock_timeout=10000 \
     -c idle_in_transaction_session_timeout=30000 -c synchronous_commit=on";

/// Migrating a large table can take longer than any other statement.
const MIGRATION_OPTIONS: &str = "-c statement_timeout=0 -c lock_timeout=60000";

/// The lock that one of several hubs holds while it migrates: the letters of `pyblish` as a number.
const MIGRATION_LOCK: i64 = 0x0070_7962_6c69_7368;

/// The oldest PostgreSQL that the tables are made for.
const OLDEST: i32 = 130_000;

/// Which database, and how it is reached.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    config: Config,
    /// A PEM file with the certificates that the server is trusted by, instead of the system's.
    pub ca: Option<PathBuf>,
    /// How many connections a hub has at most.
    pub connections: usize,
}

impl DatabaseConfig {
    /// Of a URL or a list of `key=value`, as PostgreSQL's own programs take them.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(text: &str) -> Result<Self, HubError> {
        let mut config = Config::from_str(text).map_err(|error| {
            // The text may have a password in it, so it is not repeated.
            HubError::Address(error.to_string())
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_application_name().is_none() {
            config.application_name("pyblish-endpoint hub");
        }
        config.keepalives_idle(Duration::from_secs(30));
        config.tcp_user_timeout(Duration::from_secs(30));
        Ok(DatabaseConfig {
            config,
            ca: None,
            connections: 16,
        })
    }

    /// Whether TLS is used: unless the address says otherwise, for every host but this machine.
    fn uses_tls(&self) -> bool {
        let is_here = |host: &Host| match host {
            Host::Tcp(name) => {
                let ip = name.parse::<std::net::IpAddr>();
                name == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        match self.config.get_ssl_mode() {
            SslMode::Disable => false,
            SslMode::Require => true,
            _ => !self.config.get_hosts().iter().all(is_here),
        }
    }

    fn tls(&self) -> Result<Option<MakeRustlsConnect>, HubError> {
        if !self.uses_tls() {
            return Ok(None);
        }
        let trusted = pyblish_client::trust(self.ca.as_deref())?;
        Ok(Some(MakeRustlsConnect::new((*trusted).clone())))
    }

    fn with_options(&self, options: &str) -> Config {
        let mut config = self.config.clone();
        let all = match config.get_options() {
            Some(own) => format!("{options} {own}"),
            None => options.to_owned(),
        };
        config.options(all);
        if self.uses_tls() {
            // Never in the clear to another machine.
            config.ssl_mode(SslMode::Require);
        } else {
            config.ssl_mode(SslMode::Disable);
        }
        config
    }

    /// A connection of its own, and what the server says on it that is no answer.
    async fn connect(
        &self,
        options: &str,
    ) -> Result<(Client, mpsc::UnboundedReceiver<AsyncMessage>), HubError> {
        let config = self.with_options(options);
        match self.tls()? {
            Some(tls) => {
                let (client, connection) = config.connect(tls).await?;
                Ok((client, messages(connection)))
            }
            None => {
                let (client, connection) = config.connect(NoTls).await?;
                Ok((client, messages(connection)))
            }
        }
    }
}

/// Serves a connection until it ends, and passes on what the server says.
fn messages<S, T>(
    mut connection: tokio_postgres::Connection<S, T>,
) -> mpsc::UnboundedReceiver<AsyncMessage>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (said, messages) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let next = std::future::poll_fn(move |cx| connection.poll_message(cx));
        let mut next = std::pin::pin!(next);
        // An error ends the connection, and with it the channel.
        while let Some(Ok(message)) = next.as_mut().await {
            // Nobody may be interested.
            let _ = said.send(message);
        }
    });
    messages
}

/// What the connections of one hub do now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PoolLoad {
    pub(crate) used: usize,
    pub(crate) idle: usize,
    pub(crate) most: usize,
    /// Requests that wait for one.
    pub(crate) waiting: usize,
}

/// The connections of one hub. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    config: DatabaseConfig,
}

impl Database {
    /// Connects, and brings the tables to this version.
    ///
    /// # Errors
    /// See [`HubError`].
    pub async fn open(config: DatabaseConfig) -> Result<Self, HubError> {
        migrate(&config).await?;
        let manager_config = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pg = config.with_options(OPTIONS);
        let manager = match config.tls()? {
            Some(tls) => Manager::from_config(pg, tls, manager_config),
            None => Manager::from_config(pg, NoTls, manager_config),
        };
        let pool = Pool::builder(manager)
            .max_size(config.connections)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(CONNECT),
                create: Some(CONNECT),
                recycle: Some(CONNECT),
            })
            .build()
            .map_err(|error| HubError::Unsuited(error.to_string()))?;
        Ok(Database { pool, config })
    }

    /// How many connections there are, and who waits for one.
    pub(crate) fn load(&self) -> PoolLoad {
        let status = self.pool.status();
        PoolLoad {
            used: status.size.saturating_sub(status.available),
            idle: status.available,
            most: status.max_size,
            waiting: status.waiting,
        }
    }

    /// A connection of the pool.
    pub(crate) async fn get(&self) -> Result<Object, HubError> {
        Ok(self.pool.get().await?)
    }

    /// A connection of its own that listens to this channel, and what arrives on it.
    pub(crate) async fn listen(
        &self,
        channel: &str,
    ) -> Result<(Client, mpsc::UnboundedReceiver<AsyncMessage>), HubError> {
        let (client, messages) = self.config.connect("").await?;
        client.batch_execute(&format!("LISTEN {channel}")).await?;
        Ok((client, messages))
    }
}

/// Brings the tables to this version. Of several hubs that start at once, one does it.
async fn migrate(config: &DatabaseConfig) -> Result<(), HubError> {
    let (mut client, _messages) = config.connect(MIGRATION_OPTIONS).await?;
    let row = client
        .query_one(
            "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
                 current_setting('server_version')",
            &[],
        )
        .await?;
    let (number, encoding, version): (i32, String, String) = (row.get(0), row.get(1), row.get(2));
    if number < OLDEST {
        return Err(HubError::Unsuited(format!(
            "the database is PostgreSQL {version}; the hub needs 13 or later"
        )));
    }
    if encoding != "UTF8" {
        return Err(HubError::Unsuited(format!(
            "the database has the encoding {encoding}; make one with `createdb --encoding UTF8 --template template0`"
        )));
    }
    client
        .execute("SELECT pg_advisory_lock($1)", &[&MIGRATION_LOCK])
        .await?;
    let report = migrations::migrations::runner()
        .run_async(&mut client)
        .await;
    // The lock ends with the connection.
    let report = report.map_err(|error| HubError::Migration(error.to_string()))?;
    for migration in report.applied_migrations() {
        tracing::info!("the tables of the database were brought to version {migration}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses_tls(text: &str) -> bool {
        DatabaseConfig::of(text).unwrap().uses_tls()
    }

    #[test]
    fn other_machines_are_reached_with_tls() {
        assert!(uses_tls("postgres://hub@db.studio.lan/publish"));
        assert!(uses_tls("postgres://hub@127.0.0.1/publish?sslmode=require"));
        assert!(!uses_tls(
            "postgres://hub@db.studio.lan/publish?sslmode=disable"
        ));
        for here in [
            "postgres://hub@localhost/x",
            "postgres://[::1]/x",
            "host=/run/postgresql user=hub",
        ] {
            assert!(!uses_tls(here), "{here}");
        }
    }

    #[test]
    fn wrong_address_is_not_repeated() {
        let wrong = DatabaseConfig::of("postgres://hub:s3cret@db:port/x").unwrap_err();
        let text = wrong.to_string();
        assert!(
            text.contains("write it like") && !text.contains("s3cret"),
            "{text}"
        );
    }
}
