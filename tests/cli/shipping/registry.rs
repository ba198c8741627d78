//! Adapters in a registry: pushed, found, signed, and read by another program.

use std::fs;
use std::process::Command;

use pyblish_endpoint_tests::run;
use pyblish_promise::promise;
use serde_json::{Value, json};

use super::docker_registry::{DockerRegistry, PASSWORD};
use super::machine::{Machine, assert_says, signature, text, write_private};
use super::standin::{Reply, digest, registry};

/// Made, signed and pushed; locked from the registry, installed elsewhere, started without it.
#[test]
fn adapter_goes_through_a_registry() {
    let mut registry = DockerRegistry::open();
    let author = Machine::empty();
    let file = author.share_folder_adapter();
    let (key, lines) = author.key("studio.key");
    let image = format!("{}/pipeline/folder:0.2.0", registry.address);
    let push = [
        "push",
        text(&file),
        &image,
        "--sign",
        text(&key),
        "--plain-http",
    ];
    let said = author.adapters(&push).ok();
    assert_says(
        &said,
        &["pushed: folder 0.2.0, signed with the key", &image],
    );
    // Once more changes nothing.
    assert_says(&author.adapters(&push).ok(), &["already there"]);

    let trust = format!("[trust]\nrequire-signature = true\n{lines}");
    let td = Machine::with_config(&trust);
    let named = format!("oci://{}/pipeline/folder:0.2", registry.address);
    let said = td.adapters(&["add", &named, "--plain-http"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_says(&said.err, &["fetching oci://"]);
    assert_says(
        &said.out,
        &["folder 0.2.0, signed by studio", "folder {inbox}"],
    );
    // The tag says where newer ones come from, and the digest which one it is.
    let lock = td.lock();
    assert_says(&lock, &[&format!("source = \"{named}@sha256:")]);
    let same = td.adapters(&["update", "--plain-http"]).ok();
    assert_says(&same, &["folder 0.2.0 is up to date"]);
    td.adapters(&["verify"]).ok();

    let artist = Machine::with_config(&trust);
    artist.write_lock(&lock);
    let install = ["install", "--locked", "--plain-http"];
    assert_says(&artist.adapters(&install).ok(), &["installed folder 0.2.0"]);
    registry.stop();
    let server = artist.serve(&["--locked"]);
    promise!("SHIP-01", server.started["session"].is_string());
    assert_says(
        &artist.adapters(&install).ok(),
        &["already there folder 0.2.0"],
    );
}

#[test]
fn first_numbers_of_a_tag_find_the_newest() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    for version in ["1.4.0", "1.4.10", "1.4.9", "2.0.0-rc.1"] {
        let file = machine.share_tool(version);
        let image = registry.image(version);
        machine
            .adapters(&["push", text(&file), &image, "--plain-http"])
            .ok();
    }
    let install = |tag: &str| {
        let image = registry.image(tag);
        machine.adapters(&["install", &image, "--plain-http", "--json"])
    };
    for (tag, version) in [("1.4", "1.4.10"), ("1", "1.4.10"), ("1.4.9", "1.4.9")] {
        assert_eq!(install(tag).json()[0]["version"], version, "{tag}");
    }
    let none = install("3").refused(1);
    assert_says(&none, &["tool:3 is not there", "1.4.10", "2.0.0-rc.1"]);
    let other = format!("{}/pipeline/maya:1", registry.address);
    let none = machine.adapters(&["install", &other, "--plain-http"]);
    assert_says(&none.refused(1), &["maya:1 is not there", "check its name"]);
}

#[test]
fn tag_that_moved_does_not_change_what_is_locked() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let image = registry.image("stable");
    let push = |version: &str, more: &[&str]| {
        let file = machine.share_tool(version);
        let push = [&["push", text(&file), &image, "--plain-http"], more].concat();
        machine.adapters(&push)
    };
    push("1.0.0", &[]).ok();
    machine.adapters(&["add", &image, "--plain-http"]).ok();
    let said = push("1.1.0", &[]).refused(1);
    assert_says(&said, &["is there already", "--replace"]);
    push("1.1.0", &["--replace"]).ok();
    // Another machine still gets what the lock names.
    let other = Machine::empty();
    other.write_lock(&machine.lock());
    let install = ["install", "--locked", "--plain-http"];
    assert_says(&other.adapters(&install).ok(), &["installed tool 1.0.0"]);
    // By the tag alone, the lock would be of another file.
    let lock = machine.lock();
    let pin = lock.split_once("stable@").unwrap().1[..71].to_owned();
    let third = Machine::empty();
    third.write_lock(&lock.replace(&format!("@{pin}"), ""));
    let said = third.adapters(&install).refused(1);
    assert_says(
        &said,
        &["is another file than the lock names", "update tool"],
    );
    assert!(third.all_stored().is_empty());
    let said = machine.adapters(&["update", "--plain-http"]).ok();
    assert_says(&said, &["version 1.0.0 -> 1.1.0"]);
    // A version in the tag must be that of the adapter.
    let file = machine.share_tool("1.2.0");
    let said = machine.adapters(&[
        "push",
        text(&file),
        &registry.image("1.3.0"),
        "--plain-http",
    ]);
    assert_says(
        &said.refused(1),
        &["tag 1.3.0 says another version", "1.2.0"],
    );
}

