//! The container image: unpacked by umoci, and run with its own files as the system.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::super::target::NATIVE;
use super::proving::{Proof, Proving};
use crate::child;
use crate::workspace::RUNTIME;

/// Unpacks it, checks what it says of itself, and publishes with it.
pub fn runs(proving: &Proving<'_>) -> Result<Proof> {
    let native = proving
        .targets(NATIVE.system)
        .find(|target| *target == NATIVE);
    let Some(names) = native.and_then(|target| target.linux.as_ref()) else {
        return Ok(Proof::NotShown("it was not made".into()));
    };
    let folder = proving.folder("image")?;
    let layout = folder.join("layout");
    std::fs::create_dir(&layout).context("cannot make a folder")?;
    let file = format!("{}-image-{}.tar", proving.release.name(), names.image);
    child::quietly(
        Command::new("tar")
            .arg("-xf")
            .arg(proving.made.join(file))
            .arg("-C")
            .arg(&layout),
    )?;
    let bundle = folder.join("bundle");
    let image = format!("{}:{}", layout.display(), proving.release.version);
    child::quietly(
        Command::new("umoci")
            .args(["unpack", "--image", &image])
            .arg(&bundle),
    )?;
    let config = std::fs::read_to_string(bundle.join("config.json"))?;
    let config: serde_json::Value = serde_json::from_str(&config)?;
    let process = &config["process"];
    if process["args"] != serde_json::json!([format!("/usr/bin/{RUNTIME}")]) {
        bail!("it starts {}", process["args"]);
    }
    if process["user"]["uid"] != 1000 {
        bail!("it runs as {}", process["user"]);
    }
    // Its files as the system, its own processes and /proc, and its user: all that is missing of a
    // container is the limits.
    let root = bundle.join("rootfs");
    let script = r#"
        set -e
        mkdir -p "$0/proc" "$0/work/in" "$0/work/out"
        cp "$1"/* "$0/work/in"
        chown -R 1000:1000 "$0/work"
        mount -t proc proc "$0/proc"
        mkdir -p "$0/dev"
        mount --bind /dev "$0/dev"
        run() { HOME=/home/pyblish PATH=/usr/bin:/usr/sbin chroot --userspec=1000:1000 "$0" /usr/bin/pyblish-endpoint "$@"; }
        run list
        run adapters list
        run publish --adapter folder --dir /work/in=/inbox --dir /work/out=/publish
    "#;
    let scene = crate::scene::Scene::new(proving.workspace, &folder)?;
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--pid", "--fork", "sh", "-c", script])
        .arg(&root)
        .arg(&scene.inbox);
    child::quietly(scene.user(&mut command))?;
    let version = root.join("work/out/imagesequence/hero/v001/publish.json");
    if !version.is_file() {
        bail!("it published nothing");
    }
    Ok(Proof::Shown(
        "unpacked, listed, published, in namespaces with its own files as the system; by no container \
         engine"
            .into(),
    ))
}
