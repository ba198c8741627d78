//! Adapters that cosign has signed. What is tested is when cosign is asked, with which arguments,
//! and what its answers mean; cosign itself is a stand-in.

#![cfg(unix)]

use std::fs;

use serde_json::Value;

use super::cosign_standin::CosignStandIn;
use super::docker_registry::{DockerRegistry, PASSWORD};
use super::machine::{Machine, assert_says, said, text, write_private};

/// Pushes a version of the adapter, without a signature. Answers its image and its manifest.
fn pushed(machine: &Machine, registry: &DockerRegistry, version: &str) -> (String, String) {
    let file = machine.share_tool(version);
    let image = registry.image(version);
    let push = ["push", text(&file), &image, "--plain-http", "--json"];
    let pushed = machine.adapters(&push).json();
    let source = pushed["source"].as_str().unwrap();
    let digest = source.rsplit_once('@').unwrap().1.to_owned();
    (image, digest)
}

/// Added, locked, installed elsewhere, and started with cosign and the registry gone.
#[test]
fn adapter_that_cosign_signed_is_installed() {
    let mut registry = DockerRegistry::open();
    let machine = Machine::empty();
    let file = machine.share_folder_adapter();
    let image = format!("{}/pipeline/folder:0.2.0", registry.address);
    let push = ["push", text(&file), &image, "--plain-http", "--json"];
    let pushed: Value = machine.adapters(&push).json();
    let (_, digest) = pushed["source"].as_str().unwrap().rsplit_once('@').unwrap();
    let cosign = CosignStandIn::install(&machine);
    let (key, lines) = CosignStandIn::key(&machine, "registry");
    machine.configure(&format!("[trust]\nrequire-signature = true\n{lines}"));
    let add = ["add", &image, "--plain-http"];
    let add = || said(cosign.with(machine.command(&add)));
    let refused = add().refused(1);
    assert_says(
        &refused,
        &[
            "cosign does not find",
            "signed by registry (",
            "no matching signatures: invalid signature",
            "`cosign sign`",
        ],
    );
    assert!(machine.all_stored().is_empty());
    cosign.sign(&key, digest);
    assert_says(&add().ok(), &["folder 0.2.0, signed by registry ("]);
    // It is asked about the manifest that was fetched, and about nothing that can move.
    let call = cosign.calls().pop().unwrap();
    let name = format!("{}/pipeline/folder@{digest}", registry.address);
    let expected = format!(
        "verify --key {} --insecure-ignore-tlog=true --timeout 180s --allow-http-registry=true {name}",
        text(&key)
    );
    assert_eq!(call, expected);
    let listed = machine.adapters(&["keys", "list", "--json"]).json();
    assert_eq!(listed[0]["program"], "cosign");
    assert_says(&machine.lock(), &[&format!("key = {}", listed[0]["id"])]);
    // Another machine checks it for itself.
    let artist = Machine::with_config(&format!("[trust]\nrequire-signature = true\n{lines}"));
    artist.write_lock(&machine.lock());
    let install = ["install", "--locked", "--plain-http"];
    let missing = artist.adapters(&install).refused(1);
    assert_says(
        &missing,
        &[
            "must be signed by registry (",
            "of cosign",
            "not on PATH",
            "install cosign",
        ],
    );
    let doctor = artist.doctor(&[]);
    assert_says(&doctor.out, &["the program cosign is not on PATH"]);
    said(cosign.with(artist.command(&install))).ok();
    let calls = cosign.calls().len();
    registry.stop();
    // From here on nobody is asked.
    artist.adapters(&["verify"]).ok();
    drop(artist.serve(&["--locked"]));
    assert_says(&artist.adapters(&install).ok(), &["already there folder"]);
    assert_eq!(cosign.calls().len(), calls);
    // A key that is revoked counts no more, and neither does one that was exchanged.
    let id = listed[0]["id"].as_str().unwrap();
    artist.configure(&format!(
        "[trust]\nrequire-signature = true\nrevoked-keys = [{id:?}]\n{lines}"
    ));
    assert_says(&artist.refused(&["--locked"]), &["was revoked"]);
    fs::write(&key, "-----BEGIN PUBLIC KEY-----\nother\n").unwrap();
    artist.configure(&format!("[trust]\nrequire-signature = true\n{lines}"));
    let refused = artist.refused(&["--locked"]);
    assert_says(
        &refused,
        &[&format!("is by the key {id}"), "not one of registry"],
    );
}

