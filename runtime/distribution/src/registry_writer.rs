//! Pushing adapters into registries of OCI.

use oci_client::RegistryOperation;
use oci_client::client::Client;
use oci_client::errors::OciDistributionError;
use oci_client::manifest::OciDescriptor;
use oci_client::secrets::RegistryAuth;

use super::artifact::Artifact;
use super::registry_error::{is_refused_manifest, registry_error};
use super::registry_reader::RegistryReader;
use super::{Digest, Image, Login, Network, NetworkError, Release};

/// A registry that adapters are pushed into, as this user sees it.
pub(crate) struct RegistryWriter<'a> {
    network: &'a Network,
    /// Says what is there already.
    pub(crate) reader: RegistryReader<'a>,
    client: Client,
    auth: RegistryAuth,
    /// What is meant in it.
    image: Image,
}

/// How an adapter is pushed.
#[derive(Debug, Clone, Copy, Default)]
pub struct PushRules<'a> {
    /// Its licence, as an expression of SPDX.
    pub licence: Option<&'a str>,
    /// Let the tag name another file from now on.
    pub replace: bool,
}

impl<'a> RegistryWriter<'a> {
    /// Prepares to push into the registry of this image. Nothing is asked yet.
    pub(crate) fn open(
        network: &'a Network,
        image: &Image,
        login: Option<Login>,
    ) -> Result<Self, NetworkError> {
        let reader = RegistryReader::open(network, image, login.clone())?;
        Ok(RegistryWriter {
            network,
            reader,
            client: network.registry(image)?,
            auth: match login {
                Some(login) => RegistryAuth::Basic(login.user, login.password),
                None => RegistryAuth::Anonymous,
            },
            image: image.clone(),
        })
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
        let found = self.reader.manifest(&self.image).await?;
        // Reading does not let us write where tokens are given out.
        self.log_in().await?;
        if let Some((_, there)) = found {
            let there = there.to_string();
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

    /// Pushes a manifest to this place.
    pub(crate) async fn put_manifest(
        &self,
        place: &Image,
        text: Vec<u8>,
        media_type: &str,
    ) -> Result<(), NetworkError> {
        let (image, kind) = (place.as_oci(), header(media_type));
        let pushed = self.client.push_manifest_raw(image, text, kind).await;
        pushed.map_err(|error| self.failed(place, &error))?;
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
        let Ok(url) = self.network.registry_url(&self.image, "") else {
            return false;
        };
        match self.network.web(url.as_str()) {
            Ok(client) => client.get(url).send().await.is_ok(),
            Err(_) => false,
        }
    }

    /// What a failure of the registry means.
    fn failed(&self, image: &Image, error: &OciDistributionError) -> NetworkError {
        registry_error(self.network, image, error)
    }
}

/// The type of a manifest, as a header.
fn header(media_type: &str) -> reqwest::header::HeaderValue {
    // The types that we push have letters, digits and points only.
    reqwest::header::HeaderValue::from_str(media_type).expect("a type is a header")
}
