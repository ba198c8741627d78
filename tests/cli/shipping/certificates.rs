//! A studio's certificate authority, and a server's certificate by it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The files of a certificate for `localhost`, by an authority of its own.
pub(super) struct Certificates {
    place: TempDir,
}

impl Certificates {
    pub(super) fn make() -> Self {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| fs::write(place.path().join(name), text).unwrap();
        let mut studio = CertificateParams::new(Vec::new()).unwrap();
        studio.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let studio_key = KeyPair::generate().unwrap();
        write("ca.pem", studio.self_signed(&studio_key).unwrap().pem());
        let issuer = Issuer::new(studio, studio_key);
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
        write("server.pem", server.signed_by(&key, &issuer).unwrap().pem());
        write("server.key", key.serialize_pem());
        Certificates { place }
    }

    /// The authority.
    pub(super) fn authority(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// The server's certificate.
    pub(super) fn server(&self) -> PathBuf {
        self.path("server.pem")
    }

    /// The server's key.
    pub(super) fn key(&self) -> PathBuf {
        self.path("server.key")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// How a server speaks TLS with it.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        let chain = read_certificates(&self.server());
        let key = PrivateKeyDer::from_pem_file(self.key()).unwrap();
        let config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key);
        Arc::new(config.unwrap())
    }
}

fn read_certificates(path: &Path) -> Vec<CertificateDer<'static>> {
    let all = CertificateDer::pem_file_iter(path).unwrap();
    all.map(Result::unwrap).collect()
}
