//! What can go wrong with the database. The same error has the same words and the same code
//! everywhere: on the command line and in the API.

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

/// Why the hub cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The address of the database is wrong.
    #[error(
        "the address of the database is wrong: {0}; write it like postgres://hub@db.studio.lan/publish"
    )]
    Address(String),
    /// TLS to the database cannot be set up.
    #[error("TLS to the database cannot be set up: {0}")]
    Tls(#[from] pyblish_client::TrustError),
    /// TLS to webhooks cannot be set up.
    #[error("TLS to webhooks cannot be set up: {0}")]
    WebhookTls(pyblish_client::TrustError),
    /// It is away, or refuses connections.
    #[error("the database cannot be reached: {0}; nothing is lost, the machines send again")]
    Unavailable(String),
    /// It cannot be written: it is a standby, or in recovery.
    #[error("the database is read-only: {0}; give the hub the address of the primary")]
    ReadOnly(String),
    /// There is no room on its disk.
    #[error("the database is full: {0}; make room on its disk")]
    Full(String),
    /// A statement took too long.
    #[error("the database takes too long: {0}; try again, or ask for less")]
    Slow(String),
    /// It cannot store this.
    #[error("the database cannot store this: {0}")]
    Data(String),
    /// The tables cannot be brought to this version.
    #[error("the tables of the database cannot be brought to this version: {0}")]
    Migration(String),
    /// The database is not made for it.
    #[error("{0}")]
    Unsuited(String),
    /// Anything else.
    #[error("the database answers: {0}")]
    Other(String),
    /// No person has a token of this number that is in force.
    #[error(
        "no person has a token {0} that is in force; `pyblish-endpoint hub tokens list` shows them"
    )]
    NoToken(i64),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}

impl From<tokio_postgres::Error> for HubError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(database) = error.as_db_error() else {
            return HubError::Unavailable(with_reasons(&error));
        };
        let text = database.message().to_owned();
        let code = database.code();
        let class = code.code().get(..2).unwrap_or_default();
        match class {
            // Connections, resources, and a server that starts or ends.
            _ if *code == SqlState::READ_ONLY_SQL_TRANSACTION => HubError::ReadOnly(text),
            _ if *code == SqlState::DISK_FULL => HubError::Full(text),
            _ if *code == SqlState::QUERY_CANCELED || *code == SqlState::LOCK_NOT_AVAILABLE => {
                HubError::Slow(text)
            }
            // A deadlock or a failover ends a transaction that can be repeated.
            "08" | "28" | "3D" | "40" | "53" | "57" => HubError::Unavailable(text),
            "22" | "54" => HubError::Data(text),
            _ => HubError::Other(text),
        }
    }
}

impl From<PoolError> for HubError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Timeout(_) => {
                HubError::Unavailable("no connection to it is free in time".into())
            }
            other => HubError::Unavailable(other.to_string()),
        }
    }
}

/// An error with the reasons below it.
pub(crate) fn with_reasons(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(reason) = source {
        words += &format!(": {reason}");
        source = reason.source();
    }
    words
}
