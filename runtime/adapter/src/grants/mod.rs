//! What an adapter gets: what it asks for and what the user grants. It must be both.

mod address;
mod folder;
mod network;

use std::collections::HashSet;
use std::sync::Arc;

pub use address::AddressGrant;
pub(super) use address::name;
pub use folder::{FolderGrant, GrantedFolder, GrantedFolders};
pub use network::NetworkGrant;
pub(super) use network::leads;

use super::temporary::{self, SessionTemporary};
use super::tool::{self, ToolGrant};
use super::{AdapterError, BridgeRequest, Description, FolderRequest, GrantRequest};
use pyblish_model::Data;

/// The environment variable that tells what is free on the disks of the folders; see `disks.rs`.
pub(super) const DISKS: &str = "PYBLISH_ENDPOINT_DISKS";

/// Everything that the user grants to one adapter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    /// Folders that it sees.
    pub folders: Vec<FolderGrant>,
    /// Addresses that it may connect to.
    pub addresses: Vec<AddressGrant>,
    /// Private networks that names among the addresses may resolve into.
    pub networks: Vec<NetworkGrant>,
    /// Names of environment variables.
    pub environment: Vec<String>,
    /// Names of hosts whose bridge it may use.
    pub bridges: Vec<String>,
    /// Programs that the runtime may run for it.
    pub tools: Vec<ToolGrant>,
}

/// What an adapter both asks for and was granted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Agreed {
    folders: Vec<FolderGrant>,
    addresses: Vec<AddressGrant>,
    /// Asked for and not granted: needed only to start a bridge where none runs.
    missing: Vec<AddressGrant>,
    /// Names of environment variables. One that is not granted looks unset.
    environment: Vec<String>,
    bridge: Option<BridgeRequest>,
    ffmpeg: Option<ToolGrant>,
}

/// What an adapter gets in each of its starts in one session. Folders are open already, and stay
/// the same ones.
#[derive(Debug, Clone)]
pub struct ActiveGrants {
    adapter: String,
    folders: GrantedFolders,
    temporary: Option<Arc<SessionTemporary>>,
    tells_disks: bool,
    networks: Vec<NetworkGrant>,
    agreed: Agreed,
}

impl Grants {
    /// Finds out what the adapter gets with these settings, and opens the folders. May wait for a
    /// slow disk.
    pub fn open(
        &self,
        description: &Description,
        settings: &Data,
    ) -> Result<ActiveGrants, AdapterError> {
        let agreed = self.agree(description, settings)?;
        let (folders, temporary) = folder::open(&agreed.folders, asks_temporary(description))?;
        Ok(ActiveGrants {
            adapter: description.name.clone(),
            folders,
            temporary,
            tells_disks: asks_disks(description),
            networks: self.networks.clone(),
            agreed,
        })
    }

    /// What the adapter gets: asked for and granted.
    fn agree(&self, description: &Description, settings: &Data) -> Result<Agreed, AdapterError> {
        let (addresses, missing) = self.agree_on_addresses(description, settings)?;
        Ok(Agreed {
            folders: self.agree_on_folders(description, settings)?,
            addresses,
            missing,
            environment: self.agree_on_environment(description)?,
            bridge: self.agree_on_bridge(description)?,
            ffmpeg: self.agree_on_tools(description)?,
        })
    }

    /// The bridge of a host is asked for and granted by the host's name. An adapter that has it can
    /// run programs in the host.
    fn agree_on_bridge(
        &self,
        description: &Description,
    ) -> Result<Option<BridgeRequest>, AdapterError> {
        let asked: Vec<&BridgeRequest> = description.bridges().collect();
        let granted = |bridge: &&BridgeRequest| self.bridges.contains(&bridge.host);
        let is_asked = |host: &&String| asked.iter().any(|bridge| bridge.host == **host);
        if let Some(host) = self.bridges.iter().find(|host| !is_asked(host)) {
            return Err(AdapterError::BridgeNotAsked {
                adapter: description.name.clone(),
                host: host.clone(),
                asked: asked.iter().map(|bridge| bridge.host.clone()).collect(),
            });
        }
        match (asked.iter().copied().find(granted), asked.first()) {
            (Some(bridge), _) => Ok(Some(bridge.clone())),
            (None, None) => Ok(None),
            (None, Some(bridge)) => Err(AdapterError::MissingBridge {
                adapter: description.name.clone(),
                host: bridge.host.clone(),
            }),
        }
    }

