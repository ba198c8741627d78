//! TLS, for who listens beyond the loopback: from a certificate and a key that the user gives.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::listener::BindError;

#[derive(Clone)]
pub struct Tls(pub TlsAcceptor);

impl Tls {
    /// From a chain of certificates, the server's own first, and the key that belongs to it.
    pub fn read(certificates: &Path, key: &Path) -> Result<Tls, BindError> {
        let no_certificate = |reason: String| BindError::NoCertificate {
            path: certificates.into(),
            reason,
        };
        let no_key = |reason: String| BindError::NoKey {
            path: key.into(),
            reason,
        };
        let chain = CertificateDer::pem_file_iter(certificates)
            .and_then(|found| found.collect::<Result<Vec<_>, _>>())
            .map_err(|error| no_certificate(error.to_string()))?;
        if chain.is_empty() {
            return Err(no_certificate("it has no certificate".into()));
        }
        let private =
            PrivateKeyDer::from_pem_file(key).map_err(|error| no_key(error.to_string()))?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| no_certificate(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| no_key(error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls(TlsAcceptor::from(Arc::new(config))))
    }
}
