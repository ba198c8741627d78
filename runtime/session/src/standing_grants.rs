//! What the user grants to an adapter for all of its sessions.

use pyblish_adapter::{AddressGrant, FolderGrant, Grants, NetworkGrant, Settings, ToolGrant};

/// What the user grants to an adapter for all of its sessions, on the command line or in
/// `endpoint.toml`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StandingGrants {
    /// Values for the adapter's settings. Of two values for one setting the last one counts.
    pub settings: Settings,
    /// Folders of this machine.
    pub folders: Vec<FolderGrant>,
    /// Where it may connect to.
    pub addresses: Vec<AddressGrant>,
    /// The private networks that host names among the addresses may resolve to.
    pub networks: Vec<NetworkGrant>,
    /// Names of environment variables.
    pub environment: Vec<String>,
    /// Names of hosts whose bridge it may use.
    pub bridges: Vec<String>,
    /// Programs that the runtime may run for it.
    pub tools: Vec<ToolGrant>,
    /// The process of the running host, where several of its kind run.
    pub pid: Option<u32>,
}

impl StandingGrants {
    /// Adds what `other` grants. Where both name the same setting, folder or process, `self` wins.
    pub fn add(&mut self, other: &StandingGrants) {
        // The last value of a setting counts.
        self.settings.splice(0..0, other.settings.iter().cloned());
        for folder in &other.folders {
            let is_same = |own: &FolderGrant| own.guest == folder.guest;
            if !self.folders.iter().any(is_same) {
                self.folders.push(folder.clone());
            }
        }
        add(&mut self.addresses, &other.addresses);
        add(&mut self.networks, &other.networks);
        add(&mut self.environment, &other.environment);
        add(&mut self.bridges, &other.bridges);
        // The first one of a name counts.
        add(&mut self.tools, &other.tools);
        self.pid = self.pid.or(other.pid);
    }

    /// The part of this that opens the sandbox.
    pub(crate) fn to_grants(&self) -> Grants {
        Grants {
            folders: self.folders.clone(),
            addresses: self.addresses.clone(),
            networks: self.networks.clone(),
            environment: self.environment.clone(),
            bridges: self.bridges.clone(),
            tools: self.tools.clone(),
        }
    }
}

fn add<T: Clone + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !list.contains(one) {
            list.push(one.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let pairs = pairs.iter();
        let owned = pairs.map(|(name, text)| (name.to_string(), text.to_string()));
        owned.collect()
    }

    #[test]
    fn own_grants_win_over_added_ones() {
        let mut first = StandingGrants {
            settings: settings(&[("show", "flag")]),
            folders: vec!["flag=/inbox".parse().unwrap()],
            ..StandingGrants::default()
        };
        let standing = StandingGrants {
            settings: settings(&[("show", "file")]),
            folders: vec!["in=/inbox:ro".parse().unwrap()],
            environment: vec!["SHOW".into()],
            ..StandingGrants::default()
        };
        first.add(&standing);
        assert_eq!(first.folders, ["flag=/inbox".parse().unwrap()]);
        assert_eq!(
            first.settings,
            settings(&[("show", "file"), ("show", "flag")])
        );
        assert_eq!(first.environment, ["SHOW"]);
    }
}
