//! Adapters in registries of OCI: fetched by tag or by digest, and pushed.
//!
//! A tag that is no version in full, such as 1.4, also finds the newest 1.4.x, unless the registry
//! has it as a tag. What was found is named by its digest from then on.

use futures_util::StreamExt;
use oci_client::RegistryOperation;
use oci_client::client::Client;
use oci_client::errors::OciDistributionError;
use oci_client::manifest::{OciDescriptor, OciManifest};
use oci_client::secrets::RegistryAuth;
use semver::Version;

use super::artifact::{Artifact, WASM};
use super::login::stored;
use super::reference::begins_with;
use super::registry_error::{is_missing, is_refused_manifest, registry_error};
use super::{Digest, Image, Network, NetworkError, Release};

/// The most tags that are looked at.
const TAGS: usize = 1000;

/// A registry, as this user sees it.
pub(crate) struct Registry<'a> {
    network: &'a Network,
    pub(crate) client: Client,
    auth: RegistryAuth,
    /// What is meant in it.
    image: Image,
}

/// An adapter that was fetched.
pub(crate) struct Pulled {
    /// The component.
    pub(crate) bytes: Vec<u8>,
    /// Where it is, with the digest of its manifest.
    pub(crate) image: Image,
}

/// How an adapter is pushed.
#[derive(Debug, Clone, Copy, Default)]
pub struct PushRules<'a> {
    /// Its licence, as an expression of SPDX.
    pub licence: Option<&'a str>,
    /// Let the tag name another file from now on.
    pub replace: bool,
}

impl<'a> Registry<'a> {
    /// Prepares to ask the registry of this image. Nothing is asked yet.
    pub(crate) fn open(network: &'a Network, image: &Image) -> Result<Self, NetworkError> {
        let client = network.registry(image)?;
        let login = match &network.login {
            Some(login) => Some(login.clone()),
            None => stored(image)?,
        };
        let auth = match login {
            Some(login) => RegistryAuth::Basic(login.user, login.password),
            None => RegistryAuth::Anonymous,
        };
        Ok(Registry {
            network,
            client,
            auth,
            image: image.clone(),
        })
    }

    /// Fetches the component, of at most `limit` bytes.
    pub(crate) async fn pull(&self, limit: u64) -> Result<Pulled, NetworkError> {
        let (manifest, image) = self.resolve().await?;
        let bad = |reason: String| NetworkError::NoAdapter {
            address: image.to_string(),
            reason,
        };
        let OciManifest::Image(manifest) = manifest else {
            return Err(bad("it is a list of images".into()));
        };
        let [layer] = manifest.layers.as_slice() else {
            let count = manifest.layers.len();
            return Err(bad(format!(
                "it has {count} layers, and an adapter has one"
            )));
        };
        if layer.media_type != WASM {
            return Err(bad(format!("it is {}, and not {WASM}", layer.media_type)));
        }
        let bytes = self.blob(&image, layer, limit).await?;
        Ok(Pulled { bytes, image })
    }

    /// The manifest that is meant, and the image with its digest.
    async fn resolve(&self) -> Result<(OciManifest, Image), NetworkError> {
        if let Some((manifest, digest)) = self.manifest(&self.image).await? {
            return Ok((manifest, self.image.pinned(&digest)));
        }
        let tags = self.tags().await?;
        let wanted = self.image.tag().filter(|_| self.image.digest().is_none());
        if let Some(newest) = wanted.and_then(|numbers| newest(&tags, numbers))
            && let Some((manifest, digest)) = self.manifest(&self.image.tagged(newest)).await?
        {
            return Ok((manifest, self.image.pinned(&digest)));
        }
        Err(NetworkError::NotThere {
            address: self.image.to_string(),
            tags,
        })
    }

