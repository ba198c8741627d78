//! What the file of an adapter says of itself, for the crate `distribution`, which knows no Wasm.

use std::path::Path;

use pyblish_adapter::{Description, GrantRequest, read_sealed};
use pyblish_distribution::{DistributionError, Release};

/// Reads the file of an adapter that is shipped.
pub fn describe(path: &Path, bytes: &[u8]) -> Result<Release, DistributionError> {
    let sealed = read_sealed(path, bytes).map_err(|error| DistributionError::NoAdapter {
        reason: error.to_string(),
    })?;
    let Some(sealed) = sealed else {
        return Err(DistributionError::NotSealed { path: path.into() });
    };
    let (it, contract) = (sealed.description, sealed.contract);
    let asks = asks(&it);
    let versions = it.host_versions.lines();
    let release = Release::new(&it.name, &it.version, it.hosts, contract, asks)?;
    Ok(release.with_host_versions(versions))
}

/// What the adapter asks for, one line each, as a lock has it: without what its author says about
/// it, which changes nothing that is granted.
fn asks(description: &Description) -> Vec<String> {
    let suffix = |is: bool, text| if is { text } else { "" };
    let grants = description.grants.iter().map(|grant| match grant {
        GrantRequest::Folder(folder) => format!(
            "folder {}{}{}",
            folder.path,
            suffix(!folder.writable, ":ro"),
            suffix(folder.optional, " (optional)")
        ),
        GrantRequest::Address(address) => format!("connect {address}"),
        GrantRequest::Bridge(bridge) => {
            format!(
                "bridge {}{}",
                bridge.host,
                suffix(bridge.optional, " (optional)")
            )
        }
        GrantRequest::Environment(name) => format!("env {name}"),
        GrantRequest::Tool(name) => format!("tool {name} (optional)"),
    });
    grants.collect()
}
