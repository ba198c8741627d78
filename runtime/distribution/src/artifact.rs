//! An adapter as an artifact of OCI, in the layout for WebAssembly of the CNCF: one layer, which is
//! the component, and a configuration. A registry that refuses that configuration gets the same with
//! an empty one.
//!
//! Source: <https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/>.

use std::collections::BTreeMap;

use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest};
use serde_json::json;

use super::{Digest, Release};

/// The type of the component.
pub(crate) const WASM: &str = "application/wasm";

/// The type of the configuration.
const CONFIG: &str = "application/vnd.wasm.config.v0+json";

/// The type of an empty configuration, and its content.
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub(crate) const EMPTY_CONFIG: &[u8] = b"{}";

/// The name of a file, for programs that write a layer into one.
pub(crate) const TITLE: &str = "org.opencontainers.image.title";

const VERSION: &str = "org.opencontainers.image.version";
const LICENCES: &str = "org.opencontainers.image.licenses";
const HOSTS: &str = "org.pyblish.adapter.hosts";
const HOST_VERSIONS: &str = "org.pyblish.adapter.host-versions";
const CONTRACT: &str = "org.pyblish.adapter.contract";

/// When it was made. It says no day, so that one file always gives one manifest.
const NO_DAY: &str = "1970-01-01T00:00:00Z";

/// What is pushed beside the component.
pub(crate) struct Artifact {
    /// The configuration.
    pub(crate) config: Vec<u8>,
    /// The manifest, as it is sent.
    pub(crate) manifest: Vec<u8>,
    /// Where the manifest is found.
    pub(crate) descriptor: OciDescriptor,
}

impl Artifact {
    /// The artifact of an adapter. `licence` is an expression of SPDX.
    pub(crate) fn of(release: &Release, file: &Digest, size: u64, licence: Option<&str>) -> Self {
        let config = json!({
            "created": NO_DAY,
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [file.to_string()],
        });
        let config = config.to_string().into_bytes();
        Artifact::new(release, file, size, licence, CONFIG, config)
    }

    /// The same with an empty configuration.
    pub(crate) fn plain(
        release: &Release,
        file: &Digest,
        size: u64,
        licence: Option<&str>,
    ) -> Self {
        Artifact::new(release, file, size, licence, EMPTY, EMPTY_CONFIG.into())
    }

    fn new(
        release: &Release,
        file: &Digest,
        size: u64,
        licence: Option<&str>,
        config_type: &str,
        config: Vec<u8>,
    ) -> Self {
        let mut annotations = BTreeMap::from([
            (TITLE.to_owned(), release.name.clone()),
            (VERSION.to_owned(), release.version.to_string()),
            (HOSTS.to_owned(), release.hosts.join(",")),
            (CONTRACT.to_owned(), release.contract.clone()),
        ]);
        if !release.host_versions.is_empty() {
            annotations.insert(HOST_VERSIONS.into(), release.host_versions.join("; "));
        }
        annotations.extend(licence.map(|it| (LICENCES.to_owned(), it.to_owned())));
        let title = format!("{}.wasm", release.name);
        let layer = OciDescriptor {
            annotations: Some(BTreeMap::from([(TITLE.to_owned(), title)])),
            ..described(WASM, file, size)
        };
        let manifest = OciImageManifest {
            media_type: Some(OCI_IMAGE_MEDIA_TYPE.into()),
            // An artifact with an empty configuration must say what it is.
            artifact_type: (config_type == EMPTY).then(|| WASM.to_owned()),
            config: described(config_type, &Digest::of(&config), config.len() as u64),
            layers: vec![layer],
            annotations: Some(annotations),
            ..OciImageManifest::default()
        };
        let (manifest, descriptor) = written(&manifest);
        Artifact {
            config,
            manifest,
            descriptor,
        }
    }
}

/// A manifest as it is sent, and where it is found.
pub(crate) fn written(manifest: &OciImageManifest) -> (Vec<u8>, OciDescriptor) {
    // It is made of texts and numbers.
    let text = serde_json::to_vec(manifest).expect("a manifest is JSON");
    let descriptor = described(OCI_IMAGE_MEDIA_TYPE, &Digest::of(&text), text.len() as u64);
    (text, descriptor)
}

/// A descriptor of this content.
pub(crate) fn described(media_type: &str, digest: &Digest, size: u64) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.into(),
        digest: digest.to_string(),
        // OCI counts with a sign. No file has that many bytes.
        size: i64::try_from(size).unwrap_or(i64::MAX),
        ..OciDescriptor::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn release() -> Release {
        let hosts = vec!["maya".into(), "nuke".into()];
        Release::new("maya", "1.4.0", hosts, "0.2.0".into(), vec![]).unwrap()
    }

    #[test]
    fn manifest_says_what_the_adapter_is() {
        let file = Digest::of(b"file");
        let artifact = Artifact::of(&release(), &file, 4, Some("MIT"));
        let manifest: Value = serde_json::from_slice(&artifact.manifest).unwrap();
        assert_eq!(manifest["schemaVersion"], 2);
        assert_eq!(manifest["mediaType"], OCI_IMAGE_MEDIA_TYPE);
        assert_eq!(manifest["config"]["mediaType"], CONFIG);
        let config = Digest::of(&artifact.config).to_string();
        assert_eq!(manifest["config"]["digest"], config);
        assert_eq!(manifest["layers"][0]["mediaType"], WASM);
        assert_eq!(manifest["layers"][0]["digest"], file.to_string());
        let annotations = &manifest["annotations"];
        assert_eq!(annotations[HOSTS], "maya,nuke");
        assert_eq!(annotations[CONTRACT], "0.2.0");
        assert!(annotations.get(HOST_VERSIONS).is_none());
        assert_eq!(annotations[LICENCES], "MIT");
        let again = Artifact::of(&release(), &file, 4, Some("MIT"));
        assert_eq!(again.manifest, artifact.manifest);
    }

    #[test]
    fn plain_artifact_has_an_empty_configuration() {
        let artifact = Artifact::plain(&release(), &Digest::of(b"file"), 4, None);
        let manifest: Value = serde_json::from_slice(&artifact.manifest).unwrap();
        assert_eq!(manifest["config"]["mediaType"], EMPTY);
        assert_eq!(manifest["config"]["size"], 2);
        assert_eq!(manifest["artifactType"], WASM);
        assert!(manifest["annotations"].get(LICENCES).is_none());
    }

    #[test]
    fn versions_of_hosts_are_an_annotation() {
        let release = release().with_host_versions(vec!["maya >=2022".into(), "nuke 15".into()]);
        let artifact = Artifact::of(&release, &Digest::of(b"file"), 4, None);
        let manifest: Value = serde_json::from_slice(&artifact.manifest).unwrap();
        let said = &manifest["annotations"][HOST_VERSIONS];
        assert_eq!(said, "maya >=2022; nuke 15");
    }
}
