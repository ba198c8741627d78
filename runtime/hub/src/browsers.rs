//! Browsers of people, each known by a cookie.
//!
//! A browser never gets a token. It sends a one-use code, which somebody with a token made for it,
//! and gets a cookie of its own. Codes and cookies are in the database, as digests only, so that all
//! hubs of a studio know them. A browser ends with its token, when its person leaves, or after
//! [`LIFETIME`] days.

use std::time::Duration;

use pyblish_server::Secret;

use super::audit;
use super::database::Database;
use super::error::HubError;
use super::tokens::{Holder, Way, digest, holder_of};

/// How long a code is valid, where nothing else is asked for: time to read it and to open it.
pub const CODE_LIFETIME: Duration = Duration::from_mins(5);

/// After how many days a browser needs a new code.
const LIFETIME: f64 = 30.0;

/// How many unused codes, and how many browsers, there are of one token at most; the oldest end.
const MOST_CODES: i64 = 16;
const MOST_BROWSERS: i64 = 16;

/// Makes a code that lets one browser in as the person of this token. `who` makes it.
///
/// # Errors
/// See [`HubError`]; [`HubError::NoToken`] if no person has such a token.
pub async fn new_code(
    database: &Database,
    token: i64,
    lifetime: Duration,
    who: &str,
) -> Result<Secret, HubError> {
    let code = Secret::new().map_err(|error| HubError::Random(error.to_string()))?;
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let row = transaction
        .query_opt(
            "SELECT name FROM tokens WHERE id = $1 AND removed IS NULL AND machine_id IS NULL FOR UPDATE",
            &[&token],
        )
        .await?;
    let name: String = row.ok_or(HubError::NoToken(token))?.get(0);
    transaction
        .execute(
            "DELETE FROM codes WHERE expires <= now() OR digest IN
                 (SELECT digest FROM codes WHERE token_id = $1 ORDER BY made DESC OFFSET $2)",
            &[&token, &(MOST_CODES - 1)],
        )
        .await?;
    transaction
        .execute(
            "INSERT INTO codes (digest, token_id, expires)
             VALUES ($1, $2, now() + $3 * interval '1 second')",
            &[&digest(code.reveal()), &token, &lifetime.as_secs_f64()],
        )
        .await?;
    let what = format!("made a code of the token {token} for a browser of {name}");
    audit::add(&transaction, who, &what).await?;
    transaction.commit().await?;
    Ok(code)
}

/// Uses up a code. Returns the value of a new cookie, and who is let in; none if the code is not
/// valid.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn redeem(
    database: &Database,
    code: &str,
) -> Result<Option<(Secret, Holder)>, HubError> {
    let cookie = Secret::new().map_err(|error| HubError::Random(error.to_string()))?;
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    let row = transaction
        .query_opt(
            "DELETE FROM codes USING tokens WHERE codes.digest = $1 AND expires > now()
                 AND tokens.id = codes.token_id AND tokens.removed IS NULL
             RETURNING codes.token_id",
            &[&digest(code)],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let token: i64 = row.get(0);
    transaction
        .execute(
            "UPDATE browsers SET ended = now() WHERE id IN
                 (SELECT id FROM browsers WHERE token_id = $1 AND ended IS NULL
                  ORDER BY id DESC OFFSET $2)",
            &[&token, &(MOST_BROWSERS - 1)],
        )
        .await?;
    let row = transaction
        .query_one(
            "INSERT INTO browsers (digest, token_id, expires)
             VALUES ($1, $2, now() + $3 * interval '1 day') RETURNING id",
            &[&digest(cookie.reveal()), &token, &LIFETIME],
        )
        .await?;
    let browser: i64 = row.get(0);
    let holder = holder_of(&transaction, token, Way::Browser(browser)).await?;
    let Some(holder) = holder else {
        return Ok(None);
    };
    let what = format!("entered with a browser ({browser}), by a code of the token {token}");
    audit::add(&transaction, &holder.name, &what).await?;
    transaction.commit().await?;
    Ok(Some((cookie, holder)))
}

/// Who has this cookie, if the browser may still enter.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn holder(database: &Database, cookie: &str) -> Result<Option<Holder>, HubError> {
    let client = database.get().await?;
    let query = client
        .prepare_cached(
            "SELECT id, token_id FROM browsers WHERE digest = $1 AND ended IS NULL AND expires > now()",
        )
        .await?;
    let Some(row) = client.query_opt(&query, &[&digest(cookie)]).await? else {
        return Ok(None);
    };
    holder_of(&client, row.get(1), Way::Browser(row.get(0))).await
}

/// Ends a browser, because its person leaves.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn leave(
    database: &Database,
    browser: i64,
    holder: &Holder,
) -> Result<(), HubError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    transaction
        .execute(
            "UPDATE browsers SET ended = now() WHERE id = $1 AND ended IS NULL",
            &[&browser],
        )
        .await?;
    let what = format!("left with a browser ({browser})");
    audit::add(&transaction, &holder.name, &what).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whether this browser may still enter.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn is_known(database: &Database, browser: i64) -> Result<bool, HubError> {
    let client = database.get().await?;
    let query = client
        .prepare_cached("SELECT ended IS NULL AND expires > now() FROM browsers WHERE id = $1")
        .await?;
    let row = client.query_opt(&query, &[&browser]).await?;
    Ok(row.is_some_and(|row| row.get(0)))
}
