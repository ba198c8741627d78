//! A stand-in for the program `cosign`, which cannot be had on the machines of the tests. It is a
//! script that takes the arguments of `cosign verify` as cosign 2 and 3 document them, refuses all
//! others, and looks up what was signed in a file in place of a registry. It checks no cryptography.
//!
//! Source: `doc/cosign_verify.md` of github.com/sigstore/cosign.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use super::machine::{Machine, text};

const SCRIPT: &str = r#"#!/bin/sh
# A stand-in for cosign: see cosign_standin.rs.
here=$(dirname "$0")
echo "$@" >> "$here/calls"
[ -n "$DOCKER_CONFIG" ] && cat "$DOCKER_CONFIG/config.json" >> "$here/logins"
[ "$1" = verify ] || { echo "Error: unknown command $1" >&2; exit 1; }
shift
key= image=
while [ $# -gt 0 ]; do
  case "$1" in
    --key) key=$2; shift ;;
    --insecure-ignore-tlog=true) echo "WARNING: Skipping tlog verification is an insecure practice" >&2 ;;
    --timeout) case "$2" in *[0-9]s) ;; *) echo "Error: invalid argument $2" >&2; exit 1 ;; esac; shift ;;
    --registry-cacert) [ -r "$2" ] || { echo "Error: no $2" >&2; exit 1; }; shift ;;
    --allow-http-registry=true) ;;
    -*) echo "Error: unknown flag: $1" >&2; exit 1 ;;
    *) image=$1 ;;
  esac
  shift
done
[ -e "$here/hangs" ] && exec sleep 600
case "$image" in *@sha256:*) ;; *) echo "Error: not a digest: $image" >&2; exit 1 ;; esac
signed="$(cat "$key" | tr -d '\n') ${image##*@}"
if grep -qxF -e "$signed" "$here/signed"; then
  echo '[{"critical": {}}]'
else
  echo "Error: no matching signatures: invalid signature when validating ASN.1 encoded signature" >&2
  echo "main.go:74: error during command execution: no matching signatures" >&2
  exit 12
fi
"#;

/// The stand-in, in a folder that is put before the others of `PATH`.
pub(super) struct CosignStandIn {
    folder: PathBuf,
}

impl CosignStandIn {
    /// Installs it on this machine.
    pub(super) fn install(machine: &Machine) -> Self {
        let folder = machine.path("bin");
        fs::create_dir(&folder).unwrap();
        let program = folder.join("cosign");
        fs::write(&program, SCRIPT).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.join("signed"), "").unwrap();
        CosignStandIn { folder }
    }

    /// Makes the public part of a key, and answers the lines of `endpoint.toml` for it.
    pub(super) fn key(machine: &Machine, name: &str) -> (PathBuf, String) {
        let file = machine.path(&format!("{name}.pub"));
        let pem = format!("-----BEGIN PUBLIC KEY-----\nMFkw{name}\n-----END PUBLIC KEY-----\n");
        fs::write(&file, pem).unwrap();
        let lines = format!(
            "[[trust.keys]]\nname = {name:?}\ncosign-key = {:?}\n",
            text(&file)
        );
        (file, lines)
    }

    /// Signs the manifest with this digest.
    pub(super) fn sign(&self, key: &PathBuf, digest: &str) {
        let file = self.folder.join("signed");
        let key = fs::read_to_string(key).unwrap().replace('\n', "");
        let all = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("{all}{key} {digest}\n")).unwrap();
    }

    /// Lets it never end.
    pub(super) fn hang(&self) {
        fs::write(self.folder.join("hangs"), "").unwrap();
    }

    /// What it was called with, a line each.
    pub(super) fn calls(&self) -> Vec<String> {
        self.lines("calls")
    }

    /// The logins that it got.
    pub(super) fn logins(&self) -> Vec<String> {
        self.lines("logins")
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The same command where the stand-in is on `PATH`.
    pub(super) fn with(&self, mut command: Command) -> Command {
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.folder.display()));
        command
    }
}
