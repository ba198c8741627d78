//! What the failures of a registry mean: registries say the same thing in several ways.

use oci_client::errors::{DigestError, OciDistributionError, OciErrorCode};

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
            return wrong_digest(address, error);
        }
    }
    if let OciDistributionError::DigestError(error) = error {
        return wrong_digest(address, error);
    }
    if is_missing(error) {
        let tags = Vec::new();
        return NetworkError::NotThere { address, tags };
    }
    let answer = match error {
        OciDistributionError::ServerError { code, message, .. } => {
            format!("HTTP {code}{}", said(message))
        }
        OciDistributionError::RegistryError { envelope, .. } => {
            let all = envelope.errors.iter();
            let all: Vec<_> = all
                .map(|it| format!("{:?} {}", it.code, it.message))
                .collect();
            all.join(", ")
        }
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
fn wrong_digest(address: String, error: &DigestError) -> NetworkError {
    let reason = match error {
        DigestError::VerificationError { expected, actual } => {
            format!("it is {actual}, and should be {expected}")
        }
        other => other.to_string(),
    };
    NetworkError::WrongDigest { address, reason }
}

/// Whether there is no such manifest or name.
pub(crate) fn is_missing(error: &OciDistributionError) -> bool {
    match error {
        OciDistributionError::ServerError { code, .. } => *code == 404,
        OciDistributionError::ImageManifestNotFoundError(_) => true,
        OciDistributionError::RegistryError { envelope, .. } => envelope.errors.iter().any(|it| {
            matches!(
                it.code,
                OciErrorCode::ManifestUnknown
                    | OciErrorCode::NameUnknown
                    | OciErrorCode::NotFound
                    | OciErrorCode::BlobUnknown
            )
        }),
        _ => false,
    }
}

/// The status of HTTP, if the user may not do that.
fn denied(error: &OciDistributionError) -> Option<u16> {
    match error {
        OciDistributionError::UnauthorizedError { .. } => Some(401),
        OciDistributionError::ServerError { code, .. } => {
            matches!(code, 401 | 403).then_some(*code)
        }
        OciDistributionError::RequestError(error) => {
            let status = error.status().map(|it| it.as_u16());
            status.filter(|it| matches!(it, 401 | 403))
        }
        OciDistributionError::RegistryError { envelope, .. } => {
            let mut codes = envelope.errors.iter().map(|it| &it.code);
            codes.find_map(|code| match code {
                OciErrorCode::Unauthorized => Some(401),
                OciErrorCode::Denied => Some(403),
                _ => None,
            })
        }
        _ => None,
    }
}

/// Whether a registry says so of a configuration that it does not know.
pub(crate) fn is_refused_type(code: &OciErrorCode) -> bool {
    matches!(
        code,
        OciErrorCode::ManifestInvalid | OciErrorCode::Unsupported
    )
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
