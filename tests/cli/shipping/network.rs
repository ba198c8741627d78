//! What goes wrong between here and a registry. Each has its words, nothing half-installed is ever
//! found, and what was installed goes on working.

use std::fs;
use std::net::TcpListener;
use std::thread;

use pyblish_endpoint_tests::run;
use pyblish_promise::promise;

use super::docker_registry::DockerRegistry;
use super::machine::{Machine, assert_says, text};
use super::standin::{Reply, StandIn, digest, manifest, registry, registry_of};

/// A machine with an adapter installed from a file, and the bytes of another version of it.
fn installed() -> (Machine, Vec<u8>) {
    let machine = Machine::empty();
    let file = machine.share_folder_adapter();
    machine.adapters(&["add", text(&file)]).ok();
    let tool = machine.share_tool("1.0.0");
    (machine, fs::read(tool).unwrap())
}

/// What `install` says of it, which fails and leaves all as it was.
#[track_caller]
fn refused(machine: &Machine, image: &str) -> String {
    let lock = machine.lock();
    let install = ["install", image, "--plain-http", "--timeout", "1"];
    let said = machine.adapters(&install).refused(1);
    // Only the adapter from before.
    machine.stored();
    let add = ["add", image, "--plain-http", "--timeout", "1"];
    machine.adapters(&add).refused(1);
    assert_eq!(machine.lock(), lock);
    drop(machine.serve(&["--locked"]));
    said
}

/// A port on which nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn network_that_is_gone_is_named() {
    let (machine, _) = installed();
    let said = refused(&machine, &format!("{}/tool:1.0.0", nobody()));
    assert_says(
        &said,
        &["cannot be reached", "refused", "check the address"],
    );
    let said = machine.adapters(&["install", "registry.invalid/tool:1.0.0"]);
    assert_says(&said.refused(1), &["registry.invalid/tool:1.0.0 cannot be"]);
}

#[test]
fn silent_registry_is_given_up() {
    let (machine, bytes) = installed();
    for silent in ["/manifests/", "/blobs/", "/referrers/"] {
        let server = registry(&bytes, move |line, usual| match line.contains(silent) {
            true => Reply::silent(),
            false => usual,
        });
        let said = refused(&machine, &server.image());
        assert_says(&said, &["gave nothing for 1 s", "--timeout"]);
    }
}

#[test]
fn half_a_blob_is_not_kept() {
    let (machine, bytes) = installed();
    let server = registry(&bytes, |line, usual| match line.contains("/blobs/") {
        true => usual.half(),
        false => usual,
    });
    let said = refused(&machine, &server.image());
    promise!("SHIP-09", said.contains("broke off"), "{said}");
    assert_says(&said, &["Nothing of it was kept", "try again"]);
}

#[test]
fn something_else_than_was_asked_for_is_not_kept() {
    let (machine, bytes) = installed();
    let other = fs::read(machine.share_tool("1.1.0")).unwrap();
    assert_eq!(other.len(), bytes.len());
    // The manifest names another digest than its blob has.
    let own = manifest(&bytes).to_string();
    let server = registry_of(own, other.clone(), |_, usual| usual);
    let said = refused(&machine, &server.image());
    promise!("SHIP-09", said.contains("gave something else"), "{said}");
    assert_says(&said, &[&digest(&bytes), &digest(&other)]);
    // The manifest is another one than was asked for.
    let server = registry(&bytes, |_, usual| usual);
    let wrong = format!("sha256:{}", "0".repeat(64));
    let said = refused(&machine, &format!("{}/tool@{wrong}", server.address));
    assert_says(&said, &["gave something else", &wrong]);
    // The digest that the server tells in the head is another one.
    let wrong = format!("Docker-Content-Digest: {wrong}");
    let server = registry(&bytes, move |line, usual| {
        match line.contains("/manifests/1") {
            true => usual.with(&wrong),
            false => usual,
        }
    });
    assert_says(
        &refused(&machine, &server.image()),
        &["gave something else"],
    );
}

#[test]
fn what_is_too_large_is_not_fetched() {
    let (machine, bytes) = installed();
    let mut huge = manifest(&bytes);
    huge["layers"][0]["size"] = (2_u64 << 30).into();
    let server = registry_of(huge.to_string(), bytes.clone(), |_, usual| usual);
    assert_says(
        &refused(&machine, &server.image()),
        &["is too large", "adapter-size"],
    );
    let asked = server.requests();
    assert!(!asked.iter().any(|it| it.line.contains("/blobs/")));
    // One that has more than it says.
    let mut short = manifest(&bytes);
    short["layers"][0]["size"] = 10.into();
    let server = registry_of(short.to_string(), bytes.clone(), |_, usual| usual);
    assert_says(
        &refused(&machine, &server.image()),
        &["says that it has 10 bytes"],
    );
    // Just at the limit, and just above.
    let server = registry(&bytes, |_, usual| usual);
    let install = |limit: usize| {
        let limit = format!("adapter-size={limit}");
        let image = server.image();
        machine.adapters(&["install", &image, "--plain-http", "--limit", &limit])
    };
    assert_says(&install(bytes.len() - 1).refused(1), &["is too large"]);
    install(bytes.len()).ok();
}