    /// A manifest and its digest, which was checked. None if there is none.
    pub(crate) async fn manifest(
        &self,
        image: &Image,
    ) -> Result<Option<(OciManifest, String)>, NetworkError> {
        match self.client.pull_manifest(image.as_oci(), &self.auth).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.failed(image, &error)),
        }
    }

    /// The tags of this adapter, without those that only lead to signatures.
    async fn tags(&self) -> Result<Vec<String>, NetworkError> {
        let (image, auth) = (self.image.as_oci(), &self.auth);
        let listed = self.client.list_tags(image, auth, Some(TAGS), None).await;
        match listed {
            Ok(listed) => {
                let tags = listed.tags.into_iter();
                Ok(tags.filter(|it| !it.starts_with("sha256-")).collect())
            }
            Err(error) if is_missing(&error) => Ok(Vec::new()),
            Err(error) => Err(self.failed(&self.image, &error)),
        }
    }

    /// The content of a descriptor, of at most `limit` bytes. Its digest was checked.
    pub(crate) async fn blob(
        &self,
        image: &Image,
        descriptor: &OciDescriptor,
        limit: u64,
    ) -> Result<Vec<u8>, NetworkError> {
        let address = || image.to_string();
        let said = u64::try_from(descriptor.size).unwrap_or(0);
        if said > limit {
            let address = address();
            return Err(NetworkError::TooLarge { address, limit });
        }
        let other_size = || NetworkError::WrongDigest {
            address: address(),
            reason: format!("its manifest says that it has {said} bytes, and it has others"),
        };
        // The digest alone: a descriptor can name other servers.
        let digest = descriptor.digest.as_str();
        let opened = self.client.pull_blob_stream(image.as_oci(), digest).await;
        let mut pieces = opened.map_err(|error| self.failed(image, &error))?;
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| self.failed(image, &error.into()))?;
            if (bytes.len() + piece.len()) as u64 > said {
                return Err(other_size());
            }
            bytes.extend_from_slice(&piece);
        }
        match bytes.len() as u64 == said {
            true => Ok(bytes),
            false => Err(other_size()),
        }
    }

    /// Pushes an adapter. Answers where its manifest is, and whether it is new there.
    pub(crate) async fn push(
        &self,
        release: &Release,
        bytes: &[u8],
        rules: PushRules<'_>,
    ) -> Result<(OciDescriptor, bool), NetworkError> {
        let (file, size) = (Digest::of(bytes), bytes.len() as u64);
        let artifacts = [
            Artifact::of(release, &file, size, rules.licence),
            Artifact::plain(release, &file, size, rules.licence),
        ];
        // A reading does not let us write where tokens are given out.
        self.log_in().await?;
        if let Some((_, there)) = self.manifest(&self.image).await? {
            if let Some(same) = artifacts.iter().find(|it| it.descriptor.digest == there) {
                return Ok((same.descriptor.clone(), false));
            }
            if !rules.replace {
                let address = self.image.to_string();
                return Err(NetworkError::Taken { address });
            }
        }
        self.put_blob(bytes, &file).await?;
        let [usual, plain] = artifacts;
        match self.put_artifact(&usual).await {
            Err(error) if is_refused_manifest(&error) => {
                let put = self.put_artifact(&plain).await;
                put.map_err(|error| self.failed(&self.image, &error))?;
                Ok((plain.descriptor, true))
            }
            Ok(()) => Ok((usual.descriptor, true)),
            Err(error) => Err(self.failed(&self.image, &error)),
        }
    }

    async fn log_in(&self) -> Result<(), NetworkError> {
        let (image, push) = (self.image.as_oci(), RegistryOperation::Push);
        let done = self.client.auth(image, &self.auth, push).await;
        done.map_err(|error| self.failed(&self.image, &error))?;
        Ok(())
    }

    async fn put_artifact(&self, artifact: &Artifact) -> Result<(), OciDistributionError> {
        let config = Digest::of(&artifact.config);
        self.upload(&artifact.config, &config).await?;
        let tag = self.image.unpinned();
        let (manifest, image) = (artifact.manifest.clone(), tag.as_oci());
        let kind = header(&artifact.descriptor.media_type);
        self.client.push_manifest_raw(image, manifest, kind).await?;
        Ok(())
    }

    /// Pushes some content, if it is not there yet.
    pub(crate) async fn put_blob(&self, bytes: &[u8], digest: &Digest) -> Result<(), NetworkError> {
        let put = self.upload(bytes, digest).await;
        put.map_err(|error| self.failed(&self.image, &error))
    }

    async fn upload(&self, bytes: &[u8], digest: &Digest) -> Result<(), OciDistributionError> {
        let (image, digest) = (self.image.as_oci(), digest.to_string());
        if !self.client.blob_exists(image, &digest).await? {
            self.client
                .push_blob(image, bytes.to_vec(), &digest)
                .await?;
        }
        Ok(())
    }

    /// Says more of a failure, where something can be found out.
    pub(crate) async fn explained(&self, error: NetworkError) -> NetworkError {
        match error {
            NetworkError::Unreachable { address, .. } if self.answers().await => {
                NetworkError::LeadsNowhere { address }
            }
            other => other,
        }
    }

    /// Whether the registry itself answers. Its client does not tell where it was led to.
    async fn answers(&self) -> bool {
        let scheme = if self.network.plain_http {
            "http"
        } else {
            "https"
        };
        let url = format!("{scheme}://{}/v2/", self.image.registry());
        match self.network.web(&url) {
            Ok(client) => client.get(url).send().await.is_ok(),
            Err(_) => false,
        }
    }

    /// What a failure of the registry means.
    pub(crate) fn failed(&self, image: &Image, error: &OciDistributionError) -> NetworkError {
        registry_error(self.network, image, error)
    }
}

/// The type of a manifest, as a header.
pub(crate) fn header(media_type: &str) -> reqwest::header::HeaderValue {
    // The types that we push have letters, digits and points only.
    reqwest::header::HeaderValue::from_str(media_type).expect("a type is a header")
}

/// The newest version of these tags that begins with these numbers.
fn newest<'t>(tags: &'t [String], numbers: &str) -> Option<&'t str> {
    let versions = tags.iter().filter_map(|tag| {
        let version = Version::parse(tag).ok()?;
        begins_with(&version, numbers).then_some((version, tag.as_str()))
    });
    versions.max().map(|(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_numbers_find_the_newest_tag() {
        let tags = ["1.4.0", "1.4.10", "1.4.9", "1.5.0-rc.1", "latest", "2.0"];
        let tags = tags.map(str::to_owned);
        assert_eq!(newest(&tags, "1.4"), Some("1.4.10"));
        assert_eq!(newest(&tags, "1"), Some("1.4.10"));
        assert_eq!(newest(&tags, "1.5"), None);
        assert_eq!(newest(&tags, "newest"), None);
    }
}
