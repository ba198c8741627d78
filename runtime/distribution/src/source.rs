//! Fetching what a reference names, wherever it is: on this machine, in a registry, on a web server.

use std::path::Path;

use super::download::download;
use super::package::{newest, read};
use super::pull::{Pulled, pull};
use super::referrer::{attach, signatures};
use super::registry_reader::RegistryReader;
use super::registry_user::registry_user;
use super::registry_writer::{PushRules, RegistryWriter};
use super::{
    Describe, DistributionError, Image, Network, NetworkError, Package, Reference, Release,
};

/// Fetches what references name.
pub(crate) struct Source<'a> {
    /// The folder that relative paths are beneath.
    pub(crate) base: &'a Path,
    /// How servers are reached.
    pub(crate) network: &'a Network,
    /// The most bytes of an adapter.
    pub(crate) limit: u64,
    /// Reads what a file says of itself.
    pub(crate) describe: Describe<'a>,
}

impl Source<'_> {
    /// Fetches an adapter.
    ///
    /// # Errors
    /// It is not there, is too large, or is no adapter.
    pub(crate) async fn fetch(&self, reference: &Reference) -> Result<Package, DistributionError> {
        let (limit, describe) = (self.limit, self.describe);
        match reference {
            Reference::File(path) => read(&self.base.join(path), limit, describe).map(|found| {
                let source = reference.clone();
                Package { source, ..found }
            }),
            Reference::Folder {
                folder,
                name,
                version,
            } => {
                let folder = self.base.join(folder);
                let found = newest(&folder, name, version.as_deref(), limit, describe)?;
                let source = reference.clone();
                Ok(Package { source, ..found })
            }
            Reference::Registry(image) => {
                tracing::info!("fetching {image}");
                let (pulled, signatures) = self.pull(image).await?;
                let source = Reference::Registry(pulled.image);
                self.package(source, pulled.bytes, signatures)
            }
            Reference::Web(address) => {
                tracing::info!("fetching {address}");
                let (bytes, signature) = download(self.network, address, limit).await?;
                let signatures = signature.into_iter().collect();
                self.package(reference.clone(), bytes, signatures)
            }
        }
    }

    async fn pull(&self, image: &Image) -> Result<(Pulled, Vec<String>), NetworkError> {
        let login = registry_user(self.network, image)?;
        let registry = RegistryReader::open(self.network, image, login)?;
        let work = async {
            let pulled = pull(&registry, self.limit).await?;
            let signatures = signatures(&registry, &pulled.image).await?;
            Ok((pulled, signatures))
        };
        self.network.in_time(&image.to_string(), work).await
    }

    fn package(
        &self,
        source: Reference,
        bytes: Vec<u8>,
        signatures: Vec<String>,
    ) -> Result<Package, DistributionError> {
        let release = (self.describe)(Path::new(&source.to_string()), &bytes)?;
        Ok(Package {
            bytes,
            release,
            signatures,
            source,
        })
    }
}

/// Pushes an adapter into a registry, and its signature if it has one. Answers where it is, with the
/// digest of its manifest, and whether it is new there.
///
/// # Errors
/// The registry cannot be reached or does not take it, or the tag names another file.
pub async fn push(
    network: &Network,
    image: &Image,
    release: &Release,
    bytes: &[u8],
    signature: Option<&str>,
    rules: PushRules<'_>,
) -> Result<(Image, bool), NetworkError> {
    if let Some(tag) = image.tag()
        && let Ok(version) = tag.parse::<semver::Version>()
        && version != release.version
    {
        return Err(NetworkError::OtherVersion {
            tag: tag.into(),
            version: release.version.to_string(),
        });
    }
    tracing::info!("pushing {image}");
    let registry = RegistryWriter::open(network, image, registry_user(network, image)?)?;
    let work = async {
        let (subject, is_new) = registry.push(release, bytes, rules).await?;
        let image = image.pinned(&subject.digest);
        if let Some(signature) = signature {
            attach(&registry, &image, &subject, signature).await?;
        }
        Ok((image, is_new))
    };
    let done = network.in_time(&image.to_string(), work).await;
    match done {
        Ok(done) => Ok(done),
        Err(error) => Err(registry.explained(error).await),
    }
}