    /// A tool is asked for by its name. Of two grants for one, the first counts.
    fn agree_on_tools(&self, description: &Description) -> Result<Option<ToolGrant>, AdapterError> {
        let asks = |grant: &ToolGrant| {
            let mut grants = description.grants.iter();
            grants.any(|asked| matches!(asked, GrantRequest::Tool(name) if *name == grant.name))
        };
        match self.tools.iter().find(|grant| !asks(grant)) {
            None => Ok(self
                .tools
                .iter()
                .find(|it| it.name == tool::FFMPEG)
                .cloned()),
            Some(grant) => Err(AdapterError::ToolNotAsked {
                adapter: description.name.clone(),
                name: grant.name.clone(),
            }),
        }
    }

    fn agree_on_environment(&self, description: &Description) -> Result<Vec<String>, AdapterError> {
        let asks = |name: &String| {
            let mut grants = description.grants.iter();
            grants.any(|grant| matches!(grant, GrantRequest::Environment(asked) if asked == name))
        };
        match self.environment.iter().find(|name| !asks(name)) {
            None => Ok(self.environment.clone()),
            Some(name) => Err(AdapterError::EnvironmentNotAsked {
                adapter: description.name.clone(),
                name: name.clone(),
            }),
        }
    }

    /// The addresses that were granted, and those that were not.
    fn agree_on_addresses(
        &self,
        description: &Description,
        settings: &Data,
    ) -> Result<(Vec<AddressGrant>, Vec<AddressGrant>), AdapterError> {
        let asked = description.grants.iter().filter_map(|grant| match grant {
            GrantRequest::Address(address) => Some(filled(address, settings)),
            GrantRequest::Folder(_)
            | GrantRequest::Bridge(_)
            | GrantRequest::Environment(_)
            | GrantRequest::Tool(_) => None,
        });
        let asked = asked.map(|text| {
            let address = text.parse::<AddressGrant>();
            address.map_err(|reason| AdapterError::NoAddressAsked {
                adapter: description.name.clone(),
                address: text,
                reason,
            })
        });
        let asked: Vec<AddressGrant> = asked.collect::<Result<_, _>>()?;
        if let Some(granted) = self.addresses.iter().find(|one| !asked.contains(one)) {
            return Err(AdapterError::AddressNotAsked {
                adapter: description.name.clone(),
                address: granted.to_string(),
                asked: asked.iter().map(AddressGrant::to_string).collect(),
            });
        }
        let (agreed, missing): (Vec<AddressGrant>, Vec<AddressGrant>) = asked
            .into_iter()
            .partition(|one| self.addresses.contains(one));
        let starts_bridges = description.bridges().any(|bridge| bridge.optional);
        if missing.is_empty() || starts_bridges {
            Ok((agreed, missing))
        } else {
            Err(missing_addresses(&description.name, &missing))
        }
    }

    /// The folders that the adapter gets: asked for and granted, writable where both sides say so.
    fn agree_on_folders(
        &self,
        description: &Description,
        settings: &Data,
    ) -> Result<Vec<FolderGrant>, AdapterError> {
        let asked: Vec<(String, &FolderRequest)> = description
            .grants
            .iter()
            .filter_map(|grant| match grant {
                GrantRequest::Folder(folder) => Some((place(&folder.path, settings), folder)),
                GrantRequest::Address(_)
                | GrantRequest::Bridge(_)
                | GrantRequest::Environment(_)
                | GrantRequest::Tool(_) => None,
            })
            .collect();
        for granted in &self.folders {
            if !asked.iter().any(|(guest, _)| guest == &granted.guest) {
                return Err(AdapterError::FolderNotAsked {
                    adapter: description.name.clone(),
                    guest: granted.guest.clone(),
                    asked: asked.iter().map(|(guest, _)| guest.clone()).collect(),
                });
            }
        }
        let (mut agreed, mut seen) = (Vec::new(), HashSet::new());
        for (guest, folder) in asked {
            let mut granted = self.folders.iter().filter(|granted| granted.guest == guest);
            let Some(first) = granted.next() else {
                if folder.optional {
                    continue;
                }
                return Err(AdapterError::MissingFolder {
                    adapter: description.name.clone(),
                    guest,
                    doc: folder.doc.clone(),
                    writable: folder.writable,
                });
            };
            if let Some(second) = granted.next() {
                return Err(AdapterError::FoldersOverlap {
                    one: first.to_string(),
                    other: second.to_string(),
                });
            }
            if !seen.insert(guest.clone()) {
                return Err(AdapterError::FolderAskedTwice {
                    adapter: description.name.clone(),
                    guest,
                });
            }
            agreed.push(FolderGrant {
                writable: first.writable && folder.writable,
                ..first.clone()
            });
        }
        Ok(agreed)
    }
}

