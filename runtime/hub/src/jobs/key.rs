//! The key that jobs are signed with. It is made when it is first needed, and all hubs of one
//! database share it.

use deadpool_postgres::GenericClient;

use crate::error::HubError;
use pyblish_farm::signature;

/// The secret key, as text.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn secret(client: &impl GenericClient) -> Result<String, HubError> {
    let select = "SELECT secret FROM job_key";
    if let Some(row) = client.query_opt(select, &[]).await? {
        return Ok(row.get(0));
    }
    let made = signature::generate_key().map_err(HubError::Random)?;
    // Another hub may have been faster.
    client
        .execute(
            "INSERT INTO job_key (secret) VALUES ($1) ON CONFLICT DO NOTHING",
            &[&made],
        )
        .await?;
    Ok(client.query_one(select, &[]).await?.get(0))
}

/// The public key, which workers are given.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn public_key(client: &impl GenericClient) -> Result<String, HubError> {
    let secret = secret(client).await?;
    signature::public_key(&secret).map_err(|reason| unreadable(&reason))
}

/// Signs the text of a job.
///
/// # Errors
/// See [`HubError`].
pub(crate) async fn sign(client: &impl GenericClient, text: &str) -> Result<String, HubError> {
    let secret = secret(client).await?;
    signature::sign(&secret, text).map_err(|reason| unreadable(&reason))
}

fn unreadable(reason: &str) -> HubError {
    HubError::Other(format!(
        "the key of jobs cannot be used ({reason}): delete the row of the table job_key, and give workers the new key"
    ))
}
