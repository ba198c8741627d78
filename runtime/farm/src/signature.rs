//! The hub signs each job, so that nobody between it and a worker can make one: not the farm's
//! queue, and not another server in the hub's place.

use super::job::JobDocument;
use pyblish_distribution::{SigningKey, VerifyingKey, sign_statement, verify_statement};

/// What kind of statement a job is.
const KIND: &str = "job";

/// Makes a new key for a hub, as text. Whoever reads it can sign jobs.
///
/// # Errors
/// The system gives no random bytes.
pub fn generate_key() -> Result<String, String> {
    SigningKey::generate_text()
}

/// The public part of a hub's key: what a worker is given.
///
/// # Errors
/// The text is no key.
pub fn public_key(secret: &str) -> Result<String, String> {
    Ok(SigningKey::of_text(secret)?.public().to_string())
}

/// Signs the text of a job with a hub's key.
///
/// # Errors
/// The text of the key is none, or the system gives no random bytes.
pub fn sign(secret: &str, document: &str) -> Result<String, String> {
    sign_statement(&SigningKey::of_text(secret)?, KIND, document)
}

/// Reads a job that the hub with this public key has signed.
///
/// # Errors
/// It is not signed by it, or is no job.
pub fn verified(
    public: &VerifyingKey,
    document: &str,
    signature: &str,
) -> Result<JobDocument, String> {
    verify_statement(public, KIND, document, signature).map_err(|reason| {
        format!(
            "the job is not signed by this studio's hub: its signature {reason}; `pyblish-endpoint hub jobs key` prints the \
             hub's key for --job-key"
        )
    })?;
    serde_json::from_str(document).map_err(|error| {
        format!("the job is not as expected: {error}; it may be of another version")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_job_of_the_hub_is_read() {
        let secret = generate_key().unwrap();
        let public = public_key(&secret).unwrap().parse().unwrap();
        let spec = r#"{"name":"a","adapter":{"name":"folder","sha256":"0"}}"#;
        let document = format!(r#"{{"id":7,"by":"anna","spec":{spec}}}"#);
        let signature = sign(&secret, &document).unwrap();
        assert_eq!(verified(&public, &document, &signature).unwrap().id, 7);
        let forged = document.replace("anna", "otto");
        let refused = verified(&public, &forged, &signature).unwrap_err();
        assert!(
            refused.contains("not signed by this studio's hub"),
            "{refused}"
        );
        let other = generate_key().unwrap();
        let signature = sign(&other, &document).unwrap();
        verified(&public, &document, &signature).unwrap_err();
    }
}
