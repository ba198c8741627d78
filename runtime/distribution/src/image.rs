//! An adapter in a registry, as a reference of OCI: a registry, a name in it, and a tag, a digest or
//! both. The digest is that of the manifest; where there is one, it decides, and the tag only says
//! where newer versions come from.

use std::fmt::{self, Display};
use std::str::FromStr;

use super::loopback::is_this_machine;

/// What stands before a reference of OCI. It may be left out.
pub(crate) const SCHEME: &str = "oci://";

/// An adapter in a registry: `oci://REGISTRY/NAME:TAG`, `oci://REGISTRY/NAME@sha256:…`, or with both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image(oci_client::Reference);

impl Image {
    /// The host of the registry, with its port if it has one.
    pub fn registry(&self) -> &str {
        self.0.registry()
    }

    /// The tag.
    pub fn tag(&self) -> Option<&str> {
        self.0.tag()
    }

    /// The digest of the manifest.
    pub fn digest(&self) -> Option<&str> {
        self.0.digest()
    }

    pub(crate) fn repository(&self) -> &str {
        self.0.repository()
    }

    pub(crate) fn as_oci(&self) -> &oci_client::Reference {
        &self.0
    }

    /// Whether the registry is on this machine.
    pub(crate) fn is_here(&self) -> bool {
        is_this_machine(host(self.registry()))
    }

    /// The same with this manifest, from which it does not move any more.
    pub(crate) fn pinned(&self, digest: &str) -> Self {
        let (registry, name) = (self.registry().into(), self.repository().into());
        Image(match self.tag() {
            Some(tag) => {
                let (tag, digest) = (tag.into(), digest.into());
                oci_client::Reference::with_tag_and_digest(registry, name, tag, digest)
            }
            None => oci_client::Reference::with_digest(registry, name, digest.into()),
        })
    }

    /// The same with this tag alone.
    pub(crate) fn tagged(&self, tag: &str) -> Self {
        let (registry, name) = (self.registry().into(), self.repository().into());
        Image(oci_client::Reference::with_tag(registry, name, tag.into()))
    }

    /// The same without a manifest, where a tag says where newer ones come from.
    pub(crate) fn unpinned(&self) -> Self {
        match self.tag() {
            Some(tag) => self.tagged(tag),
            None => self.clone(),
        }
    }

    /// Whether a text without a scheme can only be meant for a registry: it begins with a host.
    pub(crate) fn is_meant(text: &str) -> bool {
        let first = text.split_once('/').map(|(first, _)| first);
        first.is_some_and(|first| is_registry(first) && first.starts_with(|it: char| it != '.'))
    }
}

/// Whether this is the host of a registry, and not the first part of a name at Docker's.
fn is_registry(first: &str) -> bool {
    first == "localhost" || first.contains(['.', ':'])
}

/// The host without its port.
pub(crate) fn host(registry: &str) -> &str {
    match registry.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
        _ => registry,
    }
}

impl Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.0)
    }
}

impl FromStr for Image {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |reason: &str| {
            format!(
                "{text:?} {reason}; write registry.studio.lan/pipeline/maya:1.4.0, or @sha256: and \
                 the digest of its manifest in place of the tag"
            )
        };
        let rest = text.strip_prefix(SCHEME).unwrap_or(text);
        let parsed: oci_client::Reference = rest
            .parse()
            .map_err(|error| wrong(&format!("is no reference of a registry: {error}")))?;
        let (first, name) = rest.split_once('/').unwrap_or_default();
        if !is_registry(first) {
            return Err(wrong("names no registry"));
        }
        // Without one, the parser takes `latest`, which moves with each push.
        if !name.contains([':', '@']) {
            return Err(wrong("has no tag"));
        }
        if let Some(digest) = parsed.digest() {
            digest.parse::<super::Digest>()?;
        }
        Ok(Image(parsed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_is_read_as_it_is_written() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for text in [
            "oci://registry.studio.lan/pipeline/maya:1.4.0".to_owned(),
            format!("oci://127.0.0.1:5000/maya@{digest}"),
            format!("oci://localhost/maya:1.4@{digest}"),
        ] {
            let image: Image = text.parse().unwrap();
            assert_eq!(image.to_string(), text);
        }
        for (wrong, part) in [
            ("oci://registry.lan/maya", "has no tag"),
            ("oci://registry.lan:5000/maya", "has no tag"),
            ("oci://pipeline/maya:1", "names no registry"),
            ("oci://registry.lan/Maya:1", "is no reference"),
            ("oci://registry.lan/maya@sha256:00", "is no reference"),
            ("oci://", "is no reference"),
        ] {
            let said = wrong.parse::<Image>().unwrap_err();
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn pinned_image_keeps_its_tag() {
        let image: Image = "registry.lan/maya:1.4".parse().unwrap();
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = image.pinned(&digest);
        assert_eq!(
            (pinned.tag(), pinned.digest()),
            (Some("1.4"), Some(digest.as_str()))
        );
        assert_eq!(pinned.unpinned(), image);
        let alone: Image = format!("registry.lan/maya@{digest}").parse().unwrap();
        assert_eq!(alone.unpinned(), alone);
    }

    #[test]
    fn text_with_a_host_is_meant_for_a_registry() {
        for text in ["registry.lan/maya:1", "localhost/maya:1", "a:5000/maya"] {
            assert!(Image::is_meant(text), "{text}");
        }
        for text in ["./maya:1", "../a/maya", "maya", "share/maya", "/a.b/maya"] {
            assert!(!Image::is_meant(text), "{text}");
        }
    }
}
