//! Who the user is at a registry: as they said, or as docker and podman keep it.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use directories::BaseDirs;
use docker_credential::{
    CredentialRetrievalError, DockerCredential, get_credential_from_reader as read_login,
};

use super::{Image, NetworkError};
use pyblish_platform::trusted::{self, Trust};

/// The largest file of logins.
const LARGEST: u64 = 1 << 20;

/// What Docker's own registry is called in files of logins.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// A user of a registry.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// Their password or token.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// The login that this user has for the registry, in the files of podman and docker, or from the
/// helpers that these name. None if there is none.
pub(crate) fn stored(image: &Image) -> Result<Option<Login>, NetworkError> {
    for file in files() {
        let bytes = match trusted::read(&file, Trust::Owned, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) if error.is_missing() => continue,
            Err(error) => return Err(failed(image, error.to_string())),
        };
        for name in names(image) {
            let found = read_login(bytes.as_slice(), &name);
            if let Some(login) = login(found, image, &file)? {
                return Ok(Some(login));
            }
        }
    }
    Ok(None)
}

/// The files of logins, in the order of podman: its own first.
fn files() -> Vec<PathBuf> {
    if let Some(file) = env::var_os("REGISTRY_AUTH_FILE") {
        return vec![file.into()];
    }
    let base = BaseDirs::new();
    let base = base.as_ref();
    let podman = |folder: &Path| folder.join("containers").join("auth.json");
    let docker = match env::var_os("DOCKER_CONFIG") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => base.map(|base| base.home_dir().join(".docker")),
    };
    let files = [
        base.and_then(BaseDirs::runtime_dir).map(podman),
        base.map(BaseDirs::config_dir).map(podman),
        docker.map(|folder| folder.join("config.json")),
    ];
    files.into_iter().flatten().collect()
}

/// What an entry for this image may be called, the most exact one first. Podman has entries for a
/// part of a registry.
fn names(image: &Image) -> Vec<String> {
    let mut name = format!("{}/{}", image.registry(), image.repository());
    let mut names = vec![name.clone()];
    while let Some((rest, _)) = name.rsplit_once('/') {
        name.truncate(rest.len());
        names.push(name.clone());
    }
    if image.registry() == "docker.io" {
        names.push(DOCKER_HUB.into());
    }
    names
}

fn login(
    found: Result<DockerCredential, CredentialRetrievalError>,
    image: &Image,
    file: &Path,
) -> Result<Option<Login>, NetworkError> {
    let failed = |reason: &str| Err(failed(image, format!("{}: {reason}", file.display())));
    match found {
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(Login { user, password }))
        }
        Ok(DockerCredential::IdentityToken(_)) => {
            failed("it is an identity token, which this program cannot use")
        }
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        // What helpers say for a registry that they do not know. The protocol has no code for it.
        Err(CredentialRetrievalError::HelperFailure { stdout, stderr, .. })
            if stdout.contains("credentials not found")
                || stderr.contains("credentials not found") =>
        {
            Ok(None)
        }
        Err(CredentialRetrievalError::HelperFailure { helper, stderr, .. }) => {
            let said = stderr.lines().next().unwrap_or("nothing");
            failed(&format!("its helper {helper} fails and says {said:?}"))
        }
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(image: &Image, reason: String) -> NetworkError {
    NetworkError::Login {
        registry: image.registry().into(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_exact_entry_counts_first() {
        let image: Image = "registry.lan:5000/pipeline/maya:1".parse().unwrap();
        assert_eq!(
            names(&image),
            [
                "registry.lan:5000/pipeline/maya",
                "registry.lan:5000/pipeline",
                "registry.lan:5000"
            ]
        );
        let hub: Image = "docker.io/studio/maya:1".parse().unwrap();
        assert_eq!(names(&hub).last().unwrap(), DOCKER_HUB);
    }

    #[test]
    fn password_is_not_shown() {
        let login = Login {
            user: "ci".into(),
            password: "secret".into(),
        };
        let shown = format!("{login:?}");
        assert!(shown.contains("ci") && !shown.contains("secret"), "{shown}");
    }
}
