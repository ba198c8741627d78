//! Who may do what: the tokens of machines and of people.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use deadpool_postgres::GenericClient;
use sha2::{Digest, Sha256};
use tokio_postgres::Row;

use super::audit;
use super::batcher::Batcher;
use super::database::Database;
use super::error::HubError;
use pyblish_server::Secret;

/// What somebody may do. Each role of a person includes the ones before it. Machines and workers read
/// nothing but the jobs that they handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sends what happened on it, and hands jobs over.
    Machine,
    /// Sends what happened on it, and does jobs.
    Worker,
    /// Reads.
    Viewer,
    /// Reads, too.
    Supervisor,
    /// Also reads who has access.
    Admin,
}

impl Role {
    /// Its name in the database, in the API and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Role::Machine => "machine",
            Role::Worker => "worker",
            Role::Viewer => "viewer",
            Role::Supervisor => "supervisor",
            Role::Admin => "admin",
        }
    }

    /// Whether it is of a machine, and not of a person.
    pub fn is_of_machine(self) -> bool {
        match self {
            Role::Machine | Role::Worker => true,
            Role::Viewer | Role::Supervisor | Role::Admin => false,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [
            Role::Machine,
            Role::Worker,
            Role::Viewer,
            Role::Supervisor,
            Role::Admin,
        ];
        let known = all.into_iter().find(|role| role.name() == text);
        known.ok_or_else(|| "write machine, worker, viewer, supervisor or admin".into())
    }
}

/// By what somebody is known. Another way in, such as OpenID Connect, is one more variant, and one
/// more file like `browsers.rs` that returns a [`Holder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The token itself.
    Token,
    /// The cookie of this browser.
    Browser(i64),
}

/// Somebody who is known, and whose token is in force.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) way: Way,
    pub(crate) token_id: i64,
    pub(crate) role: Role,
    /// The machine or the person.
    pub(crate) name: String,
    /// The machine of a machine's token.
    pub(crate) machine: Option<i64>,
}

/// A token, without the token itself.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenInfo {
    /// By what it is removed.
    pub id: i64,
    /// What its holder may do.
    pub role: Role,
    /// The machine or the person.
    pub name: String,
    /// When it was made: seconds since 1970-01-01 UTC.
    pub added: f64,
    /// When it was removed, if it was.
    pub removed: Option<f64>,
}

/// What is stored of a token, a code or a cookie.
pub(crate) fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Makes a token for this machine or person. `who` makes it. The token is returned once, and can
/// never be shown again.
///
/// # Errors
/// See [`HubError`].
pub async fn add(
    database: &Database,
    role: Role,
    name: &str,
    who: &str,
) -> Result<(i64, Secret), HubError> {
    let token = Secret::new().map_err(|error| HubError::Random(error.to_string()))?;
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let machine: Option<i64> = if role.is_of_machine() {
        // An update that changes nothing, so that the row is returned in any case.
        let row = transaction
            .query_one(
                "INSERT INTO machines (name) VALUES ($1)
                 ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
                &[&name],
            )
            .await?;
        Some(row.get(0))
    } else {
        None
    };
    let row = transaction
        .query_one(
            "INSERT INTO tokens (digest, role, name, machine_id) VALUES ($1, $2, $3, $4) RETURNING id",
            &[&digest(token.reveal()), &role.name(), &name, &machine],
        )
        .await?;
    let id: i64 = row.get(0);
    let what = format!("made the token {id} with the role {role} for {name}");
    audit::add(&transaction, who, &what).await?;
    transaction.commit().await?;
    Ok((id, token))
}

/// All tokens, also those that were removed, the oldest first.
///
/// # Errors
/// See [`HubError`].
pub async fn list(database: &Database) -> Result<Vec<TokenInfo>, HubError> {
    let client = database.get().await?;
    let rows = client
        .query(
            "SELECT id, role, name, extract(epoch FROM added)::float8,
                 extract(epoch FROM removed)::float8 FROM tokens ORDER BY id",
            &[],
        )
        .await?;
    let read = rows.iter().map(|row| {
        Ok(TokenInfo {
            id: row.get(0),
            role: row.get::<_, &str>(1).parse().map_err(HubError::Other)?,
            name: row.get(2),
            added: row.get(3),
            removed: row.get(4),
        })
    });
    read.collect()
}

/// Removes a token: from now on nobody gets in with it. Returns whether there was one in force.
///
/// # Errors
/// See [`HubError`].
pub async fn remove(database: &Database, id: i64, who: &str) -> Result<bool, HubError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let row = transaction
        .query_opt(
            "UPDATE tokens SET removed = now() WHERE id = $1 AND removed IS NULL RETURNING role, name",
            &[&id],
        )
        .await?;
    let Some(row) = row else {
        return Ok(false);
    };
    let (role, name): (&str, &str) = (row.get(0), row.get(1));
    let what = format!("removed the token {id} with the role {role} of {name}");
    audit::add(&transaction, who, &what).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Says who has a token, if it is in force.
pub(crate) fn holders(database: Database) -> Batcher<String, Option<Holder>> {
    Batcher::start(
        |_, _| true,
        move |tokens| {
            let database = database.clone();
            async move { holders_of(&database, &tokens).await }
        },
    )
}

/// Who has each of these tokens, as far as it is in force.
///
/// # Errors
/// See [`HubError`].
async fn holders_of(
    database: &Database,
    tokens: &[String],
) -> Result<Vec<Option<Holder>>, HubError> {
    let client = database.get().await?;
    let query = client
        .prepare_cached(
            "SELECT id, role, name, machine_id, digest FROM tokens
             WHERE digest = ANY($1) AND removed IS NULL",
        )
        .await?;
    let digests: Vec<_> = tokens.iter().map(|token| digest(token)).collect();
    let rows = client.query(&query, &[&digests]).await?;
    let known: Result<HashMap<&[u8], Holder>, HubError> = rows
        .iter()
        .map(|row| Ok((row.get(4), read_holder(row, Way::Token)?)))
        .collect();
    let known = known?;
    let of = |digest: &Vec<u8>| known.get(&digest[..]).cloned();
    Ok(digests.iter().map(of).collect())
}

/// Whose token this is, if it is in force. They came in this way.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn holder_of(
    client: &impl GenericClient,
    token: i64,
    way: Way,
) -> Result<Option<Holder>, HubError> {
    let query = client
        .prepare_cached(
            "SELECT id, role, name, machine_id FROM tokens WHERE id = $1 AND removed IS NULL",
        )
        .await?;
    let row = client.query_opt(&query, &[&token]).await?;
    row.map(|row| read_holder(&row, way)).transpose()
}

fn read_holder(row: &Row, way: Way) -> Result<Holder, HubError> {
    Ok(Holder {
        way,
        token_id: row.get(0),
        role: row.get::<_, &str>(1).parse().map_err(HubError::Other)?,
        name: row.get(2),
        machine: row.get(3),
    })
}

/// Whether this token is still in force.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn is_in_force(database: &Database, id: i64) -> Result<bool, HubError> {
    let client = database.get().await?;
    let query = client
        .prepare_cached("SELECT removed IS NULL FROM tokens WHERE id = $1")
        .await?;
    let row = client.query_opt(&query, &[&id]).await?;
    Ok(row.is_some_and(|row| row.get(0)))
}