impl ActiveGrants {
    /// The folders, open since the session began.
    pub fn folders(&self) -> &GrantedFolders {
        &self.folders
    }

    /// The temporary folder of the session, if the adapter asks for one.
    pub(super) fn temporary(&self) -> Option<Arc<SessionTemporary>> {
        self.temporary.clone()
    }

    /// Whether the adapter asks what is free on the disks of its folders.
    pub(super) fn tells_disks(&self) -> bool {
        self.tells_disks
    }

    /// The bridge that the adapter may use.
    pub fn bridge(&self) -> Option<&BridgeRequest> {
        self.agreed.bridge.as_ref()
    }

    /// The ffmpeg that may be run for it.
    pub(super) fn ffmpeg(&self) -> Option<&ToolGrant> {
        self.agreed.ffmpeg.as_ref()
    }

    /// The values of the granted environment variables that there are.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        let names = self.agreed.environment.iter();
        let values = names.filter_map(|name| Some((name.clone(), std::env::var(name).ok()?)));
        values.collect()
    }

    /// Private networks that names may resolve into.
    pub(super) fn networks(&self) -> &[NetworkGrant] {
        &self.networks
    }

    /// The addresses that the adapter may connect to, besides the bridge. Addresses to start a
    /// bridge with need no grant if one is running.
    pub(super) fn addresses(&self, running: bool) -> Result<&[AddressGrant], AdapterError> {
        if self.agreed.missing.is_empty() || running {
            Ok(&self.agreed.addresses)
        } else {
            Err(missing_addresses(&self.adapter, &self.agreed.missing))
        }
    }
}

/// Whether the adapter asks for a temporary folder, which it gets without a grant.
fn asks_temporary(description: &Description) -> bool {
    description.grants.iter().any(|grant| match grant {
        GrantRequest::Folder(folder) => {
            folder.path == temporary::GUEST && folder.writable && folder.optional
        }
        GrantRequest::Address(_)
        | GrantRequest::Bridge(_)
        | GrantRequest::Environment(_)
        | GrantRequest::Tool(_) => false,
    })
}

/// Whether the adapter asks what is free on the disks of its folders: no grant is needed.
fn asks_disks(description: &Description) -> bool {
    let mut grants = description.grants.iter();
    grants.any(|grant| matches!(grant, GrantRequest::Environment(name) if name == DISKS))
}

fn missing_addresses(adapter: &str, missing: &[AddressGrant]) -> AdapterError {
    AdapterError::MissingAddress {
        adapter: adapter.into(),
        addresses: missing.iter().map(AddressGrant::to_string).collect(),
    }
}

/// The path that an adapter asks for; `{name}` stands for the value of a setting.
fn place(path: &str, settings: &Data) -> String {
    let setting = path
        .strip_prefix('{')
        .and_then(|path| path.strip_suffix('}'));
    match setting.and_then(|name| settings.get(name)?.as_str()) {
        Some(value) => value.into_owned(),
        None => path.to_owned(),
    }
}

/// Bytes of an address that are filled in; a name of DNS has 253.
const LONGEST: usize = 4096;

/// The text, in which `{name}` stands for the value of the setting `name`. Braces in a value stand
/// for themselves.
fn filled(text: &str, settings: &Data) -> String {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, name, behind)) = placeholder(rest) {
        // A long value that is repeated many times cannot become an address.
        if filled.len() > LONGEST {
            break;
        }
        filled.push_str(before);
        match settings.get(name) {
            Some(value) => filled.push_str(&value.to_plain()),
            None => filled.extend(["{", name, "}"]),
        }
        rest = behind;
    }
    filled + rest
}

/// The first `{name}`: what is before it, the name, and what is behind it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, behind) = rest.split_once('}')?;
    Some((before, name, behind))
}

/// The settings that decide which folder or address a grant is for: their values are part of what
/// the adapter asks for.
pub fn location_settings(description: &Description) -> HashSet<&str> {
    let mut names = HashSet::new();
    for grant in &description.grants {
        let mut rest = match grant {
            GrantRequest::Folder(folder) => folder.path.as_str(),
            GrantRequest::Address(address) => address,
            GrantRequest::Bridge(_) | GrantRequest::Environment(_) | GrantRequest::Tool(_) => {
                continue;
            }
        };
        while let Some((_, name, behind)) = placeholder(rest) {
            names.insert(name);
            rest = behind;
        }
    }
    names
}

#[cfg(test)]
mod tests;
