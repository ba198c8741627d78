//! The adapters that are installed, and which of them is for a host.

use crate::open_error::OpenError;
use pyblish_adapter::{AdapterError, CatalogEntry, Description};

/// An adapter that is installed.
pub struct InstalledAdapter {
    /// Its name and its file.
    pub found: CatalogEntry,
    /// What its file says of it, or why it cannot be used. None where the file is not sealed and
    /// does not say.
    pub described: Result<Option<Description>, AdapterError>,
}

/// The name of the adapter that is for this host. Adapters that cannot be used do not count.
///
/// # Errors
/// No adapter is for this host, or more than one.
pub(crate) fn choose_for_host(
    installed: Vec<InstalledAdapter>,
    host: &str,
) -> Result<String, OpenError> {
    let (mut adapters, mut known) = (Vec::new(), Vec::new());
    let (mut with_bridge, mut silent) = (Vec::new(), Vec::new());
    for adapter in installed {
        let description = match adapter.described {
            Ok(Some(description)) => description,
            Ok(None) => {
                silent.push(adapter.found.name);
                continue;
            }
            Err(_) => continue,
        };
        if description.hosts.iter().any(|known| known == host) {
            if description.is_for_bridge(host) {
                with_bridge.push(adapter.found.name.clone());
            }
            adapters.push(adapter.found.name);
        }
        known.extend(description.hosts);
    }
    // The others run plug-ins that are written for the host, but without the host.
    if with_bridge.len() == 1 {
        adapters = with_bridge;
    }
    match adapters.len() {
        0 => Err(OpenError::NoAdapter {
            host: host.into(),
            known,
            silent,
        }),
        1 => Ok(adapters.remove(0)),
        _ => Err(OpenError::SeveralAdapters {
            host: host.into(),
            adapters,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyblish_adapter::{BridgeRequest, GrantRequest};

    fn adapter(name: &str, bridge: bool) -> InstalledAdapter {
        let bridge = bridge.then(|| {
            GrantRequest::Bridge(BridgeRequest {
                host: "maya".into(),
                optional: false,
                start: None,
            })
        });
        let description = Description {
            name: name.into(),
            version: "1.0.0".into(),
            doc: String::new(),
            hosts: vec!["maya".into()],
            settings: Vec::new(),
            grants: bridge.into_iter().collect(),
        };
        InstalledAdapter {
            found: CatalogEntry {
                name: name.into(),
                path: name.into(),
                pinned: None,
            },
            described: Ok(Some(description)),
        }
    }

    #[test]
    fn bridge_of_the_host_comes_first() {
        let both = vec![adapter("plain", false), adapter("inside", true)];
        assert_eq!(choose_for_host(both, "maya").unwrap(), "inside");
    }

    #[test]
    fn one_of_several_must_be_named() {
        let two = || vec![adapter("one", false), adapter("two", false)];
        let several = choose_for_host(two(), "maya").unwrap_err();
        assert!(matches!(several, OpenError::SeveralAdapters { .. }));
        let none = choose_for_host(two(), "nuke").unwrap_err();
        assert!(matches!(none, OpenError::NoAdapter { .. }));
    }
}
