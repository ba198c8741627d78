//! The adapters that are installed, and which of them is for a host.

use crate::open_error::OpenError;
use pyblish_adapter::{AdapterError, CatalogEntry, Description, compare_versions};

/// An adapter that is installed.
pub struct InstalledAdapter {
    /// Its name and its file.
    pub found: CatalogEntry,
    /// What its file says of it, or why it cannot be used. None where the file is not sealed and
    /// does not say.
    pub described: Result<Option<Description>, AdapterError>,
}

/// A host that an adapter is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WantedHost<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// The version of the running one, if one is running and says so.
    pub(crate) version: Option<&'a str>,
}

/// The name of the adapter that is for this host. Adapters that cannot be used do not count.
///
/// Of several, these come first, in this order: those that work inside the host, through its bridge,
/// while the others run plug-ins that are written for the host, but without the host; those that
/// name the versions that they are for; and of one adapter the newest version.
///
/// # Errors
/// No adapter is for this host or for this version of it, or more than one.
pub(crate) fn choose_for_host(
    installed: Vec<InstalledAdapter>,
    host: WantedHost<'_>,
) -> Result<String, OpenError> {
    let (mut suited, mut known) = (Vec::new(), Vec::new());
    let (mut silent, mut others) = (Vec::new(), Vec::new());
    for adapter in installed {
        let description = match adapter.described {
            Ok(Some(description)) => description,
            Ok(None) => {
                silent.push(adapter.found.name);
                continue;
            }
            Err(_) => continue,
        };
        if description.hosts.iter().any(|known| known == host.name) {
            let versions = &description.host_versions;
            match host.version {
                Some(version) if !versions.has(host.name, version) => {
                    let range = versions.range(host.name).unwrap_or_default();
                    let Description { name, version, .. } = &description;
                    others.push(format!("{name} {version} is for {range}"));
                }
                _ => suited.push((adapter.found.name, description)),
            }
            continue;
        }
        known.extend(description.hosts);
    }
    if let (true, Some(version)) = (suited.is_empty() && !others.is_empty(), host.version) {
        return Err(OpenError::OtherHostVersion {
            host: host.name.into(),
            version: version.into(),
            others,
        });
    }
    prefer(&mut suited, |it| it.is_for_bridge(host.name));
    prefer(&mut suited, |it| {
        it.host_versions.range(host.name).is_some()
    });
    if let Some((_, first)) = suited.first()
        && suited.iter().all(|(_, it)| it.name == first.name)
    {
        let newest =
            |(_, one): &Suited, (_, other): &Suited| compare_versions(&one.version, &other.version);
        suited = suited.into_iter().max_by(newest).into_iter().collect();
    }
    match suited.len() {
        0 => Err(OpenError::NoAdapter {
            host: host.name.into(),
            known,
            silent,
        }),
        1 => Ok(suited.remove(0).0),
        _ => Err(OpenError::SeveralAdapters {
            host: host.name.into(),
            adapters: suited.into_iter().map(|(name, _)| name).collect(),
        }),
    }
}

/// The name that an adapter is found by, and what it says of itself.
type Suited = (String, Description);

/// Keeps only these, if there are any.
fn prefer(suited: &mut Vec<Suited>, is_better: impl Fn(&Description) -> bool) {
    if suited.iter().any(|(_, it)| is_better(it)) {
        suited.retain(|(_, it)| is_better(it));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyblish_adapter::{BridgeRequest, GrantRequest, HostVersions};

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
            host_versions: Default::default(),
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

    /// The same adapter under that name, of this version, for these versions of Maya.
    fn versioned(name: &str, version: &str, range: &str) -> InstalledAdapter {
        let mut adapter = adapter(name, true);
        if let Ok(Some(description)) = &mut adapter.described {
            let (name, _) = name.split_once('@').unwrap_or((name, ""));
            description.name = name.into();
            description.version = version.into();
            let range = (!range.is_empty()).then(|| ("maya".into(), range.parse().unwrap()));
            description.host_versions = HostVersions::of(range);
        }
        adapter
    }

    fn choose(
        installed: Vec<InstalledAdapter>,
        version: Option<&str>,
    ) -> Result<String, OpenError> {
        let name = "maya";
        choose_for_host(installed, WantedHost { name, version })
    }

    #[test]
    fn bridge_of_the_host_comes_first() {
        let both = vec![adapter("plain", false), adapter("inside", true)];
        assert_eq!(choose(both, None).unwrap(), "inside");
    }

    #[test]
    fn one_of_several_must_be_named() {
        let two = || vec![adapter("one", false), adapter("two", false)];
        let several = choose(two(), None).unwrap_err();
        assert!(matches!(several, OpenError::SeveralAdapters { .. }));
        let nuke = WantedHost {
            name: "nuke",
            version: None,
        };
        let none = choose_for_host(two(), nuke).unwrap_err();
        assert!(matches!(none, OpenError::NoAdapter { .. }));
    }

    #[test]
    fn version_of_the_host_decides() {
        let all = || {
            vec![
                versioned("any", "1.0.0", ""),
                versioned("old", "1.0.0", "<2024"),
                versioned("new", "1.0.0", ">=2024"),
            ]
        };
        assert_eq!(choose(all(), Some("2022.3")).unwrap(), "old");
        assert_eq!(choose(all(), Some("2024")).unwrap(), "new");
        // Nobody knows which: both name versions.
        let several = choose(all(), None).unwrap_err().to_string();
        assert!(several.contains("old, new"), "{several}");
        let mut two = all();
        two.remove(2);
        assert_eq!(choose(two, Some("2025")).unwrap(), "any");
        let said = choose(vec![versioned("old", "1.0.0", "<2024")], Some("2025"));
        let said = said.unwrap_err().to_string();
        assert!(said.contains("old 1.0.0 is for <2024"), "{said}");
    }

    #[test]
    fn newest_version_of_one_adapter_is_taken() {
        let all = vec![
            versioned("tool@1.9.0", "1.9.0", ">=2022"),
            versioned("tool@1.10.0", "1.10.0", ">=2022"),
            versioned("tool@2.0.0", "2.0.0", ">=2026"),
        ];
        assert_eq!(choose(all, Some("2025.1")).unwrap(), "tool@1.10.0");
    }
}