/// `skopeo` is no program of ours: it copies the artifact, and checks each digest.
#[test]
fn other_programs_read_what_was_pushed() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let (key, _) = machine.key("studio.key");
    let file = machine.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    let push = ["push", text(&file), &image, "--sign", text(&key)];
    let more = ["--licence", "Apache-2.0", "--plain-http"];
    machine.adapters(&[&push[..], &more].concat()).ok();
    let inspect = |image: &str| -> Value {
        let mut command = Command::new("skopeo");
        command.args(["inspect", "--raw", "--tls-verify=false"]);
        command.arg(format!("docker://{image}"));
        let (output, said) = run(command);
        assert!(output.status.success(), "{said}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let manifest = inspect(&image);
    let bytes = fs::read(&file).unwrap();
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    assert_eq!(manifest["layers"][0]["digest"], digest(&bytes));
    let annotations = &manifest["annotations"];
    assert_eq!(annotations["org.opencontainers.image.version"], "1.0.0");
    assert_eq!(
        annotations["org.opencontainers.image.licenses"],
        "Apache-2.0"
    );
    assert_eq!(annotations["org.pyblish.adapter.hosts"], "folder");
    assert_eq!(annotations["org.pyblish.adapter.contract"], "0.2.0");
    let folder = machine.path("copied");
    let mut copy = Command::new("skopeo");
    copy.args(["copy", "--src-tls-verify=false"]);
    copy.arg(format!("docker://{image}"));
    copy.arg(format!("dir:{}", folder.display()));
    let (output, said) = run(copy);
    assert!(output.status.success(), "{said}");
    let hex = &digest(&bytes)["sha256:".len()..];
    assert_eq!(fs::read(folder.join(hex)).unwrap(), bytes);
    // The signature refers to the manifest, by the tag that stands in for the missing interface.
    let said = machine.adapters(&["install", &image, "--plain-http", "--json"]);
    let source = said.json()[0]["source"].as_str().unwrap().to_owned();
    let manifest_digest = source.rsplit_once('@').unwrap().1.to_owned();
    let list = inspect(&registry.image(&manifest_digest.replace(':', "-")));
    assert_eq!(list["mediaType"], "application/vnd.oci.image.index.v1+json");
    let entry = &list["manifests"][0];
    assert_eq!(
        entry["artifactType"],
        "application/vnd.pyblish.adapter.signature.v1"
    );
    let by_digest = format!(
        "{}/pipeline/tool@{}",
        registry.address,
        entry["digest"].as_str().unwrap()
    );
    let referrer = inspect(&by_digest);
    assert_eq!(referrer["subject"]["digest"], manifest_digest);
}

#[test]
fn each_wrong_signature_in_a_registry_has_its_words() {
    let registry = DockerRegistry::open();
    let machine = Machine::empty();
    let (studio, lines) = machine.key("studio.key");
    let (other, other_lines) = machine.key("other.key");
    machine.configure(&lines);
    let mut count = 0;
    let mut pushed = |sign: &dyn Fn(&std::path::Path)| {
        count += 1;
        let version = format!("1.{count}.0");
        let file = machine.share_tool(&version);
        // No signature is left over from the last one.
        let _ = fs::remove_file(signature(&file));
        sign(&file);
        let image = registry.image(&version);
        machine
            .adapters(&["push", text(&file), &image, "--plain-http"])
            .ok();
        image
    };
    let nuke = machine.share("nuke.wasm", |it| it.name = "nuke".into());
    machine.sign(&nuke, &studio);
    let add = |image: &str| machine.adapters(&["add", image, "--plain-http"]);
    let unsigned = pushed(&|_| {});
    assert_says(&add(&unsigned).refused(1), &["tool is not signed"]);
    let unknown = pushed(&|file| machine.sign(file, &other));
    assert_says(&add(&unknown).refused(1), &["is not one of studio"]);
    let of_other = pushed(&|file| {
        fs::copy(signature(&nuke), signature(file)).unwrap();
    });
    assert_says(&add(&of_other).refused(1), &["does not fit its file"]);
    let broken = pushed(&|file| fs::write(signature(file), "hello").unwrap());
    assert_says(&add(&broken).refused(1), &["signature of tool is broken"]);
    let right = pushed(&|file| machine.sign(file, &studio));
    machine.configure(&format!("{lines}until = \"2020-01-31\"\n"));
    assert_says(&add(&right).refused(1), &["last day was 2020-01-31"]);
    machine.configure(&format!("{lines}adapters = [\"maya\"]\n{other_lines}"));
    assert_says(&add(&right).refused(1), &["not meant for this adapter"]);
    let listed = machine.adapters(&["keys", "list", "--json"]).json();
    let id = listed[0]["id"].as_str().unwrap();
    machine.configure(&format!("[trust]\nrevoked-keys = [{id:?}]\n{lines}"));
    assert_says(&add(&right).refused(1), &["was revoked"]);
    assert!(machine.all_stored().is_empty());
    machine.configure(&lines);
    add(&right).ok();
}

/// Both signatures of a rotation are in the registry, and each machine takes the one that it trusts.
#[test]
fn adapter_can_have_two_signatures() {
    let registry = DockerRegistry::open();
    let author = Machine::empty();
    let (old, old_lines) = author.key("old.key");
    let (new, new_lines) = author.key("new.key");
    let file = author.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    for key in [&old, &new] {
        let push = ["push", text(&file), &image, "--sign", text(key)];
        author
            .adapters(&[&push[..], &["--plain-http"]].concat())
            .ok();
    }
    for (lines, name) in [(&old_lines, "old"), (&new_lines, "new")] {
        let machine = Machine::with_config(lines);
        let said = machine.adapters(&["add", &image, "--plain-http"]).ok();
        assert_says(&said, &[&format!("tool 1.0.0, signed by {name}")]);
        // A machine that trusts both keeps to the key of the lock.
        let both = Machine::with_config(&format!("{old_lines}{new_lines}"));
        both.write_lock(&machine.lock());
        both.adapters(&["install", "--locked", "--plain-http"]).ok();
    }
}

#[test]
fn registry_with_users_lets_in_who_is_logged_in() {
    let registry = DockerRegistry::with_users();
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    let push = ["push", text(&file), &image, "--plain-http"];
    let said = machine.adapters(&push).refused(1);
    assert_says(&said, &["HTTP 401", "docker login", "--registry-user"]);
    // Named on the command line, with the password in a file.
    let password = machine.path("password");
    let user = |name: &str, word: &str| {
        write_private(&password, word);
        let user = ["--registry-user", name, "--registry-password-file"];
        let all = [&push[..], &user, &[text(&password)]].concat();
        machine.adapters(&all)
    };
    assert_says(&user("ci", "wrong").refused(1), &["HTTP 401"]);
    user("ci", PASSWORD).ok();
    // As docker and podman keep it: `ci:secret`.
    let logins = json!({"auths": {&registry.address: {"auth": "Y2k6c2VjcmV0"}}}).to_string();
    for (folder, name) in [
        (machine.path(".docker"), "config.json"),
        (machine.path("config/containers"), "auth.json"),
    ] {
        let install = ["install", &image, "--plain-http"];
        assert_says(&machine.adapters(&install).refused(1), &["HTTP 401"]);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), &logins).unwrap();
        machine.adapters(&install).ok();
        fs::write(folder.join(name), "{").unwrap();
        let said = machine.adapters(&install).refused(1);
        assert_says(&said, &["login for", name, "log in again"]);
        fs::remove_file(folder.join(name)).unwrap();
    }
}