#[test]
fn what_is_no_adapter_is_named() {
    let (machine, bytes) = installed();
    let mut two = manifest(&bytes);
    let layer = two["layers"][0].clone();
    two["layers"].as_array_mut().unwrap().push(layer);
    let mut image = manifest(&bytes);
    image["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.v1.tar+gzip".into();
    let list = r#"{"schemaVersion": 2, "manifests": []}"#.to_owned();
    for (manifest, part) in [
        (two.to_string(), "it has 2 layers"),
        (
            image.to_string(),
            "layer.v1.tar+gzip, and not application/wasm",
        ),
        (list, "list of images"),
        ("{".into(), "no manifest that can be read"),
    ] {
        let server = registry_of(manifest, bytes.clone(), |_, usual| usual);
        let said = refused(&machine, &server.image());
        assert_says(&said, &["is no adapter", part]);
    }
    let text = b"text".to_vec();
    let server = registry(&text, |_, usual| usual);
    assert_says(
        &refused(&machine, &server.image()),
        &["no WebAssembly component"],
    );
    let server = registry(&bytes, |line, usual| match line.contains("/manifests/1") {
        true => Reply::refusal(503, "we are moving"),
        false => usual,
    });
    assert_says(
        &refused(&machine, &server.image()),
        &["HTTP 503", "we are moving"],
    );
}

/// The other host gets the request, and nobody's password.
#[test]
fn redirect_to_another_host_takes_no_login_along() {
    let machine = Machine::empty();
    let bytes = fs::read(machine.share_tool("1.0.0")).unwrap();
    let blob = bytes.clone();
    let elsewhere = StandIn::new(move |_| Reply::ok(blob.as_slice()));
    let to = format!("http://{}/blob", elsewhere.address);
    let server = registry(&bytes, move |line, usual| match line {
        "GET /v2/" => Reply::status(401).with("WWW-Authenticate: Basic realm=\"studio\""),
        _ if line.contains("/blobs/") => Reply::redirect(&to),
        _ => usual,
    });
    let logins = serde_json::json!({"auths": {&server.address: {"auth": "Y2k6c2VjcmV0"}}});
    fs::create_dir(machine.path(".docker")).unwrap();
    fs::write(machine.path(".docker/config.json"), logins.to_string()).unwrap();
    machine
        .adapters(&["install", &server.image(), "--plain-http"])
        .ok();
    let is_blob = |line: &str| line.contains("/blobs/");
    let asked = server.requests();
    assert!(
        asked
            .iter()
            .filter(|it| is_blob(&it.line))
            .all(|it| it.has_login())
    );
    let asked = elsewhere.requests();
    promise!(
        "SHIP-08",
        asked.len() == 1 && !asked[0].has_login(),
        "{asked:?}"
    );
}

/// A redirect out of this machine in plain text is not followed, nor is a password sent there.
#[test]
fn plain_text_does_not_leave_this_machine() {
    let (machine, bytes) = installed();
    for part in ["/manifests/1", "/blobs/"] {
        let server = registry(&bytes, move |line, usual| match line.contains(part) {
            true => Reply::redirect("http://registry.invalid/blob"),
            false => usual,
        });
        let said = refused(&machine, &server.image());
        assert_says(&said, &["plain HTTP is only used on this machine"]);
        promise!(
            "SHIP-08",
            said.contains("leads to http://registry.invalid/blob"),
            "{said}"
        );
    }
}

#[test]
fn registry_repairs_a_store_that_was_changed() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    let plain = "--plain-http";
    machine.adapters(&["push", text(&file), &image, plain]).ok();
    machine.adapters(&["add", &image, plain]).ok();
    fs::write(machine.stored(), "changed").unwrap();
    assert_eq!(machine.adapters(&["verify"]).code, 1);
    let said = machine.adapters(&["install", "--locked", plain]).ok();
    assert_says(&said, &["installed tool 1.0.0"]);
    machine.adapters(&["verify"]).ok();
    // A lock that was edited by hand names a file that the registry has not.
    let lock = machine.lock();
    let bytes = fs::read(machine.stored()).unwrap();
    machine.write_lock(&lock.replace(
        &format!("digest = \"{}\"", digest(&bytes)),
        &format!("digest = \"{}\"", digest(b"other")),
    ));
    let said = machine.adapters(&["install", "--locked", plain]);
    assert_says(&said.refused(1), &["another file than the lock names"]);
    machine.write_lock(&lock.replace("1.0.0\"", "1.0.1\""));
    let said = machine.adapters(&["install", "--locked", plain]);
    assert_says(&said.refused(1), &["the lock was edited"]);
    machine.stored();
}

#[test]
fn two_installs_from_a_registry_at_once_install_it_once() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    let push = ["push", text(&file), &image, "--plain-http"];
    machine.adapters(&push).ok();
    machine.adapters(&["add", &image, "--plain-http"]).ok();
    fs::remove_dir_all(machine.path("data")).unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            let install = ["install", "--locked", "--plain-http"];
            let machine = &machine;
            scope.spawn(move || machine.adapters(&install).ok());
        }
    });
    machine.stored();
    machine.adapters(&["verify"]).ok();
}

#[cfg(unix)]
#[test]
fn full_disk_keeps_nothing_of_a_fetch() {
    let (machine, bytes) = installed();
    let server = registry(&bytes, |_, usual| usual);
    let image = server.image();
    let limited = machine.with_small_files(64, &["install", &image, "--plain-http"]);
    let (output, said) = run(limited);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_says(&said, &["store of adapters", "too large"]);
    machine.stored();
    drop(machine.serve(&["--locked"]));
}
