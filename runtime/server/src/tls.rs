//! TLS for a server that other machines can reach, with a certificate and a key from the user's PEM
//! files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use pyblish_platform::trusted::{self, Trust};

/// The largest size of a PEM file, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate file is invalid, or does not match the key.
    #[error("the certificate {} cannot be used: {reason}; give a PEM file with --tls-cert", .path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The key file is invalid, or does not match the certificate.
    #[error("the key {} cannot be used: {reason}; give a PEM file with --tls-key", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// The certificate and key of the server. Cheap to clone.
#[derive(Clone)]
pub struct Tls(pub(crate) TlsAcceptor);

impl Tls {
    /// Reads a chain of certificates, the server's own first, and the private key.
    ///
    /// # Errors
    /// A file cannot be read or is not a PEM file of its kind, or the key does not match the
    /// certificate.
    pub fn read(certificates: &Path, key: &Path) -> Result<Tls, TlsError> {
        let certificate_error = |reason: String| TlsError::Certificate {
            path: certificates.into(),
            reason,
        };
        let key_error = |reason: String| TlsError::Key {
            path: key.into(),
            reason,
        };
        let text = read(certificates).map_err(certificate_error)?;
        let chain = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| certificate_error(error.to_string()))?;
        if chain.is_empty() {
            return Err(certificate_error("it contains no certificate".into()));
        }
        let text = read(key).map_err(key_error)?;
        let private =
            PrivateKeyDer::from_pem_slice(&text).map_err(|error| key_error(error.to_string()))?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| certificate_error(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| key_error(error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls(TlsAcceptor::from(Arc::new(config))))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let read = trusted::read(path, Trust::Any, MAX_FILE);
    read.map_err(|error| error.reason.to_string())
}
