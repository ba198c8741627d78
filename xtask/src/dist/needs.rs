//! Programs of the system that make releases, and Debian's packages that have them.
//!
//! Policy: root gets what is missing; others are told the command. A program that is there is used,
//! wherever it is from.

use std::path::Path;

use anyhow::Result;

use crate::debian;

/// What makes releases: a file, or a program on `PATH`, and its package.
const TO_MAKE: [(&str, &str); 16] = [
    ("git", "git"),
    // The linker for Windows.
    ("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"),
    ("npm", "npm"),
    ("zip", "zip"),
    ("tar", "tar"),
    // Packages and images.
    ("dpkg-deb", "dpkg"),
    ("rpmbuild", "rpm"),
    ("mmdebstrap", "mmdebstrap"),
    ("umoci", "umoci"),
    // The installer for Windows.
    ("wixl", "wixl"),
    ("msibuild", "msitools"),
    ("faketime", "faketime"),
    // Signatures, and what reads programs.
    ("minisign", "minisign"),
    ("readelf", "binutils"),
    ("node", "nodejs"),
    ("python3", "python3-venv"),
];

/// What else proves them. `wine` gets what is for Windows.
const TO_PROVE: [(&str, &str); 3] = [
    ("qemu-aarch64-static", "qemu-user-static"),
    ("/usr/aarch64-linux-gnu/lib/libc.so.6", "libc6-arm64-cross"),
    ("systemd-socket-activate", "systemd"),
];

/// Installs what is missing.
pub fn install(proving: bool) -> Result<()> {
    let proofs: &[_] = if proving { &TO_PROVE } else { &[] };
    let all = TO_MAKE.iter().chain(proofs);
    let missing: Vec<_> = all
        .filter(|(program, _)| !is_there(program))
        .map(|(_, package)| *package)
        .collect();
    debian::install(&missing, "releases are made with them")
}

/// Whether a file exists, or a program on `PATH`.
fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path);
    match Path::new(program).is_absolute() {
        true => Path::new(program).exists(),
        false => folders.any(|folder| folder.join(program).is_file()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn programs_are_looked_for_on_path() {
        assert!(is_there("sh") && is_there("/bin/sh"));
        assert!(!is_there("no-such-program") && !is_there("/bin/no-such-program"));
    }
}
