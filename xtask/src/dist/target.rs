//! The systems that releases are for, and what each kind of package calls them.

use anyhow::{Result, bail};

use crate::workspace::RUNTIME;

/// The oldest glibc that a program for Linux runs with: that of Rocky 8, and of the VFX Reference
/// Platform.
pub const GLIBC: &str = "2.28";

/// What kind of system it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Linux,
    Windows,
    Mac,
}

/// A system that releases are for.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// What rustc calls it.
    pub triple: &'static str,
    pub system: System,
    /// The end of a wheel's name.
    pub wheel: &'static str,
    /// What dpkg, rpm and container images call the processor; none if there are no such packages.
    pub linux: Option<LinuxNames>,
    /// rez's packages that stand for it.
    pub rez: [&'static str; 2],
}

/// What others call a processor under Linux.
#[derive(Debug, PartialEq, Eq)]
pub struct LinuxNames {
    pub deb: &'static str,
    pub rpm: &'static str,
    pub image: &'static str,
}

/// The target that runs where releases are made: its program seals the adapters, and prints the man
/// pages.
pub const NATIVE: &Target = &TARGETS[0];

/// All of them.
pub const TARGETS: [Target; 5] = [
    Target {
        triple: "x86_64-unknown-linux-gnu",
        system: System::Linux,
        wheel: "manylinux_2_28_x86_64",
        linux: Some(LinuxNames {
            deb: "amd64",
            rpm: "x86_64",
            image: "amd64",
        }),
        rez: ["platform-linux", "arch-x86_64"],
    },
    Target {
        triple: "aarch64-unknown-linux-gnu",
        system: System::Linux,
        wheel: "manylinux_2_28_aarch64",
        linux: Some(LinuxNames {
            deb: "arm64",
            rpm: "aarch64",
            image: "arm64",
        }),
        rez: ["platform-linux", "arch-aarch64"],
    },
    Target {
        triple: "x86_64-pc-windows-gnu",
        system: System::Windows,
        wheel: "win_amd64",
        linux: None,
        rez: ["platform-windows", "arch-AMD64"],
    },
    // The oldest macOS of each: what is asked of the system's certificates came with 10.14, and arm64
    // began with 11.
    Target {
        triple: "x86_64-apple-darwin",
        system: System::Mac,
        wheel: "macosx_10_14_x86_64",
        linux: None,
        rez: ["platform-osx", "arch-x86_64"],
    },
    Target {
        triple: "aarch64-apple-darwin",
        system: System::Mac,
        wheel: "macosx_11_0_arm64",
        linux: None,
        rez: ["platform-osx", "arch-arm64"],
    },
];

impl Target {
    /// The name of the program's file.
    pub fn program(&self) -> String {
        match self.system {
            System::Windows => format!("{RUNTIME}.exe"),
            System::Linux | System::Mac => RUNTIME.to_owned(),
        }
    }
}

/// The targets with these names; all if there are none.
pub fn chosen(triples: &[String]) -> Result<Vec<&'static Target>> {
    let known = || TARGETS.iter().map(|it| it.triple).collect::<Vec<_>>();
    for triple in triples {
        if !known().contains(&triple.as_str()) {
            bail!(
                "there are no releases for {triple:?}; there are for {}",
                known().join(", ")
            );
        }
    }
    let is_chosen =
        |it: &&Target| triples.is_empty() || triples.iter().any(|name| name == it.triple);
    Ok(TARGETS.iter().filter(is_chosen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_chosen_by_name_and_all_without_one() {
        let names = |triples: &[&str]| {
            let triples: Vec<String> = triples.iter().map(|it| (*it).to_owned()).collect();
            chosen(&triples).map(|all| all.iter().map(|it| it.triple).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap().len(), TARGETS.len());
        let mac = "aarch64-apple-darwin";
        assert_eq!(names(&[mac, NATIVE.triple]).unwrap(), [NATIVE.triple, mac]);
        let error = names(&["sparc"]).unwrap_err().to_string();
        assert!(
            error.contains("\"sparc\"") && error.contains(mac),
            "{error}"
        );
    }
}
