//! What the failures of a registry mean: registries say the same thing in several ways.

use oci_client::errors::{DigestError, OciDistributionError, OciEnvelope};

use super::network::root_cause;
use super::{Image, Network, NetworkError};

/// What a failure of the registry of this image means.
pub(crate) fn registry_error(
    network: &Network,
    image: &Image,
    error: &OciDistributionError,
) -> NetworkError {
    let address = image.to_string();
    if let Some(status) = denied(error) {
        return NetworkError::Denied { address, status };
    }
    if let OciDistributionError::RequestError(error) = error {
        return network.failed(&address, error);
    }
    // A piece of a blob.
    if let OciDistributionError::IoError(error) = error {
        let cause = error.get_ref();
        if let Some(error) = cause.and_then(|it| it.downcast_ref::<reqwest::Error>()) {
            return network.failed(&address, error);
        }
        if let Some(error) = cause.and_then(|it| it.downcast_ref::<DigestError>()) {
            return other_digest(address, error);
        }
    }
    if let OciDistributionError::DigestError(error) = error {
        return other_digest(address, error);
    }
    if is_missing(error) {
        let tags = Vec::new();
        return NetworkError::NotThere { address, tags };
    }
    let answer = match error {
        OciDistributionError::ServerError { code, message, .. } => match errors(error).as_slice() {
            [] => format!("HTTP {code}{}", said(message)),
            all => words(all),
        },
        OciDistributionError::RegistryError { .. } => words(&errors(error)),
        OciDistributionError::AuthenticationFailure(reason) => {
            format!("no token{}", said(reason))
        }
        OciDistributionError::ManifestParsingError(reason)
        | OciDistributionError::VersionedParsingError(reason)
        | OciDistributionError::UnsupportedMediaTypeError(reason) => {
            let reason = format!("it has no manifest that can be read ({reason})");
            return NetworkError::NoAdapter { address, reason };
        }
        other => root_cause(other),
    };
    NetworkError::Failed { address, answer }
}

/// What a registry says in the form of OCI: a code, such as `DENIED`, and words. The client only
/// reads that where it has asked for something, and not where it has sent something.
fn errors(error: &OciDistributionError) -> Vec<(String, String)> {
    let own;
    let envelope = match error {
        OciDistributionError::RegistryError { envelope, .. } => envelope,
        OciDistributionError::ServerError { message, .. } => {
            match serde_json::from_str::<OciEnvelope>(message) {
                Ok(parsed) => {
                    own = parsed;
                    &own
                }
                Err(_) => return Vec::new(),
            }
        }
        _ => return Vec::new(),
    };
    let all = envelope.errors.iter();
    let all = all.filter_map(|it| {
        let code = serde_json::to_value(&it.code).ok()?;
        Some((code.as_str()?.to_owned(), it.message.clone()))
    });
    all.collect()
}

fn words(errors: &[(String, String)]) -> String {
    let all = errors.iter();
    let all: Vec<_> = all
        .map(|(code, text)| format!("{code}{}", said(text)))
        .collect();
    all.join(", ")
}

fn other_digest(address: String, error: &DigestError) -> NetworkError {
    match error {
        DigestError::VerificationError { expected, actual } => {
            wrong_digest(address, expected, actual)
        }
        other => NetworkError::WrongDigest {
            address,
            reason: other.to_string(),
        },
    }
}

/// What was fetched has another digest than it should.
pub(crate) fn wrong_digest(address: String, expected: &str, found: &str) -> NetworkError {
    let reason = format!("it is {found}, and should be {expected}");
    NetworkError::WrongDigest { address, reason }
}

/// Whether there is no such manifest or name.
pub(crate) fn is_missing(error: &OciDistributionError) -> bool {
    const MISSING: [&str; 4] = [
        "MANIFEST_UNKNOWN",
        "NAME_UNKNOWN",
        "NOT_FOUND",
        "BLOB_UNKNOWN",
    ];
    let said = errors(error);
    let is_said = said
        .iter()
        .any(|(code, _)| MISSING.contains(&code.as_str()));
    match error {
        OciDistributionError::ServerError { code, .. } => is_said || *code == 404,
        OciDistributionError::ImageManifestNotFoundError(_) => true,
        _ => is_said,
    }
}

/// Whether a registry refuses what a manifest has in it, such as a configuration that it does not
/// know.
pub(crate) fn is_refused_manifest(error: &OciDistributionError) -> bool {
    const REFUSED: [&str; 2] = ["MANIFEST_INVALID", "UNSUPPORTED"];
    let said = errors(error);
    said.iter()
        .any(|(code, _)| REFUSED.contains(&code.as_str()))
}

/// The status of HTTP, if the user may not do that.
fn denied(error: &OciDistributionError) -> Option<u16> {
    let status = match error {
        OciDistributionError::UnauthorizedError { .. } => Some(401),
        OciDistributionError::ServerError { code, .. } => Some(*code),
        OciDistributionError::RequestError(error) => error.status().map(|it| it.as_u16()),
        _ => None,
    };
    let said = errors(error);
    let of_code = said.iter().find_map(|(code, _)| match code.as_str() {
        "UNAUTHORIZED" => Some(401),
        "DENIED" => Some(403),
        _ => None,
    });
    status.filter(|it| matches!(it, 401 | 403)).or(of_code)
}

/// The first line of what a server says, in brackets.
fn said(message: &str) -> String {
    /// The most characters of it.
    const MOST: usize = 200;
    match message.lines().next() {
        Some(line) if !line.is_empty() => {
            format!(" ({})", line.chars().take(MOST).collect::<String>())
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a registry answers to a push.
    fn answer(code: u16, message: &str) -> OciDistributionError {
        OciDistributionError::ServerError {
            code,
            url: "https://registry.lan/v2/maya/manifests/1".into(),
            message: message.into(),
        }
    }

    #[test]
    fn answer_is_understood_by_its_code_or_its_status() {
        let network = Network::default();
        let image: Image = "registry.lan/maya:1".parse().unwrap();
        let words =
            |error: &OciDistributionError| registry_error(&network, &image, error).to_string();
        let of =
            |code: &str| format!("{{\"errors\": [{{\"code\": {code:?}, \"message\": \"no\"}}]}}");
        let refused = answer(400, &of("MANIFEST_INVALID"));
        assert!(is_refused_manifest(&refused));
        assert!(words(&refused).contains("MANIFEST_INVALID (no)"));
        assert!(is_missing(&answer(400, &of("NAME_UNKNOWN"))));
        assert!(is_missing(&answer(404, "")) && !is_missing(&answer(500, "")));
        for denied in [answer(403, ""), answer(400, &of("DENIED"))] {
            assert!(words(&denied).contains("HTTP 403"), "{}", words(&denied));
        }
        let moving = words(&answer(503, "we are moving\nsecond line"));
        assert!(moving.contains("HTTP 503 (we are moving);"), "{moving}");
    }
}
