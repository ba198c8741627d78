//! What an adapter gets: what it asks for and the user grants, both, and nothing else.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde_json::Value;

use super::{AdapterError, Description, Folder, Grant};
use crate::model::Data;

/// A folder of the host that appears inside the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderGrant {
    pub host: PathBuf,
    /// Absolute, with `/`.
    pub guest: String,
    pub writable: bool,
}

/// Somebody to connect to, `HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

/// How the bridge in a running host is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct BridgeAccess {
    pub secret: String,
    /// None where none is running.
    pub address: Option<SocketAddr>,
    /// Of the host's process.
    pub pid: Option<u32>,
}

impl fmt::Debug for BridgeAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the secret, which belongs in no log.
        f.debug_struct("BridgeAccess")
            .field("address", &self.address)
            .field("pid", &self.pid)
            .finish_non_exhaustive()
    }
}

/// Everything that the user grants to one adapter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    pub folders: Vec<FolderGrant>,
    pub addresses: Vec<Address>,
    /// Names of environment variables.
    pub environment: Vec<String>,
}

/// What an adapter gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Agreed {
    pub folders: Vec<FolderGrant>,
    pub addresses: Vec<Address>,
    /// Names of environment variables. One that is not granted is not there, as any may be.
    pub environment: Vec<String>,
}

impl Grants {
    /// Folders that do not get in each other's way.
    pub fn of_folders(folders: Vec<FolderGrant>) -> Result<Self, String> {
        for (index, folder) in folders.iter().enumerate() {
            for other in &folders[..index] {
                if folder.guest == other.guest {
                    return Err(format!(
                        "{} is granted twice; give each folder a place of its own",
                        folder.guest
                    ));
                }
                // A tree that is read-only on one path and writable on another is writable.
                // See RUSTSEC-2026-0188.
                if folder.writable != other.writable && overlap(&folder.host, &other.host) {
                    return Err(format!(
                        "{} and {} overlap, and only one of them is read-only; grant both in the same \
                         way, or folders apart",
                        folder.host.display(),
                        other.host.display()
                    ));
                }
            }
        }
        Ok(Grants {
            folders,
            ..Grants::default()
        })
    }

    /// What the adapter gets: asked for and granted. Connections to start a bridge with need no grant where
    /// one is running.
    pub(super) fn agree(
        &self,
        description: &Description,
        settings: &Data,
        running: bool,
    ) -> Result<Agreed, AdapterError> {
        Ok(Agreed {
            folders: self.agree_on_folders(description, settings)?,
            addresses: self.agree_on_addresses(description, settings, running)?,
            environment: self.agree_on_environment(description)?,
        })
    }

    fn agree_on_environment(&self, description: &Description) -> Result<Vec<String>, AdapterError> {
        let asks = |name: &String| {
            let mut grants = description.grants.iter();
            grants.any(|grant| matches!(grant, Grant::Environment(asked) if asked == name))
        };
        match self.environment.iter().find(|name| !asks(name)) {
            None => Ok(self.environment.clone()),
            Some(name) => Err(AdapterError::EnvironmentNotAsked {
                adapter: description.name.clone(),
                name: name.clone(),
            }),
        }
    }

    fn agree_on_addresses(
        &self,
        description: &Description,
        settings: &Data,
        running: bool,
    ) -> Result<Vec<Address>, AdapterError> {
        let asked: Vec<Address> = description
            .grants
            .iter()
            .filter_map(|grant| match grant {
                Grant::Address(address) => Some(Address(filled(address, settings))),
                Grant::Folder(_) | Grant::Bridge(_) | Grant::Environment(_) => None,
            })
            .collect();
        let texts = |addresses: &[Address]| -> Vec<String> {
            addresses.iter().map(Address::to_string).collect()
        };
        if let Some(granted) = self.addresses.iter().find(|one| !asked.contains(one)) {
            return Err(AdapterError::AddressNotAsked {
                adapter: description.name.clone(),
                address: granted.to_string(),
                asked: texts(&asked),
            });
        }
        let starts_bridges = description
            .grants
            .iter()
            .any(|grant| matches!(grant, Grant::Bridge(bridge) if bridge.optional));
        let (agreed, missing): (Vec<Address>, Vec<Address>) = asked
            .into_iter()
            .partition(|one| self.addresses.contains(one));
        match missing.is_empty() || (starts_bridges && running) {
            true => Ok(agreed),
            false => Err(AdapterError::MissingAddress {
                adapter: description.name.clone(),
                addresses: texts(&missing),
            }),
        }
    }

