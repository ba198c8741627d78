//! How registries and web servers are reached: by TLS, with the certificate authorities of the
//! system and of the user, or by plain HTTP on this machine alone.
//!
//! - A server that is silent too long is given up, and so is a fetch that takes far longer than any
//!   adapter should.
//! - Credentials only go to the registry that they are for, and to where it gives out tokens. A
//!   redirect to another host is followed without them.
//! - Nothing leaves this machine in plain text, also not by a redirect.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use reqwest::Url;
use reqwest::redirect::{Attempt, Policy};
use tokio_rustls::rustls::crypto::ring;

use super::web::is_private;
use super::{Image, Login, NetworkError};
use pyblish_platform::trusted::{self, Trust};

/// How long a server may be silent.
pub const SILENCE: Duration = Duration::from_secs(30);

/// How many times as long as that all of a fetch may take.
const PATIENCE: u32 = 60;

/// The largest file of certificate authorities.
const LARGEST: u64 = 1 << 20;

/// The most redirects of one request.
const REDIRECTS: usize = 5;

/// A proxy that is not there: nobody can listen on this port.
const NOWHERE: &str = "http://127.0.0.1:0";

/// What is reached without a proxy, in any case.
const LOOPBACK: &str = "localhost,127.0.0.0/8,::1";

/// What servers see.
const AGENT: &str = concat!("pyblish-endpoint/", env!("CARGO_PKG_VERSION"));

/// How registries and web servers are reached.
#[derive(Debug, Clone)]
pub struct Network {
    /// A file with certificate authorities in PEM, which count beside those of the system.
    pub authorities: Option<PathBuf>,
    /// The user at registries, in place of the one that docker or podman keeps.
    pub login: Option<Login>,
    /// Ask registries by plain HTTP. They must be on this machine.
    pub plain_http: bool,
    /// How long a server may be silent.
    pub silence: Duration,
}

impl Default for Network {
    fn default() -> Self {
        Network {
            authorities: None,
            login: None,
            plain_http: false,
            silence: SILENCE,
        }
    }
}

impl Network {
    /// Does this work, which asks a server, within a time that is enough for any adapter.
    pub(crate) async fn in_time<T>(
        &self,
        address: &str,
        work: impl Future<Output = Result<T, NetworkError>>,
    ) -> Result<T, NetworkError> {
        let time = self.silence * PATIENCE;
        match tokio::time::timeout(time, work).await {
            Ok(done) => done,
            Err(_) => Err(NetworkError::Slow {
                address: address.into(),
                seconds: time.as_secs(),
            }),
        }
    }

    /// The address of something in the registry of this image: beneath the image's name, or for
    /// nothing the registry's own.
    pub(crate) fn registry_url(&self, image: &Image, path: &str) -> Result<Url, NetworkError> {
        if self.plain_http && !image.is_here() {
            return Err(NetworkError::PlainText {
                address: image.to_string(),
            });
        }
        let scheme = if self.plain_http { "http" } else { "https" };
        let (registry, name) = (image.as_oci().resolve_registry(), image.repository());
        let text = match path.is_empty() {
            true => format!("{scheme}://{registry}/v2/"),
            false => format!("{scheme}://{registry}/v2/{name}/{path}"),
        };
        Url::parse(&text).map_err(|error| self.unusable(image, &error))
    }

    /// Whether this address, which a registry names, may be told who asks.
    pub(crate) fn may_ask(&self, url: &Url) -> bool {
        url.scheme() == "https" || self.plain_http && is_private(url)
    }

    /// A client that pushes into the registry of this image.
    pub(crate) fn registry(&self, image: &Image) -> Result<oci_client::Client, NetworkError> {
        install_ring();
        let authorities = self.authorities()?.map(|data| Certificate {
            encoding: CertificateEncoding::Pem,
            data,
        });
        let proxy = variable("HTTPS_PROXY").or_else(|| variable("ALL_PROXY"));
        let mut direct = LOOPBACK.to_owned();
        if let (Some(_), Some(more)) = (&proxy, variable("NO_PROXY")) {
            direct = format!("{direct},{more}");
        }
        let plain = vec![image.registry().to_owned()];
        let config = ClientConfig {
            protocol: match self.plain_http {
                true => ClientProtocol::HttpsExcept(plain),
                false => ClientProtocol::Https,
            },
            extra_root_certificates: authorities.into_iter().collect(),
            connect_timeout: Some(self.silence),
            read_timeout: Some(self.silence),
            user_agent: AGENT,
            https_proxy: proxy,
            // The client follows redirects on its own, and asks for tokens where the registry says.
            // Plain HTTP to another machine ends here.
            http_proxy: Some(NOWHERE.into()),
            no_proxy: Some(direct),
            ..ClientConfig::default()
        };
        oci_client::Client::try_from(config).map_err(|error| self.unusable(image, &error))
    }

