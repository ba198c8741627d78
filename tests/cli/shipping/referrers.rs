//! Registries that keep lists of what refers to a manifest. None is to be had on the machines of the
//! tests, so a stand-in plays one as the specification says: it takes what is pushed, and lists it.
//!
//! Source: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md>, "Listing
//! Referrers".

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};

use pyblish_promise::promise;
use serde_json::{Value, json};

use super::machine::{Machine, assert_says, text};
use super::standin::{Reply, Request, StandIn, digest, manifest, registry, registry_of};

const SIGNATURE: &str = "application/vnd.pyblish.adapter.signature.v1";

/// The largest manifest or list.
const LARGEST: usize = 4 << 20;

/// A stand-in for a registry with lists of referrers. It keeps what is pushed while it runs.
struct ListingRegistry {
    server: StandIn,
}

/// Blobs and manifests by their digests, manifests by their tags too.
#[derive(Default)]
struct Kept {
    blobs: BTreeMap<String, Vec<u8>>,
    manifests: BTreeMap<String, Vec<u8>>,
}

impl ListingRegistry {
    /// One that lists so many referrers a page, also those of other types if it does not leave these
    /// out.
    fn new(page: usize, filters: bool) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let server =
            StandIn::asked(move |request| kept.lock().unwrap().answer(request, page, filters));
        ListingRegistry { server }
    }
}

impl Kept {
    fn answer(&mut self, request: &Request, page: usize, filters: bool) -> Reply {
        let (method, path) = request.line.split_once(' ').unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let rest = path.trim_start_matches("/v2/tool/");
        let (kind, name) = rest.split_once('/').unwrap_or((rest, ""));
        let found = |bytes: Option<&Vec<u8>>| match bytes {
            Some(bytes) if method == "HEAD" => {
                Reply::ok("").with(&format!("X-Size: {}", bytes.len()))
            }
            Some(bytes) => Reply::ok(bytes.as_slice()),
            None => Reply::status(404),
        };
        let made = |place: &str| Reply::status(201).with(&format!("Location: {place}"));
        match (method, kind) {
            ("POST", "blobs") => {
                self.blobs.insert("part".into(), Vec::new());
                Reply::status(202).with("Location: /v2/tool/blobs/uploads/1")
            }
            ("PATCH", "blobs") => {
                let part = self.blobs.entry("part".into()).or_default();
                part.extend_from_slice(&request.body);
                Reply::status(202).with("Location: /v2/tool/blobs/uploads/1")
            }
            ("PUT", "blobs") => {
                let mut bytes = self.blobs.remove("part").unwrap_or_default();
                bytes.extend_from_slice(&request.body);
                self.blobs.insert(digest(&bytes), bytes);
                made("/v2/tool/blobs/1")
            }
            ("PUT", "manifests") => {
                let bytes = request.body.clone();
                self.manifests.insert(digest(&bytes), bytes.clone());
                self.manifests.insert(name.into(), bytes);
                made(path)
            }
            (_, "blobs") => found(self.blobs.get(name)),
            (_, "manifests") => found(self.manifests.get(name)),
            (_, "referrers") => self.referrers(name, query, page, filters),
            _ => Reply::ok("{}"),
        }
    }

    fn referrers(&self, subject: &str, query: &str, page: usize, filters: bool) -> Reply {
        let all = self
            .manifests
            .iter()
            .filter(|(name, _)| name.starts_with("sha256:"));
        let all = all.filter_map(|(name, bytes)| {
            let manifest: Value = serde_json::from_slice(bytes).unwrap();
            let is_meant = manifest["subject"]["digest"] == subject;
            let kind = manifest["artifactType"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let entry = json!({
                "mediaType": manifest["mediaType"], "digest": name, "size": bytes.len(),
                "artifactType": kind,
            });
            (is_meant && (!filters || kind == SIGNATURE)).then_some(entry)
        });
        let all: Vec<Value> = all.collect();
        let last = query.split('&').find_map(|pair| pair.strip_prefix("last="));
        let begin: usize = last.map_or(0, |it| it.parse().unwrap());
        let end = all.len().min(begin + page);
        let list = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": all[begin..end],
        });
        let reply = Reply::ok(list.to_string());
        match end < all.len() {
            true => reply.with(&format!(
                "Link: </v2/tool/referrers/{subject}?last={end}>; rel=\"next\""
            )),
            false => reply,
        }
    }
}

/// Pushes an adapter with signatures by these keys. Answers its image.
fn push(machine: &Machine, registry: &ListingRegistry, keys: &[&std::path::Path]) -> String {
    let file = machine.share_tool("1.0.0");
    let image = registry.server.image();
    for key in keys {
        let push = [
            "push",
            text(&file),
            &image,
            "--sign",
            text(key),
            "--plain-http",
        ];
        machine.adapters(&push).ok();
    }
    image
}

