//! Signatures of cosign. They lie in the registry beside the adapter, in forms that change with
//! cosign. So its own program checks them, where it is installed.
//!
//! - The manifest is named by its digest, so what was checked is what was fetched.
//! - No transparency log is asked: a studio's keys are in none, and many machines have no internet.
//! - The program gets the same login, authorities and address as this one uses.
//!
//! Source: `cosign verify --help` of cosign 2 and 3.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use super::registry_user::registry_user;
use super::{CosignKey, Image, Network, NetworkError};
use pyblish_platform::process::{Group, find_program};
use pyblish_platform::temporary::TemporaryFolder;

/// The name of the program.
const NAME: &str = "cosign";

/// How many times as long as a server may be silent it may take: it asks several times.
const PATIENCE: u32 = 6;

/// The most bytes of what it says.
const MOST_WORDS: u64 = 16 << 10;

/// The program cosign.
#[derive(Debug, Clone)]
pub(crate) struct Cosign {
    program: PathBuf,
}

impl Cosign {
    /// The one on `PATH`, if there is one.
    pub(crate) fn installed() -> Option<Self> {
        let program = find_program(NAME)?;
        Some(Cosign { program })
    }

    /// Whether this key has signed what the image names by its digest. If not, the reason in words.
    ///
    /// # Errors
    /// The login of the user cannot be used.
    pub(crate) async fn verify(
        &self,
        network: &Network,
        key: &CosignKey,
        image: &Image,
    ) -> Result<Result<(), String>, NetworkError> {
        let check = Check {
            cosign: self.clone(),
            network: Network {
                login: registry_user(network, image)?,
                ..network.clone()
            },
            key: key.clone(),
            image: image.clone(),
        };
        let checked = tokio::task::spawn_blocking(move || check.run()).await;
        Ok(match checked {
            Ok(Ok(said)) => said,
            Ok(Err(error)) => Err(format!("it cannot be run: {error}")),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// One call of the program.
struct Check {
    cosign: Cosign,
    network: Network,
    key: CosignKey,
    image: Image,
}

impl Check {
    fn run(&self) -> io::Result<Result<(), String>> {
        let place = TemporaryFolder::create()?;
        let words = place.path().join("words");
        let time = self.network.silence * PATIENCE;
        let mut command = Command::new(&self.cosign.program);
        command
            .arg("verify")
            .arg("--key")
            .arg(self.key.path())
            .arg("--insecure-ignore-tlog=true")
            .args(["--timeout", &format!("{}s", time.as_secs())]);
        if let Some(authorities) = &self.network.authorities {
            command.arg("--registry-cacert").arg(authorities);
        }
        if self.network.plain_http {
            command.arg("--allow-http-registry=true");
        }
        if let Some(login) = &self.network.login {
            // Others can read the arguments of a process.
            let registry = self.image.as_oci().resolve_registry();
            let user = json!({"username": login.user, "password": login.password});
            let config = json!({"auths": {registry: user}});
            fs::write(place.path().join("config.json"), config.to_string())?;
            command.env("DOCKER_CONFIG", place.path());
        }
        command
            .arg(self.name())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&words)?);
        let mut cosign = Group::start(&mut command)?;
        // It has a second more than it says to itself, to say why.
        let ended = cosign.wait_for(time + std::time::Duration::from_secs(1))?;
        Ok(match ended {
            Some(status) if status.success() => Ok(()),
            Some(status) => {
                let mut said = Vec::new();
                File::open(&words)?
                    .take(MOST_WORDS)
                    .read_to_end(&mut said)?;
                Err(reason(&String::from_utf8_lossy(&said)).unwrap_or_else(|| status.to_string()))
            }
            None => Err(format!("it did not end within {} s", time.as_secs())),
        })
    }

    /// What is signed, as the program takes it.
    fn name(&self) -> String {
        let (registry, name) = (
            self.image.as_oci().resolve_registry(),
            self.image.repository(),
        );
        format!(
            "{registry}/{name}@{}",
            self.image.digest().unwrap_or_default()
        )
    }
}

/// Why it failed, of all that it said: its last line but those of the framework around it.
fn reason(said: &str) -> Option<String> {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines.clone().rfind(|line| line.starts_with("Error: "));
    let line = error.or_else(|| lines.next_back())?;
    Some(line.trim_start_matches("Error: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_is_the_line_with_the_error() {
        let said = "WARNING: skipping\nError: no matching signatures: invalid\nmain.go:74: error\n";
        let found = reason(said);
        assert_eq!(found.as_deref(), Some("no matching signatures: invalid"));
        assert_eq!(reason("it broke\n\n").as_deref(), Some("it broke"));
        assert_eq!(reason(" \n"), None);
    }
}
