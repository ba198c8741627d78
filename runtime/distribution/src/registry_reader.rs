//! Reading from a registry. Each answer has a limit, and each digest is checked. Whoever looks after
//! a registry can make this program neither hold more than that in memory, nor take something else
//! for what was asked for.
//!
//! Source: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md>.

use oci_client::errors::OciDistributionError;
use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, ImageIndexEntry,
    OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageIndex, OciManifest,
};
use reqwest::header::{ACCEPT, HeaderMap, LINK};
use reqwest::{Client, Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::download::body;
use super::registry_access::RegistryAccess;
use super::registry_error::{is_missing, registry_error, wrong_digest};
use super::{Digest, Image, Login, Network, NetworkError};

/// The largest manifest, and the largest list. Registries must take manifests of that size, and need
/// not take larger ones.
pub(crate) const LARGEST_DOCUMENT: u64 = 4 << 20;

/// The largest answer that says why something failed.
const LARGEST_REFUSAL: u64 = 64 << 10;

/// The most tags that are looked at.
const TAGS: usize = 1000;

/// The most pages of a list of referrers.
const PAGES: usize = 16;

/// What the digest of an answer is called in its head.
const DIGEST: &str = "Docker-Content-Digest";

/// A registry that is read, as this user sees it.
pub(crate) struct RegistryReader<'a> {
    network: &'a Network,
    client: Client,
    access: RegistryAccess<'a>,
    /// What is meant in it.
    image: Image,
}

/// What every manifest says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    schema_version: u64,
}

#[derive(Deserialize)]
struct TagList {
    /// Registries say null where there are none.
    tags: Option<Vec<String>>,
}

impl<'a> RegistryReader<'a> {
    /// Prepares to read from the registry of this image. Nothing is asked yet.
    pub(crate) fn open(
        network: &'a Network,
        image: &Image,
        login: Option<Login>,
    ) -> Result<Self, NetworkError> {
        let url = network.registry_url(image, "")?;
        Ok(RegistryReader {
            network,
            client: network.web(url.as_str())?,
            access: RegistryAccess::new(network, image, login),
            image: image.clone(),
        })
    }

    /// What is meant in it.
    pub(crate) fn image(&self) -> &Image {
        &self.image
    }

    /// A manifest and its digest, which was checked. None if there is none.
    pub(crate) async fn manifest(
        &self,
        image: &Image,
    ) -> Result<Option<(OciManifest, Digest)>, NetworkError> {
        let name = image.digest().or(image.tag()).unwrap_or_default();
        let url = self
            .network
            .registry_url(image, &format!("manifests/{name}"))?;
        let types = [
            OCI_IMAGE_MEDIA_TYPE,
            OCI_IMAGE_INDEX_MEDIA_TYPE,
            IMAGE_MANIFEST_MEDIA_TYPE,
            IMAGE_MANIFEST_LIST_MEDIA_TYPE,
        ];
        let Some(response) = self.get(image, &url, &types.join(", ")).await? else {
            return Ok(None);
        };
        let told = response
            .headers()
            .get(DIGEST)
            .and_then(|it| it.to_str().ok());
        let told = told.and_then(|it| it.parse::<Digest>().ok());
        let bytes = self.bytes(image, response).await?;
        let found = Digest::of(&bytes);
        let meant = image.digest().and_then(|it| it.parse().ok());
        for expected in [meant, told].into_iter().flatten() {
            check_digest(image, &expected, &found)?;
        }
        let form: Form = parse(image, &bytes)?;
        if form.schema_version != 2 {
            let version = form.schema_version;
            return Err(unreadable(image, &format!("of the form {version}, not 2")));
        }
        Ok(Some((parse(image, &bytes)?, found)))
    }

    /// The tags of what is meant, without those that only lead to signatures.
    pub(crate) async fn tags(&self) -> Result<Vec<String>, NetworkError> {
        let path = format!("tags/list?n={TAGS}");
        let url = self.network.registry_url(&self.image, &path)?;
        let Some(response) = self.get(&self.image, &url, "application/json").await? else {
            return Ok(Vec::new());
        };
        let list: TagList = self.document(&self.image, response).await?;
        let tags = list.tags.unwrap_or_default().into_iter();
        Ok(tags.filter(|it| !it.starts_with("sha256-")).collect())
    }

    /// What of this type refers to the manifest that the image names by its digest. None if the
    /// registry keeps no lists of that.
    pub(crate) async fn referrers(
        &self,
        image: &Image,
        kind: &str,
    ) -> Result<Option<Vec<ImageIndexEntry>>, NetworkError> {
        let digest = image.digest().unwrap_or_default();
        let mut url = self
            .network
            .registry_url(image, &format!("referrers/{digest}"))?;
        url.query_pairs_mut().append_pair("artifactType", kind);
        let mut found = Vec::new();
        for page in 0..PAGES {
            let Some(response) = self.get(image, &url, OCI_IMAGE_INDEX_MEDIA_TYPE).await? else {
                match page {
                    0 => return Ok(None),
                    _ => break,
                }
            };
            let next = next_page(&url, response.headers());
            let list: OciImageIndex = self.document(image, response).await?;
            // A registry need not leave out the others.
            found.extend(of_kind(list.manifests, kind));
            match next {
                Some(next) => url = next,
                None => break,
            }
        }
        Ok(Some(found))
    }

