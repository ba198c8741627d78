//! A real registry: Debian's `docker-registry`, on the loopback. It does not know what refers to a
//! manifest, so signatures are found by the tag that stands in for that.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use tempfile::TempDir;

use super::certificates::Certificates;

/// What the password of the user `ci` is.
pub(super) const PASSWORD: &str = "secret";

/// A line of an htpasswd file with that password.
const USERS: &str = "ci:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

/// What the program says once it listens.
const LISTENING: &str = "listening on ";

/// A registry that runs until this is dropped.
pub(super) struct DockerRegistry {
    process: Child,
    /// Its data.
    _place: TempDir,
    certificates: Option<Certificates>,
    /// Its host and port.
    pub(super) address: String,
}

/// What a registry is like.
#[derive(Default)]
struct Options {
    has_users: bool,
    certificates: Option<Certificates>,
    /// Lines of its configuration.
    more: String,
}

impl DockerRegistry {
    /// One that everybody may write to, by plain HTTP.
    pub(super) fn open() -> Self {
        DockerRegistry::start(Options::default())
    }

    /// One that only the user `ci` may use.
    pub(super) fn with_users() -> Self {
        DockerRegistry::start(Options {
            has_users: true,
            ..Options::default()
        })
    }

    /// One that speaks TLS, with a certificate by an authority of its own.
    pub(super) fn with_tls() -> Self {
        DockerRegistry::start(Options {
            certificates: Some(Certificates::make()),
            ..Options::default()
        })
    }

    /// One with both.
    pub(super) fn with_tls_and_users() -> Self {
        DockerRegistry::start(Options {
            has_users: true,
            certificates: Some(Certificates::make()),
            ..Options::default()
        })
    }

    /// One that wants tokens of the server with this address, which signs them with this certificate.
    pub(super) fn with_tokens(realm: &str, certificate: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("tokens.pem");
        fs::write(&file, certificate).unwrap();
        let more = format!(
            "auth:\n  token:\n    realm: {realm}\n    service: registry\n    issuer: studio\n    \
             rootcertbundle: {}\n",
            file.display()
        );
        // It reads the file while it starts.
        DockerRegistry::start(Options {
            more,
            ..Options::default()
        })
    }

    fn start(options: Options) -> Self {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        let mut config = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    \
             enabled: true\nhttp:\n  addr: 127.0.0.1:0\n",
            data.display(),
        );
        let mut host = "127.0.0.1";
        if let Some(certificates) = &options.certificates {
            host = "localhost";
            let (server, key) = (certificates.server(), certificates.key());
            let (server, key) = (server.display(), key.display());
            config += &format!("  tls:\n    certificate: {server}\n    key: {key}\n");
        }
        if options.has_users {
            let users = place.path().join("users");
            fs::write(&users, USERS).unwrap();
            let users = users.display();
            config += &format!("auth:\n  htpasswd:\n    realm: studio\n    path: {users}\n");
        }
        config += &options.more;
        let file = place.path().join("config.yml");
        fs::write(&file, config).unwrap();
        let mut process = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("docker-registry starts; install it with apt-get install docker-registry");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let port = lines.by_ref().map(Result::unwrap).find_map(|line| {
            let (_, rest) = line.split_once(LISTENING)?;
            let address = rest.split(['"', ',']).next()?;
            address.rsplit_once(':').map(|(_, port)| port.to_owned())
        });
        let port = port.expect("it says where it listens");
        // Otherwise it would wait once the pipe is full.
        thread::spawn(move || lines.for_each(drop));
        DockerRegistry {
            process,
            _place: place,
            certificates: options.certificates,
            address: format!("{host}:{port}"),
        }
    }

    /// The file with the authority of its certificate.
    pub(super) fn authority(&self) -> PathBuf {
        self.certificates.as_ref().unwrap().authority()
    }

    /// An adapter in it.
    pub(super) fn image(&self, tag: &str) -> String {
        format!("{}/pipeline/tool:{tag}", self.address)
    }

    /// Ends it, as if the network were gone.
    pub(super) fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
