//! The names of the contract (`wit/adapter.wit`): what an adapter exports, and all that it may
//! import. The lists, the loader and `inspect` use these.

/// The world that this runtime loads.
pub(super) const WORLD_NAME: &str = "pyblish:endpoint/adapter@0.2.0";

/// The version of the contract that this runtime speaks.
pub const CONTRACT_VERSION: &str = "0.2.0";

/// What an adapter exports.
pub(super) const SERVICE: &str = "pyblish:endpoint/service@0.2.0";

/// What the names of the contract's interfaces begin with.
const PACKAGE: &str = "pyblish:endpoint/";

/// The contract's interfaces that an adapter may import.
const IMPORTS: [&str; 6] = ["connections", "files", "hosts", "model", "movies", "work"];

/// The version of the contract: adapters of the same or an earlier 0.2 are loaded.
const MINOR: &str = "0.2.";
const PATCH: u32 = 0;

/// The interfaces of WASI 0.2 that an adapter may import.
const WASI: [&str; 27] = [
    "cli/environment",
    "cli/exit",
    "cli/stderr",
    "cli/stdin",
    "cli/stdout",
    "cli/terminal-input",
    "cli/terminal-output",
    "cli/terminal-stderr",
    "cli/terminal-stdin",
    "cli/terminal-stdout",
    "clocks/monotonic-clock",
    "clocks/wall-clock",
    "filesystem/preopens",
    "filesystem/types",
    "io/error",
    "io/poll",
    "io/streams",
    "random/insecure",
    "random/insecure-seed",
    "random/random",
    "sockets/instance-network",
    "sockets/ip-name-lookup",
    "sockets/network",
    "sockets/tcp",
    "sockets/tcp-create-socket",
    "sockets/udp",
    "sockets/udp-create-socket",
];

/// Whether an adapter may import the interface of this name.
pub(super) fn is_offered(name: &str) -> bool {
    let Some((interface, version)) = name.split_once('@') else {
        return false;
    };
    if let Some(interface) = interface.strip_prefix(PACKAGE) {
        IMPORTS.contains(&interface) && speaks_contract(version)
    } else {
        let interface = interface.strip_prefix("wasi:");
        interface.is_some_and(|interface| WASI.contains(&interface)) && version.starts_with("0.2.")
    }
}

/// Whether this is one of the contract's interfaces, of a version that is loaded.
pub(super) fn is_own(name: &str) -> bool {
    name.starts_with(PACKAGE) && (is_service(name) || is_offered(name))
}

/// Whether this is what an adapter exports.
pub(super) fn is_service(name: &str) -> bool {
    let version = name.strip_prefix("pyblish:endpoint/service@");
    version.is_some_and(speaks_contract)
}

/// Whether adapters of this version of the contract are loaded.
pub fn speaks_contract(version: &str) -> bool {
    let patch = version.strip_prefix(MINOR);
    patch.is_some_and(|patch| {
        patch
            .parse()
            .is_ok_and(|patch: u32| (0..=PATCH).contains(&patch))
    })
}

/// Why a component with these exports is no adapter for this runtime, in words.
pub(super) fn missing_service(exports: &[&str]) -> String {
    let other = exports.iter().find(|name| name.starts_with(PACKAGE));
    match (other, exports) {
        (Some(other), _) => format!(
            "it exports {other} in place of {SERVICE}. Build it again with the SDK of this version: \
             `pyblish-endpoint new` makes a project to start from"
        ),
        (None, []) => format!("it does not export {SERVICE}, or anything else"),
        (None, others) => format!(
            "it does not export {SERVICE}; it exports {}",
            others.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const WIT: &str = include_str!("../../../wit/adapter.wit");

    #[test]
    fn lists_are_those_of_the_world() {
        let imports = WIT.lines().filter_map(|line| {
            let name = line.trim().strip_prefix("import ")?;
            name.strip_suffix(';')
        });
        let (wasi, own): (BTreeSet<&str>, BTreeSet<&str>) =
            imports.partition(|name| name.starts_with("wasi:"));
        let wasi: BTreeSet<&str> = wasi
            .iter()
            .filter_map(|name| name.strip_prefix("wasi:")?.split_once('@'))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(wasi, BTreeSet::from(WASI));
        // `model` has types alone, which the others use.
        let known = IMPORTS.into_iter().filter(|name| *name != "model");
        assert_eq!(own, known.collect());
        assert!(WIT.starts_with(&format!("package pyblish:endpoint@{CONTRACT_VERSION};")));
        assert!(WORLD_NAME.ends_with(&format!("@{CONTRACT_VERSION}")));
        assert_eq!(CONTRACT_VERSION, format!("{MINOR}{PATCH}"));
    }

    #[test]
    fn earlier_versions_are_loaded_and_others_not() {
        assert!(is_service(SERVICE));
        for other in [
            "pyblish:endpoint/service@0.1.0",
            "pyblish:endpoint/service@0.2.1",
            "pyblish:endpoint/service@0.2.x",
            "pyblish:endpoint/service@1.2.0",
            "pyblish:endpoint/service",
            "studio:endpoint/service@0.2.0",
        ] {
            assert!(!is_service(other), "{other}");
        }
    }

    #[test]
    fn world_is_closed() {
        for offered in [
            "pyblish:endpoint/work@0.2.0",
            "pyblish:endpoint/model@0.2.0",
            "wasi:filesystem/types@0.2.0",
            "wasi:filesystem/types@0.2.12",
        ] {
            assert!(is_offered(offered), "{offered}");
        }
        for other in [
            "pyblish:endpoint/runtime@0.1.0",
            "pyblish:endpoint/secrets@0.2.0",
            "wasi:http/types@0.2.6",
            "wasi:filesystem/types@0.3.0",
            "wasi:clocks/timezone@0.2.12",
            "wasi:cli/run@0.2.6",
            "studio:tools/all",
        ] {
            assert!(!is_offered(other), "{other}");
        }
    }
}