#[test]
fn signature_of_minisign_is_enough() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    let cosign = CosignStandIn::install(&machine);
    let (_, of_cosign) = CosignStandIn::key(&machine, "registry");
    machine.configure(&format!("{lines}{of_cosign}"));
    let file = machine.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    let push = ["push", text(&file), &image, "--sign", text(&studio)];
    machine
        .adapters(&[&push[..], &["--plain-http"]].concat())
        .ok();
    let add = ["add", &image, "--plain-http"];
    let added = said(cosign.with(machine.command(&add))).ok();
    assert_says(&added, &["signed by studio"]);
    assert!(cosign.calls().is_empty(), "{:?}", cosign.calls());
    // A file has no signature of cosign.
    let file = machine.share("nuke.wasm", |it| it.name = "nuke".into());
    let add = ["add", text(&file)];
    let refused = said(cosign.with(machine.command(&add))).refused(1);
    assert_says(&refused, &["nuke is not signed", "of cosign"]);
}

/// It gets the login and the authorities that this program has, and no password among its arguments.
#[test]
fn cosign_reaches_the_registry_as_this_program_does() {
    let registry = DockerRegistry::with_tls_and_users();
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    let password = machine.path("password");
    write_private(&password, PASSWORD);
    let authority = registry.authority();
    let reach = [
        "--registry-user",
        "ci",
        "--registry-password-file",
        text(&password),
        "--ca-file",
        text(&authority),
    ];
    let push = [&["push", text(&file), &image, "--json"], &reach[..]].concat();
    let pushed = machine.adapters(&push).json();
    let (_, digest) = pushed["source"].as_str().unwrap().rsplit_once('@').unwrap();
    let cosign = CosignStandIn::install(&machine);
    let (key, lines) = CosignStandIn::key(&machine, "registry");
    machine.configure(&lines);
    cosign.sign(&key, digest);
    let add = [&["add", &image], &reach[..]].concat();
    said(cosign.with(machine.command(&add))).ok();
    let call = cosign.calls().pop().unwrap();
    assert_says(&call, &["--registry-cacert", text(&authority)]);
    assert!(
        !call.contains(PASSWORD) && !call.contains("http-registry"),
        "{call}"
    );
    let login: Value = serde_json::from_str(&cosign.logins()[0]).unwrap();
    let user = &login["auths"][&registry.address];
    assert_eq!(user["username"], "ci");
    assert_eq!(user["password"], PASSWORD);
}

#[test]
fn rotation_and_last_day_count_for_cosign_too() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let cosign = CosignStandIn::install(&machine);
    let (_, old_lines) = CosignStandIn::key(&machine, "old");
    let (new, new_lines) = CosignStandIn::key(&machine, "new");
    let (image, digest) = pushed(&machine, &registry, "1.0.0");
    cosign.sign(&new, &digest);
    let install = ["install", &image, "--plain-http"];
    let install = || said(cosign.with(machine.command(&install)));
    machine.configure(&format!("{new_lines}until = \"2020-01-31\"\n"));
    assert_says(&install().refused(1), &["last day was 2020-01-31"]);
    // It is not asked about a key that does not count.
    assert!(cosign.calls().is_empty());
    machine.configure(&format!("{old_lines}{new_lines}"));
    assert_says(&install().ok(), &["signed by new"]);
    assert_eq!(cosign.calls().len(), 2);
    // A bundle takes no such signature along, and says so.
    machine.write_lock("version = 1\n");
    let add = ["add", &image, "--plain-http"];
    said(cosign.with(machine.command(&add))).ok();
    let bundle = machine.path("adapters.tar");
    let made = machine.adapters(&["bundle", "--out", text(&bundle)]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert_says(&made.err, &["tool is signed with cosign", "adapters sign"]);
    let artist = Machine::with_config(&new_lines);
    artist.write_lock(&machine.lock());
    let install = ["install", "--locked", "--bundle", text(&bundle)];
    assert_says(
        &artist.adapters(&install).refused(1),
        &["tool is not signed"],
    );
}

#[test]
fn cosign_that_does_not_end_is_ended() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let cosign = CosignStandIn::install(&machine);
    cosign.hang();
    let (_, lines) = CosignStandIn::key(&machine, "registry");
    machine.configure(&lines);
    let (image, _) = pushed(&machine, &registry, "1.0.0");
    let add = ["add", &image, "--plain-http", "--timeout", "1"];
    let refused = said(cosign.with(machine.command(&add))).refused(1);
    assert_says(&refused, &["did not end within 6 s"]);
    assert!(machine.all_stored().is_empty());
}
