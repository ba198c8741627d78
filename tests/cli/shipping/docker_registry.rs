//! A real registry: Debian's `docker-registry`, on the loopback. It does not know what refers to a
//! manifest, so signatures are found by the tag that stands in for that.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// What the password of the user `ci` is.
pub(super) const PASSWORD: &str = "secret";

/// A line of an htpasswd file with that password.
const USERS: &str = "ci:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

/// What the program says once it listens.
const LISTENING: &str = "listening on ";

/// A registry that runs until this is dropped.
pub(super) struct DockerRegistry {
    process: Child,
    place: TempDir,
    /// Its host and port.
    pub(super) address: String,
}

impl DockerRegistry {
    /// One that everybody may write to, by plain HTTP.
    pub(super) fn open() -> Self {
        DockerRegistry::start(|_| String::new(), "127.0.0.1")
    }

    /// One that only the user `ci` may use.
    pub(super) fn with_users() -> Self {
        let users = |place: &TempDir| {
            let file = place.path().join("users");
            fs::write(&file, USERS).unwrap();
            format!(
                "auth:\n  htpasswd:\n    realm: studio\n    path: {}\n",
                file.display()
            )
        };
        DockerRegistry::start(users, "127.0.0.1")
    }

    /// One that speaks TLS, with a certificate by an authority of its own.
    pub(super) fn with_tls() -> Self {
        let tls = |place: &TempDir| {
            let write = |name: &str, text: String| {
                let path = place.path().join(name);
                fs::write(&path, text).unwrap();
                path.display().to_string()
            };
            let mut studio = CertificateParams::new(Vec::new()).unwrap();
            studio.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let studio_key = KeyPair::generate().unwrap();
            let certificate = studio.self_signed(&studio_key).unwrap();
            write("ca.pem", certificate.pem());
            let issuer = Issuer::new(studio, studio_key);
            let key = KeyPair::generate().unwrap();
            let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
            let server = server.signed_by(&key, &issuer).unwrap();
            let (server, key) = (
                write("server.pem", server.pem()),
                write("server.key", key.serialize_pem()),
            );
            format!("  tls:\n    certificate: {server}\n    key: {key}\n")
        };
        DockerRegistry::start(tls, "localhost")
    }

    fn start(more: impl Fn(&TempDir) -> String, host: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        let config = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\n  delete:\n    \
             enabled: true\nhttp:\n  addr: 127.0.0.1:0\n{}",
            data.display(),
            more(&place)
        );
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
            place,
            address: format!("{host}:{port}"),
        }
    }

    /// The file with the authority of its certificate.
    pub(super) fn authority(&self) -> PathBuf {
        self.place.path().join("ca.pem")
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