    /// The folders that the adapter gets: asked for and granted, writable where both sides say so.
    fn agree_on_folders(
        &self,
        description: &Description,
        settings: &Data,
    ) -> Result<Vec<FolderGrant>, AdapterError> {
        let asked: Vec<(String, &Folder)> = description
            .grants
            .iter()
            .filter_map(|grant| match grant {
                Grant::Folder(folder) => Some((place(&folder.path, settings), folder)),
                Grant::Address(_) | Grant::Bridge(_) | Grant::Environment(_) => None,
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
        let mut agreed = Vec::new();
        for (guest, folder) in asked {
            match self.folders.iter().find(|granted| granted.guest == guest) {
                Some(granted) => agreed.push(FolderGrant {
                    writable: granted.writable && folder.writable,
                    ..granted.clone()
                }),
                None if folder.optional => {}
                None => {
                    return Err(AdapterError::MissingFolder {
                        adapter: description.name.clone(),
                        guest,
                        doc: folder.doc.clone(),
                        writable: folder.writable,
                    });
                }
            }
        }
        Ok(agreed)
    }
}

/// The path that an adapter asks for; `{name}` stands for the value of a setting.
fn place(path: &str, settings: &Data) -> String {
    let setting = path
        .strip_prefix('{')
        .and_then(|path| path.strip_suffix('}'));
    match setting.and_then(|name| settings.get(name)?.as_str()) {
        Some(value) => value.to_owned(),
        None => path.to_owned(),
    }
}

/// The text, in which `{name}` stands for the value of the setting `name`.
fn filled(text: &str, settings: &Data) -> String {
    let mut filled = text.to_owned();
    for (name, value) in settings {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        filled = filled.replace(&format!("{{{name}}}"), &value);
    }
    filled
}

impl Address {
    /// Where it is now, by whatever names machines have today.
    pub(super) async fn resolve(&self) -> std::io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host(&self.0).await?.collect())
    }

    /// Whether it is a name rather than a number, which the adapter has to look up.
    pub(super) fn is_name(&self) -> bool {
        self.0.parse::<SocketAddr>().is_err()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        match !host.is_empty()
            && host.chars().all(plain)
            && port.parse::<u16>().is_ok_and(|p| p > 0)
        {
            true => Ok(Address(text.to_ascii_lowercase())),
            false => Err("write it as HOST:PORT, for example 127.0.0.1:7001".into()),
        }
    }
}

/// Whether one folder lies in the other. What is not there yet lies nowhere.
fn overlap(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one.starts_with(&other) || other.starts_with(&one),
        _ => false,
    }
}

impl FromStr for FolderGrant {
    type Err = String;