    /// A client for web servers.
    pub(crate) fn web(&self, address: &str) -> Result<reqwest::Client, NetworkError> {
        install_ring();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(self.silence)
            .read_timeout(self.silence)
            .redirect(Policy::custom(follow))
            .user_agent(AGENT);
        // What is on this machine is not asked through a proxy of the environment.
        if address.starts_with("http:") {
            builder = builder.no_proxy();
        }
        if let Some(pem) = self.authorities()? {
            let all = reqwest::Certificate::from_pem_bundle(&pem);
            let all = all.map_err(|error| self.unusable(address, &error))?;
            builder = builder.tls_certs_merge(all);
        }
        builder
            .build()
            .map_err(|error| self.unusable(address, &error))
    }

    /// What is in the file of certificate authorities.
    fn authorities(&self) -> Result<Option<Vec<u8>>, NetworkError> {
        let Some(path) = &self.authorities else {
            return Ok(None);
        };
        let failed = |reason: String| NetworkError::Authorities {
            path: path.clone(),
            reason,
        };
        let pem = trusted::read(path, Trust::Any, LARGEST);
        let pem = pem.map_err(|error| failed(error.reason.to_string()))?;
        match reqwest::Certificate::from_pem_bundle(&pem) {
            Ok(all) if !all.is_empty() => Ok(Some(pem)),
            Ok(_) => Err(failed("there is no certificate in it".into())),
            Err(error) => Err(failed(root_cause(&error))),
        }
    }

    fn unusable(&self, address: impl ToString, error: &(dyn Error + 'static)) -> NetworkError {
        NetworkError::Unreachable {
            address: address.to_string(),
            reason: root_cause(error),
        }
    }

    /// What a failure of a request means.
    pub(crate) fn failed(&self, address: &str, error: &reqwest::Error) -> NetworkError {
        let address = address.to_owned();
        let reason = root_cause(error);
        if let Some(PlainTarget(to)) = find(error) {
            let to = to.clone();
            return NetworkError::PlainRedirect { address, to };
        }
        if error.is_timeout() {
            let seconds = self.silence.as_secs();
            return NetworkError::Slow { address, seconds };
        }
        match (error.status(), error.is_connect()) {
            (Some(status), _) => {
                let answer = format!("HTTP {status}");
                NetworkError::Failed { address, answer }
            }
            (None, _) if error.is_redirect() => NetworkError::Failed {
                address,
                answer: reason,
            },
            (None, true) => NetworkError::Unreachable { address, reason },
            (None, false) => NetworkError::BrokeOff { address, reason },
        }
    }
}

/// Where a web server may lead: to TLS; on this machine also to plain HTTP on this machine.
fn follow(attempt: Attempt) -> reqwest::redirect::Action {
    if attempt.previous().len() > REDIRECTS {
        return attempt.error("redirects without an end");
    }
    let begun = attempt.previous().first().map(Url::scheme);
    let is_begun_here = begun == Some("http");
    let url = attempt.url();
    match url.scheme() == "https" || is_begun_here && is_private(url) {
        true => attempt.follow(),
        false => {
            let to = url.to_string();
            attempt.error(PlainTarget(to))
        }
    }
}

/// A redirect to plain HTTP that was not followed.
#[derive(Debug, thiserror::Error)]
#[error("it leads to {0}")]
struct PlainTarget(String);

/// The first cause of this kind.
fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// The first cause of an error: what the system or TLS says.
pub(crate) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Makes ring the provider of TLS, which reqwest asks for.
fn install_ring() {
    // It fails where it is one already.
    let _ = ring::default_provider().install_default();
}

/// A variable of proxies, in either spelling.
fn variable(name: &str) -> Option<String> {
    let value = env::var(name).or_else(|_| env::var(name.to_ascii_lowercase()));
    value.ok().filter(|value| !value.is_empty())
}
