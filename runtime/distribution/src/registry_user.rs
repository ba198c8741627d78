//! Who the user is at a registry.

use super::login::stored;
use super::{Image, Login, Network, NetworkError};

/// Who the user is at the registry of this image: as they said, or else as docker or podman keeps
/// it. None for nobody.
pub(crate) fn registry_user(
    network: &Network,
    image: &Image,
) -> Result<Option<Login>, NetworkError> {
    match &network.login {
        Some(login) => Ok(Some(login.clone())),
        None => stored(image),
    }
}