/// A helper that docker would ask for the password.
#[cfg(unix)]
#[test]
fn helper_of_docker_is_asked() {
    use std::os::unix::fs::PermissionsExt;
    let registry = DockerRegistry::with_users();
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    let folder = machine.path("bin");
    fs::create_dir(&folder).unwrap();
    let helper = folder.join("docker-credential-studio");
    let push = |script: &str| {
        fs::write(&helper, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = machine.command(&["push", text(&file), &image, "--plain-http"]);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", folder.display()));
        let (output, said) = run(command);
        (output.status.code(), said)
    };
    fs::create_dir(machine.path(".docker")).unwrap();
    let config = json!({"credHelpers": {&registry.address: "studio"}}).to_string();
    fs::write(machine.path(".docker/config.json"), config).unwrap();
    let asked = "read -r registry; [ \"$1\" = get ] || exit 1";
    let (code, said) = push(&format!(
        "{asked}\necho '{{\"Username\": \"ci\", \"Secret\": \"{PASSWORD}\"}}'"
    ));
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = push(&format!("{asked}\necho 'the vault is locked' >&2; exit 1"));
    assert_eq!(code, Some(1), "{said}");
    assert_says(
        &said,
        &["docker-credential-studio fails", "the vault is locked"],
    );
    let (code, said) = push(&format!(
        "{asked}\necho 'credentials not found in native keychain'; exit 1"
    ));
    assert_eq!(code, Some(1), "{said}");
    assert_says(&said, &["HTTP 401"]);
}

#[test]
fn registry_with_tls_needs_an_authority_that_is_trusted() {
    let registry = DockerRegistry::with_tls();
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    let image = registry.image("1.0.0");
    let authority = registry.authority();
    let push = ["push", text(&file), &image];
    let said = machine.adapters(&push).refused(1);
    assert_says(&said, &["cannot be reached", "certificate"]);
    let named = [&push[..], &["--ca-file", text(&authority)]].concat();
    machine.adapters(&named).ok();
    // The configuration of a site names it once for all.
    machine.configure(&format!("[trust]\nca-file = {:?}\n", text(&authority)));
    machine.adapters(&["add", &image]).ok();
    let broken = machine.path("broken.pem");
    fs::write(&broken, "text").unwrap();
    for (file, part) in [
        (&broken, "no certificate in it"),
        (&machine.path("none.pem"), "none.pem"),
    ] {
        let install = ["install", &image, "--ca-file", text(file)];
        let said = machine.adapters(&install).refused(1);
        assert_says(&said, &["certificate authorities", part]);
    }
    // Plain text gets no further than this machine.
    let said = machine.adapters(&["install", "registry.invalid/tool:1", "--plain-http"]);
    promise!(
        "SHIP-08",
        said.code == 1 && said.err.contains("only used on this machine"),
        "{}",
        said.err
    );
}

/// A registry that does not know the configuration of WebAssembly gets an empty one.
#[test]
fn registry_that_refuses_the_configuration_gets_a_plain_artifact() {
    let machine = Machine::empty();
    let file = machine.share_tool("1.0.0");
    let bytes = fs::read(&file).unwrap();
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let refusal = r#"{"errors": [{"code": "MANIFEST_INVALID", "message": "unknown config"}]}"#;
    let server = registry(&bytes, move |line, usual| {
        let place = "Location: /v2/tool/blobs/uploads/1";
        match line.split(' ').next().unwrap() {
            "HEAD" => Reply::status(404),
            "POST" | "PATCH" => Reply::status(202).with(place),
            "PUT" if line.contains("/manifests/") => {
                match tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                    0 => Reply::refusal(400, refusal),
                    _ => Reply::status(201).with("Location: /v2/tool/manifests/1.0.0"),
                }
            }
            "PUT" => Reply::status(201).with("Location: /v2/tool/blobs/1"),
            _ if line.contains("/manifests/") => Reply::status(404),
            _ => usual,
        }
    });
    let said = machine.adapters(&["push", text(&file), &server.image(), "--plain-http"]);
    assert_says(&said.ok(), &["pushed: tool 1.0.0"]);
    let sent = server.requests();
    let manifests = sent
        .iter()
        .filter(|it| it.line.starts_with("PUT") && it.line.contains("/manifests/"));
    assert_eq!(manifests.count(), 2);
}
