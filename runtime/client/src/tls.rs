//! TLS for a server on another machine: which certificates are trusted.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file with the studio's certificates cannot be used.
    #[error("the certificates in {} cannot be used: {reason}; name a PEM file", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No certificate is trusted, so no server can be.
    #[error(
        "this system has no certificates of authorities{0}; name a PEM file with the studio's own"
    )]
    Nothing(String),
    /// rustls has no common version.
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] tokio_rustls::rustls::Error),
}

/// A configuration that trusts the certificates in this PEM file, or without one those that the
/// system trusts.
///
/// # Errors
/// The file cannot be used, or the system trusts none.
pub fn trust(file: Option<&Path>) -> Result<Arc<ClientConfig>, TrustError> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(path) => {
            let wrong = |reason: String| TrustError::File {
                path: path.into(),
                reason,
            };
            let text = fs::read(path).map_err(|error| wrong(error.to_string()))?;
            for certificate in CertificateDer::pem_slice_iter(&text) {
                let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
                let added = roots.add(certificate);
                added.map_err(|error| wrong(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(wrong("it contains no certificate".into()));
            }
        }
        None => {
            let (found, why) = of_system();
            // Systems have some that rustls cannot read.
            roots.add_parsable_certificates(found);
            if roots.is_empty() {
                return Err(TrustError::Nothing(why));
            }
        }
    }
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The certificates that the system trusts, and why some are missing.
#[cfg(not(target_os = "macos"))]
fn of_system() -> (Vec<CertificateDer<'static>>, String) {
    let found = rustls_native_certs::load_native_certs();
    let errors = found.errors.iter();
    let why = errors.map(|error| format!(" ({error})")).collect();
    (found.certs, why)
}

/// The same on macOS, which keeps a copy of them in a file.
#[cfg(target_os = "macos")]
fn of_system() -> (Vec<CertificateDer<'static>>, String) {
    const FILE: &str = "/etc/ssl/cert.pem";
    match CertificateDer::pem_file_iter(FILE) {
        Ok(found) => (found.flatten().collect(), String::new()),
        Err(error) => (Vec::new(), format!(" ({FILE}: {error})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_without_certificates_is_refused() {
        let missing = trust(Some(Path::new("/nowhere/ca.pem"))).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/ca.pem"), "{missing}");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let wrong = trust(Some(&file)).unwrap_err().to_string();
        assert!(wrong.contains("it contains no certificate"), "{wrong}");
    }
}
