//! Signatures in registries: each is an artifact of its own that names the adapter's manifest as its
//! subject. Where a registry does not know what refers to a manifest, the tag `sha256-…` has a list
//! of it, as the specification says.
//!
//! Source: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md>, "Referrers Tag
//! Schema" and "Pushing Manifests with Subject".

use std::collections::BTreeMap;

use oci_client::manifest::{
    ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
    OciImageManifest, OciManifest,
};

use super::artifact::{EMPTY, EMPTY_CONFIG, TITLE, described, written};
use super::registry::{Registry, header};
use super::{Digest, Image, NetworkError, SIGNATURE_EXTENSION};

/// What an artifact with a signature is.
const SIGNATURE: &str = "application/vnd.pyblish.adapter.signature.v1";

/// The type of its layer: the content of a `.minisig` file.
const MINISIG: &str = "application/vnd.pyblish.minisig";

/// The largest signature: a few lines.
const LARGEST: u64 = 4096;

/// The most signatures of one adapter that are looked at.
const MOST: usize = 16;

/// The signatures of a manifest, which the image names by its digest.
pub(crate) async fn signatures(
    registry: &Registry<'_>,
    image: &Image,
) -> Result<Vec<String>, NetworkError> {
    let kind = Some(SIGNATURE);
    let listed = registry.client.pull_referrers(image.as_oci(), kind).await;
    let listed = listed.map_err(|error| registry.failed(image, &error))?;
    let mut found = Vec::new();
    for entry in listed.manifests.iter().take(MOST) {
        let place = image.pinned(&entry.digest);
        let bad = |reason: &str| NetworkError::NoAdapter {
            address: place.to_string(),
            reason: format!("it should be a signature of {image}, and {reason}"),
        };
        let Some((OciManifest::Image(manifest), _)) = registry.manifest(&place).await? else {
            return Err(bad("is not there"));
        };
        let [layer] = manifest.layers.as_slice() else {
            return Err(bad("has not one layer"));
        };
        let bytes = registry.blob(&place, layer, LARGEST).await?;
        found.push(String::from_utf8(bytes).map_err(|_| bad("is no text"))?);
    }
    Ok(found)
}

/// Pushes a signature of this manifest.
pub(crate) async fn attach(
    registry: &Registry<'_>,
    image: &Image,
    subject: &OciDescriptor,
    signature: &str,
) -> Result<(), NetworkError> {
    let (bytes, config) = (signature.as_bytes(), Digest::of(EMPTY_CONFIG));
    let digest = Digest::of(bytes);
    registry.put_blob(bytes, &digest).await?;
    registry.put_blob(EMPTY_CONFIG, &config).await?;
    let title = format!("adapter.wasm.{SIGNATURE_EXTENSION}");
    let annotations = BTreeMap::from([(TITLE.to_owned(), title)]);
    let manifest = OciImageManifest {
        media_type: Some(OCI_IMAGE_MEDIA_TYPE.into()),
        artifact_type: Some(SIGNATURE.into()),
        config: described(EMPTY, &config, EMPTY_CONFIG.len() as u64),
        layers: vec![OciDescriptor {
            annotations: Some(annotations),
            ..described(MINISIG, &digest, bytes.len() as u64)
        }],
        subject: Some(subject.clone()),
        ..OciImageManifest::default()
    };
    let (text, descriptor) = written(&manifest);
    // The digest stands in place of a tag: for one by its digest, the client panics where the
    // registry does not say where it is.
    let place = image.tagged(&descriptor.digest);
    put_manifest(registry, &place, text, OCI_IMAGE_MEDIA_TYPE).await?;
    list(registry, &image.pinned(&subject.digest), descriptor).await
}

/// Adds a signature to the list of what refers to the manifest, if the registry did not.
async fn list(
    registry: &Registry<'_>,
    image: &Image,
    signature: OciDescriptor,
) -> Result<(), NetworkError> {
    let listed = registry.client.pull_referrers(image.as_oci(), None).await;
    let mut index = listed.map_err(|error| registry.failed(image, &error))?;
    if index
        .manifests
        .iter()
        .any(|it| it.digest == signature.digest)
    {
        return Ok(());
    }
    index.media_type = Some(OCI_IMAGE_INDEX_MEDIA_TYPE.into());
    index.manifests.push(ImageIndexEntry {
        media_type: signature.media_type,
        digest: signature.digest,
        size: signature.size,
        platform: None,
        annotations: None,
        artifact_type: Some(SIGNATURE.into()),
    });
    // It is made of texts and numbers.
    let text = serde_json::to_vec(&index).expect("a list is JSON");
    let digest = image.digest().unwrap_or_default();
    let tag = image.tagged(&digest.replace(':', "-"));
    put_manifest(registry, &tag, text, OCI_IMAGE_INDEX_MEDIA_TYPE).await
}

async fn put_manifest(
    registry: &Registry<'_>,
    place: &Image,
    text: Vec<u8>,
    media_type: &str,
) -> Result<(), NetworkError> {
    let kind = header(media_type);
    let pushed = registry
        .client
        .push_manifest_raw(place.as_oci(), text, kind);
    let pushed = pushed.await;
    pushed.map_err(|error| registry.failed(place, &error))?;
    Ok(())
}
