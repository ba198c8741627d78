//! What is for security people: digests, the signature, the list of crates.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::super::sums::{SIGNATURE, SUMS, sign};
use super::super::target::Target;
use super::proving::{Proof, Proving};
use crate::child;

/// Checks the digests and the signature, and that a changed file is noticed.
pub fn verified(proving: &Proving<'_>) -> Result<Proof> {
    let sums = || {
        let mut command = Command::new("sha256sum");
        command.args(["--check", "--strict", "--quiet", SUMS]);
        command
    };
    child::quietly(sums().current_dir(proving.made))?;
    // Without a key of the project, one that is made for this proof.
    let folder = proving.folder("sums")?;
    let (public, signed_by) = match proving.key {
        Some(key) => (public_of(&folder, key)?, "with the given key"),
        None => (
            signed_for_proof(proving, &folder)?,
            "with a key made for this proof",
        ),
    };
    let place = match proving.key {
        Some(_) => proving.made.to_path_buf(),
        None => folder.clone(),
    };
    let verify = || {
        let mut command = Command::new("minisign");
        command
            .args(["-V", "-q", "-m", SUMS, "-x", SIGNATURE, "-p"])
            .arg(&public);
        command
    };
    child::quietly(verify().current_dir(&place))?;
    let changed = proving.folder("sums-changed")?;
    for name in [SUMS, SIGNATURE] {
        fs::copy(place.join(name), changed.join(name)).context("cannot copy SHA256SUMS")?;
    }
    let text = fs::read_to_string(changed.join(SUMS))?;
    fs::write(changed.join(SUMS), text.replacen(['0', '1'], "2", 1))?;
    if child::output(verify().current_dir(&changed))?
        .status
        .success()
    {
        bail!("minisign accepts a list that was changed");
    }
    match proving.key {
        Some(_) => Ok(Proof::Shown(format!(
            "checked, signed {signed_by}; a change is noticed"
        ))),
        None => Ok(Proof::NotShown(format!(
            "the digests are right, and signing works {signed_by}; the files themselves are not \
             signed, since there was no --key"
        ))),
    }
}

/// Signs a copy with a new key, and returns the public key.
fn signed_for_proof(proving: &Proving<'_>, folder: &std::path::Path) -> Result<PathBuf> {
    let (public, secret) = (folder.join("key.pub"), folder.join("key"));
    child::quietly(
        Command::new("minisign")
            .args(["-G", "-W", "-p"])
            .arg(&public)
            .arg("-s")
            .arg(&secret),
    )?;
    fs::copy(proving.made.join(SUMS), folder.join(SUMS)).context("cannot copy SHA256SUMS")?;
    sign(folder, proving.release, &secret)?;
    Ok(public)
}

/// The public key that belongs to a secret one.
fn public_of(folder: &std::path::Path, key: &std::path::Path) -> Result<PathBuf> {
    let public = folder.join("key.pub");
    child::quietly(
        Command::new("minisign")
            .args(["-R", "-f", "-p"])
            .arg(&public)
            .arg("-s")
            .arg(key),
    )?;
    Ok(public)
}

/// A crate that every program has, with its version.
const KNOWN: &str = "wasmtime";

/// Compares the list in each program with the SBOM beside it.
pub fn listed(proving: &Proving<'_>) -> Result<Proof> {
    let mut said = Vec::new();
    for program in proving.programs {
        let target = program.target;
        let inside = inside(proving, target)?;
        let beside = beside(proving, target)?;
        let has = |list: &BTreeSet<String>| {
            list.iter()
                .any(|name| name.starts_with(&format!("{KNOWN} ")))
        };
        if !has(&inside) || !has(&beside) {
            bail!("{}: {KNOWN} is not in both lists", target.triple);
        }
        // cargo-auditable may list more: what a target's dependencies ask for is not always linked.
        let missing: Vec<_> = beside.difference(&inside).cloned().collect();
        if !missing.is_empty() {
            bail!(
                "{}: the SBOM has {}, and the program does not",
                target.triple,
                missing.join(", ")
            );
        }
        said.push(format!("{} crates for {}", beside.len(), target.triple));
    }
    Ok(Proof::Shown(said.join(", ")))
}

/// Finds cargo-auditable's list in a program of any system: it is a zlib stream of JSON.
const FIND_LIST: &str = r#"
import re, sys, zlib
data = open(sys.argv[1], "rb").read()
for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
    try:
        text = zlib.decompressobj().decompress(data[found.start():found.start() + 1000000])
    except zlib.error:
        continue
    if text.startswith(b'{"packages"'):
        sys.stdout.write(text.decode())
        sys.exit(0)
sys.exit("the program has no list of crates")
"#;

/// The crates that the program itself lists.
fn inside(proving: &Proving<'_>, target: &Target) -> Result<BTreeSet<String>> {
    let program = proving.unpacked(target)?.join(target.program());
    let mut command = Command::new("python3");
    command.args(["-I", "-c", FIND_LIST]).arg(program);
    let list: Value = serde_json::from_str(&child::quietly(&mut command)?)?;
    let packages = list["packages"]
        .as_array()
        .context("a list without packages")?;
    // Also those that only build it: the SBOM has macros, which are among them.
    Ok(packages.iter().map(named).collect())
}

/// The crates in the SBOM.
fn beside(proving: &Proving<'_>, target: &Target) -> Result<BTreeSet<String>> {
    let name = format!("{}-{}.cdx.json", proving.release.name(), target.triple);
    let text = fs::read_to_string(proving.made.join(&name))
        .with_context(|| format!("cannot read {name}"))?;
    let list: Value = serde_json::from_str(&text)?;
    if list["bomFormat"] != "CycloneDX" {
        bail!("{name} is no SBOM of CycloneDX");
    }
    let components = list["components"]
        .as_array()
        .context("an SBOM without components")?;
    Ok(components.iter().map(named).collect())
}

fn named(package: &Value) -> String {
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    format!("{} {}", text("name"), text("version"))
}