#[test]
fn signature_is_found_by_the_list_of_the_registry() {
    let registry = ListingRegistry::new(100, true);
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    machine.configure(&lines);
    let image = push(&machine, &registry, &[&studio]);
    let said = machine.adapters(&["add", &image, "--plain-http"]).ok();
    assert_says(&said, &["tool 1.0.0, signed by studio"]);
    // No list of our own is made or asked for.
    let requests = registry.server.requests();
    assert!(
        requests
            .iter()
            .any(|it| it.line.contains("/referrers/sha256:"))
    );
    let own = requests
        .iter()
        .filter(|it| it.line.contains("/manifests/sha256-"));
    assert_eq!(own.count(), 0);
}

/// Neither things of other types nor pages keep a signature from being found.
#[test]
fn signature_is_found_among_others() {
    let registry = ListingRegistry::new(1, false);
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    let (other, _) = machine.key("other.key");
    machine.configure(&lines);
    let image = push(&machine, &registry, &[&other, &studio]);
    let install = ["install", &image, "--plain-http", "--json"];
    let before = machine.adapters(&install).json();
    let subject = before[0]["source"]
        .as_str()
        .unwrap()
        .rsplit_once('@')
        .unwrap()
        .1
        .to_owned();
    // What other programs have put there: a signature of cosign, an SBOM.
    for kind in [
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        "application/spdx+json",
    ] {
        let referrer = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": kind,
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(b"{}"),
                "size": 2},
            "layers": [],
            "subject": {"mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": subject, "size": 1},
        });
        let text = referrer.to_string();
        let place = format!(
            "http://{}/v2/tool/manifests/{}",
            registry.server.address,
            digest(text.as_bytes())
        );
        ureq::put(&place).send(&text).unwrap();
    }
    let said = machine.adapters(&["add", &image, "--plain-http"]).ok();
    assert_says(&said, &["signed by studio"]);
}

/// A registry whose list has not what was just pushed is not taken for one that has.
#[test]
fn push_without_its_signature_in_the_list_fails() {
    let machine = Machine::empty();
    let (studio, _) = machine.key("studio.key");
    let file = machine.share_tool("1.0.0");
    let bytes = fs::read(&file).unwrap();
    let server = registry(&bytes, |line, usual| {
        let made = Reply::status(201).with("Location: /v2/tool/blobs/1");
        match line.split(' ').next().unwrap() {
            "HEAD" => Reply::ok(""),
            "PUT" => made,
            _ if line.contains("/referrers/") => {
                Reply::ok(r#"{"schemaVersion": 2, "manifests": []}"#)
            }
            _ if line.contains("/manifests/1") => Reply::status(404),
            _ => usual,
        }
    });
    let image = server.image();
    let push = [
        "push",
        text(&file),
        &image,
        "--sign",
        text(&studio),
        "--plain-http",
    ];
    let said = machine.adapters(&push).refused(1);
    assert_says(
        &said,
        &["a list of signatures without the one that was just pushed"],
    );
}

/// JSON with so many bytes: spaces behind it count.
fn padded(text: &str, size: usize) -> String {
    format!("{text}{}", " ".repeat(size - text.len()))
}

/// Of each answer that is kept in memory, just the largest one, and one that is a byte larger.
#[test]
fn answers_of_a_registry_have_a_limit() {
    let machine = Machine::empty();
    let bytes = fs::read(machine.share_tool("1.0.0")).unwrap();
    let usual = manifest(&bytes).to_string();
    let install =
        |server: &StandIn| machine.adapters(&["install", &server.image(), "--plain-http"]);
    let limit = format!("has more than {LARGEST} bytes");
    let of_manifest = |size| registry_of(padded(&usual, size), bytes.clone(), |_, usual| usual);
    install(&of_manifest(LARGEST)).ok();
    let said = install(&of_manifest(LARGEST + 1)).refused(1);
    promise!("SHIP-11", said.contains(&limit), "{said}");
    let list = r#"{"schemaVersion": 2, "manifests": []}"#;
    for part in ["/referrers/", "/manifests/sha256-"] {
        let server = |size| {
            let list = padded(list, size);
            registry(&bytes, move |line, usual| match line.contains(part) {
                true => Reply::ok(list.as_str()),
                false => usual,
            })
        };
        install(&server(LARGEST)).ok();
        assert_says(&install(&server(LARGEST + 1)).refused(1), &[&limit]);
    }
    // A list of tags, where the tag is not there.
    let tags = |size| {
        let list = padded(r#"{"tags": ["2.0.0"]}"#, size);
        registry(&bytes, move |line, usual| match line {
            _ if line.contains("/tags/list") => Reply::ok(list.as_str()),
            _ if line.contains("/manifests/") => Reply::status(404),
            _ => usual,
        })
    };
    assert_says(&install(&tags(LARGEST)).refused(1), &["there are 2.0.0"]);
    assert_says(&install(&tags(LARGEST + 1)).refused(1), &[&limit]);
    // One that says no number of bytes, and does not end.
    let server = registry(&bytes, |line, usual| match line.contains("/manifests/1") {
        true => Reply::endless(),
        false => usual,
    });
    assert_says(&install(&server).refused(1), &[&limit]);
}