    /// Reads `HOST_PATH=GUEST_PATH` or `HOST_PATH=GUEST_PATH:ro`.
    fn from_str(text: &str) -> Result<Self, String> {
        let form =
            "write it as HOST_PATH=GUEST_PATH, with :ro at the end for a folder that is only read";
        let (host, guest) = text
            .rsplit_once('=')
            .filter(|(host, _)| !host.is_empty())
            .ok_or_else(|| format!("it has no `=` between two paths; {form}"))?;
        let (guest, writable) = match guest.strip_suffix(":ro") {
            Some(guest) => (guest, false),
            None => (guest, true),
        };
        let parts = || guest.split('/').skip(1);
        let plain = guest.starts_with('/') && parts().all(|part| !matches!(part, "" | "." | ".."));
        if !plain || guest.contains([':', '\\']) {
            return Err(format!(
                "{guest:?} is no path inside the sandbox, such as /inbox; {form}"
            ));
        }
        Ok(FolderGrant {
            host: host.into(),
            guest: guest.into(),
            writable,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Bridge;

    fn folder(text: &str) -> FolderGrant {
        text.parse().unwrap()
    }

    #[test]
    fn a_folder_is_writable_unless_it_says_ro() {
        assert!(folder("in=/inbox").writable);
        let read_only = folder("C:\\in=/inbox:ro");
        assert_eq!(read_only.host, Path::new("C:\\in"));
        assert_eq!(read_only.guest, "/inbox");
        assert!(!read_only.writable);
        assert_eq!(folder("a=b=/inbox").host, Path::new("a=b"));
    }

    #[test]
    fn a_malformed_folder_is_refused_with_the_form() {
        for text in [
            "in",
            "=/inbox",
            "in=",
            "in=inbox",
            "in=/",
            "in=/a/../b",
            "in=/a//b",
            "in=/a:rw",
        ] {
            let message = text.parse::<FolderGrant>().unwrap_err();
            assert!(
                message.contains("HOST_PATH=GUEST_PATH"),
                "{text}: {message}"
            );
        }
    }

    fn asking(folders: &[(&str, bool, bool)]) -> Description {
        let folder = |&(path, writable, optional): &(&str, bool, bool)| {
            Grant::Folder(Folder {
                path: path.into(),
                writable,
                optional,
                doc: "It is read.".into(),
            })
        };
        Description {
            name: "folder".into(),
            version: "1.0.0".into(),
            doc: String::new(),
            hosts: Vec::new(),
            settings: Vec::new(),
            grants: folders.iter().map(folder).collect(),
        }
    }

    fn agreed(asked: &[(&str, bool, bool)], granted: &[&str]) -> Result<Vec<FolderGrant>, String> {
        let folders = granted.iter().map(|text| folder(text)).collect();
        let settings = Data::from_iter([("inbox".to_owned(), "/incoming".into())]);
        let grants = Grants::of_folders(folders).unwrap();
        let agreed = grants.agree(&asking(asked), &settings, false);
        agreed
            .map(|agreed| agreed.folders)
            .map_err(|error| error.to_string())
    }

    fn agree_on(
        description: &Description,
        settings: &Data,
        granted: &[&str],
        running: bool,
    ) -> Result<Agreed, String> {
        let addresses = granted.iter().map(|text| text.parse().unwrap()).collect();
        let grants = Grants {
            addresses,
            ..Grants::default()
        };
        let agreed = grants.agree(description, settings, running);
        agreed.map_err(|error| error.to_string())
    }

    #[test]
    fn what_starts_a_bridge_needs_no_connection_where_one_runs() {
        let mut description = asking(&[]);
        for address in ["127.0.0.1:7001", "127.0.0.1:7003"] {
            description.grants.push(Grant::Address(address.into()));
        }
        let settings = Data::default();
        // It needs no bridge at all.
        assert!(agree_on(&description, &settings, &[], true).is_err());
        let bridge = |optional| {
            Grant::Bridge(Bridge {
                host: "maya".into(),
                optional,
            })
        };
        description.grants.push(bridge(false));
        assert!(agree_on(&description, &settings, &[], true).is_err());
        description.grants.push(bridge(true));
        let agreed = agree_on(&description, &settings, &[], true).unwrap();
        assert_eq!(agreed.addresses, []);
        let message = agree_on(&description, &settings, &[], false).unwrap_err();
        let flags = "--connect 127.0.0.1:7001 --connect 127.0.0.1:7003";
        assert!(message.contains(flags), "{message}");
    }

    #[test]
    fn an_environment_variable_is_given_where_both_sides_say_so() {
        let mut description = asking(&[]);
        description.grants.push(Grant::Environment("SHOW".into()));
        let agree = |names: &[&str]| {
            let environment = names.iter().map(|name| (*name).to_owned()).collect();
            let grants = Grants {
                environment,
                ..Grants::default()
            };
            let agreed = grants.agree(&description, &Data::new(), false);
            agreed.map_err(|error| error.to_string())
        };
        assert_eq!(agree(&["SHOW"]).unwrap().environment, ["SHOW"]);
        assert!(agree(&[]).unwrap().environment.is_empty());
        let message = agree(&["SHOW", "HOME"]).unwrap_err();
        assert!(message.contains("variable HOME"), "{message}");
    }

    #[test]
    fn an_address_is_granted_as_it_is_asked_for_and_no_other() {
        let mut description = asking(&[]);
        let grant = Grant::Address("127.0.0.1:{port}".into());
        description.grants.push(grant);
        let settings = Data::from_iter([("port".to_owned(), 7001.into())]);
        let agree = |granted: &[&str]| agree_on(&description, &settings, granted, false);
        let agreed = agree(&["127.0.0.1:7001"]).unwrap();
        assert_eq!(agreed.addresses[0].to_string(), "127.0.0.1:7001");
        let message = agree(&[]).unwrap_err();
        assert!(message.contains("--connect 127.0.0.1:7001"), "{message}");
        let message = agree(&["127.0.0.1:7001", "example.com:80"]).unwrap_err();
        assert!(message.contains("example.com:80"), "{message}");
        for text in ["", "host", "host:", ":80", "host:0", "host:99999", "a b:80"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_folder_is_writable_only_where_both_sides_say_so() {
        let asked = [
            ("/a", true, false),
            ("/b", false, false),
            ("/c", true, true),
        ];
        let agreed = agreed(&asked, &["x=/a:ro", "y=/b"]).unwrap();
        assert_eq!(agreed, [folder("x=/a:ro"), folder("y=/b:ro")]);
    }

    #[test]
    fn a_folder_may_be_named_by_a_setting() {
        let agreed = agreed(&[("{inbox}", true, false)], &["x=/incoming"]).unwrap();
        assert_eq!(agreed, [folder("x=/incoming")]);
    }

    #[test]
    fn what_was_not_asked_for_is_not_given() {
        let message = agreed(&[("/a", true, false)], &["x=/a", "y=/b"]).unwrap_err();
        assert!(
            message.contains("asks for no folder /b; it asks for /a"),
            "{message}"
        );
    }

    #[test]
    fn what_was_not_granted_is_named_with_the_flag_that_grants_it() {
        let message = agreed(&[("/a", false, false)], &[]).unwrap_err();
        assert!(
            message.contains("It is read. Grant it with --dir FOLDER=/a:ro"),
            "{message}"
        );
    }

    #[test]
    fn read_only_and_writable_folders_do_not_overlap() {
        let place = tempfile::tempdir().unwrap();
        let inner = place.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let grant = |path: &Path, rest: &str| folder(&format!("{}={rest}", path.display()));
        let refused = Grants::of_folders(vec![grant(place.path(), "/a:ro"), grant(&inner, "/b")]);
        assert!(refused.unwrap_err().contains("overlap"));
        let same_way = vec![grant(place.path(), "/a"), grant(&inner, "/b")];
        assert!(Grants::of_folders(same_way).is_ok());
        let twice = vec![grant(place.path(), "/a"), grant(&inner, "/a")];
        assert!(Grants::of_folders(twice).unwrap_err().contains("twice"));
    }
}
