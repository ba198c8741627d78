//! Adapters in registries of OCI, fetched by tag or by digest.
//!
//! A tag that is no version in full, such as 1.4, also finds the newest 1.4.x, unless the registry
//! has it as a tag. What was found is named by its digest from then on.

use oci_client::manifest::OciManifest;
use semver::Version;

use super::artifact::WASM;
use super::reference::begins_with;
use super::registry_reader::RegistryReader;
use super::{Image, NetworkError};

/// An adapter that was fetched.
pub(crate) struct Pulled {
    /// The component.
    pub(crate) bytes: Vec<u8>,
    /// Where it is, with the digest of its manifest.
    pub(crate) image: Image,
}

/// Fetches the component, of at most `limit` bytes.
pub(crate) async fn pull(
    registry: &RegistryReader<'_>,
    limit: u64,
) -> Result<Pulled, NetworkError> {
    let (manifest, image) = resolve(registry).await?;
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
    let bytes = registry.blob(&image, layer, limit).await?;
    Ok(Pulled { bytes, image })
}

/// The manifest that is meant, and the image with its digest.
async fn resolve(registry: &RegistryReader<'_>) -> Result<(OciManifest, Image), NetworkError> {
    let image = registry.image();
    if let Some((manifest, digest)) = registry.manifest(image).await? {
        return Ok((manifest, image.pinned(&digest.to_string())));
    }
    let tags = registry.tags().await?;
    let wanted = image.tag().filter(|_| image.digest().is_none());
    if let Some(newest) = wanted.and_then(|numbers| newest(&tags, numbers))
        && let Some((manifest, digest)) = registry.manifest(&image.tagged(newest)).await?
    {
        return Ok((manifest, image.pinned(&digest.to_string())));
    }
    Err(NetworkError::NotThere {
        address: image.to_string(),
        tags,
    })
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
