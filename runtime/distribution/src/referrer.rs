//! Signatures in registries: each is an artifact of its own that names the adapter's manifest as its
//! subject. Where a registry does not know what refers to a manifest, the tag `sha256-…` has a list
//! of it, as the specification says.
//!
//! Source: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md>, "Referrers Tag
//! Schema" and "Pushing Manifests with Subject".

use std::collections::BTreeMap;

use oci_client::manifest::{
    ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
    OciImageIndex, OciImageManifest, OciManifest,
};

use super::artifact::{EMPTY, EMPTY_CONFIG, TITLE, described, written};
use super::registry_reader::{RegistryReader, of_kind, referrers_tag};
use super::registry_writer::RegistryWriter;
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
    registry: &RegistryReader<'_>,
    image: &Image,
) -> Result<Vec<String>, NetworkError> {
    let listed = match registry.referrers(image, SIGNATURE).await? {
        Some(listed) => listed,
        None => {
            let list = registry.tagged_referrers(image).await?;
            let all = list.map(|list| list.manifests).unwrap_or_default();
            of_kind(all, SIGNATURE).collect()
        }
    };
    let mut found = Vec::new();
    for entry in listed.iter().take(MOST) {
        let bad = |reason: &str| NetworkError::NoAdapter {
            address: format!("{image}, {}", entry.digest),
            reason: format!("it should be a signature of {image}, and {reason}"),
        };
        // It becomes part of an address.
        let digest: Digest = entry
            .digest
            .parse()
            .map_err(|reason: String| bad(&reason))?;
        let place = image.pinned(&digest.to_string());
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
    registry: &RegistryWriter<'_>,
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
    registry
        .put_manifest(&place, text, OCI_IMAGE_MEDIA_TYPE)
        .await?;
    list(registry, &image.pinned(&subject.digest), descriptor).await
}

/// Sees to it that the signature is in the list of what refers to the manifest. A registry that
/// keeps lists has put it there; otherwise we do.
async fn list(
    registry: &RegistryWriter<'_>,
    image: &Image,
    signature: OciDescriptor,
) -> Result<(), NetworkError> {
    let has = |all: &[ImageIndexEntry]| all.iter().any(|it| it.digest == signature.digest);
    if let Some(listed) = registry.reader.referrers(image, SIGNATURE).await? {
        return match has(&listed) {
            true => Ok(()),
            false => Err(NetworkError::Failed {
                address: image.to_string(),
                answer: "a list of signatures without the one that was just pushed".into(),
            }),
        };
    }
    let listed = registry.reader.tagged_referrers(image).await?;
    let mut index = listed.unwrap_or_else(|| OciImageIndex {
        schema_version: 2,
        media_type: None,
        manifests: Vec::new(),
        artifact_type: None,
        annotations: None,
    });
    if has(&index.manifests) {
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
    let tag = image.tagged(&referrers_tag(image));
    registry
        .put_manifest(&tag, text, OCI_IMAGE_INDEX_MEDIA_TYPE)
        .await
}