    /// The list of what refers to the manifest, as it is kept under a tag where a registry keeps no
    /// lists of its own. None if there is no such tag.
    pub(crate) async fn tagged_referrers(
        &self,
        image: &Image,
    ) -> Result<Option<OciImageIndex>, NetworkError> {
        let tag = image.tagged(&referrers_tag(image));
        match self.manifest(&tag).await? {
            None => Ok(None),
            Some((OciManifest::ImageIndex(list), _)) => Ok(Some(list)),
            Some((OciManifest::Image(_), _)) => {
                Err(unreadable(&tag, "an image where a list should be"))
            }
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
        // The digest alone: a descriptor can name other servers. Only a whole one becomes part of an
        // address.
        let expected: Digest = descriptor.digest.parse().map_err(|reason: String| {
            let address = address();
            NetworkError::NoAdapter { address, reason }
        })?;
        let said = u64::try_from(descriptor.size).unwrap_or(0);
        if said > limit {
            let address = address();
            return Err(NetworkError::TooLarge { address, limit });
        }
        let url = self
            .network
            .registry_url(image, &format!("blobs/{expected}"))?;
        let response = self.get(image, &url, "*/*").await?;
        let response = response.ok_or_else(|| NetworkError::NotThere {
            address: address(),
            tags: Vec::new(),
        })?;
        let bytes = body(response, said).await;
        let bytes = bytes.map_err(|error| self.network.failed(&address(), &error))?;
        match bytes {
            Some(bytes) if bytes.len() as u64 == said => {
                check_digest(image, &expected, &Digest::of(&bytes))?;
                Ok(bytes)
            }
            _ => Err(NetworkError::WrongDigest {
                address: address(),
                reason: format!("its manifest says that it has {said} bytes, and it has others"),
            }),
        }
    }

    /// What is at this address. None if nothing is.
    async fn get(
        &self,
        image: &Image,
        url: &Url,
        accept: &str,
    ) -> Result<Option<Response>, NetworkError> {
        let request = || self.client.get(url.clone()).header(ACCEPT, accept);
        let response = self.access.send(&self.client, request).await?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(Some(response));
        }
        let text = body(response, LARGEST_REFUSAL).await.ok().flatten();
        let refusal = OciDistributionError::ServerError {
            code: status.as_u16(),
            url: url.to_string(),
            message: String::from_utf8_lossy(&text.unwrap_or_default()).into_owned(),
        };
        match is_missing(&refusal) {
            true => Ok(None),
            false => Err(registry_error(self.network, image, &refusal)),
        }
    }

    /// A manifest or a list, within its limit.
    async fn bytes(&self, image: &Image, response: Response) -> Result<Vec<u8>, NetworkError> {
        let bytes = body(response, LARGEST_DOCUMENT).await;
        let bytes = bytes.map_err(|error| self.network.failed(&image.to_string(), &error))?;
        bytes.ok_or_else(|| NetworkError::LargeAnswer {
            address: image.to_string(),
            limit: LARGEST_DOCUMENT,
        })
    }

    async fn document<T: DeserializeOwned>(
        &self,
        image: &Image,
        response: Response,
    ) -> Result<T, NetworkError> {
        parse(image, &self.bytes(image, response).await?)
    }
}

/// The tag that has the list of what refers to this manifest.
pub(crate) fn referrers_tag(image: &Image) -> String {
    image.digest().unwrap_or_default().replace(':', "-")
}

/// Those of this type.
pub(crate) fn of_kind(
    all: Vec<ImageIndexEntry>,
    kind: &str,
) -> impl Iterator<Item = ImageIndexEntry> {
    all.into_iter()
        .filter(move |it| it.artifact_type.as_deref() == Some(kind))
}

/// The next page of a list, if it is of the same registry.
fn next_page(url: &Url, headers: &HeaderMap) -> Option<Url> {
    let text = headers.get(LINK)?.to_str().ok()?;
    let (address, relation) = text.trim().strip_prefix('<')?.split_once('>')?;
    let next = url.join(address).ok()?;
    let is_next = relation.contains("rel=\"next\"") || relation.contains("rel=next");
    (is_next && next.origin() == url.origin()).then_some(next)
}

fn check_digest(image: &Image, expected: &Digest, found: &Digest) -> Result<(), NetworkError> {
    match expected == found {
        true => Ok(()),
        false => Err(wrong_digest(
            image.to_string(),
            &expected.to_string(),
            &found.to_string(),
        )),
    }
}

fn parse<T: DeserializeOwned>(image: &Image, bytes: &[u8]) -> Result<T, NetworkError> {
    serde_json::from_slice(bytes).map_err(|error| unreadable(image, &error.to_string()))
}

fn unreadable(image: &Image, reason: &str) -> NetworkError {
    NetworkError::NoAdapter {
        address: image.to_string(),
        reason: format!("it has no manifest that can be read ({reason})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_page_is_of_the_same_registry() {
        let url = Url::parse("https://registry.lan/v2/maya/referrers/a?n=1").unwrap();
        let next = |link: &str| {
            let headers = HeaderMap::from_iter([(LINK, link.parse().unwrap())]);
            next_page(&url, &headers).map(|it| it.to_string())
        };
        let relative = next("</v2/maya/referrers/a?n=1&last=b>; rel=\"next\"");
        let expected = "https://registry.lan/v2/maya/referrers/a?n=1&last=b";
        assert_eq!(relative.as_deref(), Some(expected));
        for other in [
            "<https://elsewhere.lan/v2>; rel=\"next\"",
            "<http://registry.lan/v2>; rel=\"next\"",
            "</v2>; rel=\"prev\"",
            "nonsense",
        ] {
            assert_eq!(next(other), None, "{other}");
        }
    }
}
