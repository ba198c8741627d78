use super::*;
use crate::BridgeRequest;

fn folder(text: &str) -> FolderGrant {
    text.parse().unwrap()
}

fn asking(folders: &[(&str, bool, bool)]) -> Description {
    let folder = |&(path, writable, optional): &(&str, bool, bool)| {
        GrantRequest::Folder(FolderRequest {
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
        host_versions: Default::default(),
        settings: Vec::new(),
        grants: folders.iter().map(folder).collect(),
    }
}

fn agreed(asked: &[(&str, bool, bool)], granted: &[&str]) -> Result<Vec<FolderGrant>, String> {
    let folders = granted.iter().map(|text| folder(text)).collect();
    let settings = Data::from_iter([("inbox".to_owned(), "/incoming".into())]);
    let grants = Grants {
        folders,
        ..Grants::default()
    };
    let agreed = grants.agree(&asking(asked), &settings);
    agreed
        .map(|agreed| agreed.folders)
        .map_err(|error| error.to_string())
}

/// The addresses that it gets, granted these and the bridge of maya where it asks for it.
fn agree_on(
    description: &Description,
    settings: &Data,
    granted: &[&str],
    running: bool,
) -> Result<Vec<String>, String> {
    let addresses = granted.iter().map(|text| text.parse().unwrap()).collect();
    let bridges = description.bridges().map(|bridge| bridge.host.clone());
    let grants = Grants {
        addresses,
        bridges: bridges.collect(),
        ..Grants::default()
    };
    let granted = grants.open(description, settings);
    let granted = granted.map_err(|error| error.to_string())?;
    let addresses = granted.addresses(running);
    let addresses = addresses.map_err(|error| error.to_string())?;
    Ok(addresses.iter().map(AddressGrant::to_string).collect())
}

#[test]
fn running_bridge_needs_no_start_connection() {
    let mut description = asking(&[]);
    for address in ["127.0.0.1:7001", "127.0.0.1:7003"] {
        description
            .grants
            .push(GrantRequest::Address(address.into()));
    }
    let settings = Data::default();
    // It needs no bridge at all.
    assert!(agree_on(&description, &settings, &[], true).is_err());
    let bridge = |optional| {
        GrantRequest::Bridge(BridgeRequest {
            host: "maya".into(),
            optional,
            start: None,
        })
    };
    description.grants.push(bridge(false));
    assert!(agree_on(&description, &settings, &[], true).is_err());
    description.grants.push(bridge(true));
    let agreed = agree_on(&description, &settings, &[], true).unwrap();
    assert!(agreed.is_empty());
    let message = agree_on(&description, &settings, &[], false).unwrap_err();
    let flags = "--connect 127.0.0.1:7001 --connect 127.0.0.1:7003";
    assert!(message.contains(flags), "{message}");
}

#[test]
fn variable_needs_both_sides() {
    let mut description = asking(&[]);
    description
        .grants
        .push(GrantRequest::Environment("SHOW".into()));
    let agree = |names: &[&str]| {
        let environment = names.iter().map(|name| (*name).to_owned()).collect();
        let grants = Grants {
            environment,
            ..Grants::default()
        };
        let agreed = grants.agree(&description, &Data::new());
        agreed.map_err(|error| error.to_string())
    };
    assert_eq!(agree(&["SHOW"]).unwrap().environment, ["SHOW"]);
    assert!(agree(&[]).unwrap().environment.is_empty());
    let message = agree(&["SHOW", "HOME"]).unwrap_err();
    assert!(message.contains("variable HOME"), "{message}");
}

#[test]
fn only_asked_address_is_granted() {
    let mut description = asking(&[]);
    let grant = GrantRequest::Address("127.0.0.1:{port}".into());
    description.grants.push(grant);
    let settings = Data::from_iter([("port".to_owned(), pyblish_model::JsonText::of_value(&7001))]);
    let agree = |granted: &[&str]| agree_on(&description, &settings, granted, false);
    let agreed = agree(&["127.0.0.1:7001"]).unwrap();
    assert_eq!(agreed, ["127.0.0.1:7001"]);
    let message = agree(&[]).unwrap_err();
    assert!(message.contains("--connect 127.0.0.1:7001"), "{message}");
    let message = agree(&["127.0.0.1:7001", "example.com:80"]).unwrap_err();
    assert!(message.contains("example.com:80"), "{message}");
}

#[test]
fn writable_folder_needs_both_sides() {
    let asked = [
        ("/a", true, false),
        ("/b", false, false),
        ("/c", true, true),
    ];
    let agreed = agreed(&asked, &["x=/a:ro", "y=/b"]).unwrap();
    assert_eq!(agreed, [folder("x=/a:ro"), folder("y=/b:ro")]);
}

#[test]
fn setting_names_a_folder() {
    let agreed = agreed(&[("{inbox}", true, false)], &["x=/incoming"]).unwrap();
    assert_eq!(agreed, [folder("x=/incoming")]);
}

#[test]
fn unasked_grant_is_refused() {
    let message = agreed(&[("/a", true, false)], &["x=/a", "y=/b"]).unwrap_err();
    assert!(
        message.contains("asks for no folder /b; it asks for /a"),
        "{message}"
    );
}

#[test]
fn missing_grant_names_its_flag() {
    let message = agreed(&[("/a", false, false)], &[]).unwrap_err();
    assert!(
        message.contains("It is read. Grant it with --dir FOLDER=/a:ro"),
        "{message}"
    );
}

#[test]
fn two_folders_at_one_path_are_refused() {
    let message = agreed(&[("/a", true, false)], &["x=/a", "y=/a:ro"]).unwrap_err();
    assert!(message.contains("x=/a and y=/a:ro overlap"), "{message}");
    let asked = [("/incoming", false, false), ("{inbox}", true, false)];
    let message = agreed(&asked, &["x=/incoming"]).unwrap_err();
    assert!(message.contains("two folders as /incoming"), "{message}");
}

#[test]
fn bridge_is_granted_by_host() {
    let mut description = asking(&[]);
    let agree = |description: &Description, hosts: &[&str]| {
        let bridges = hosts.iter().map(|host| (*host).to_owned()).collect();
        let grants = Grants {
            bridges,
            ..Grants::default()
        };
        let agreed = grants.agree(description, &Data::new());
        let agreed = agreed.map_err(|error| error.to_string())?;
        Ok::<_, String>(agreed.bridge.map(|bridge| bridge.host))
    };
    assert_eq!(agree(&description, &[]), Ok(None));
    let message = agree(&description, &["maya"]).unwrap_err();
    assert!(message.contains("for no bridge of maya"), "{message}");
    for host in ["maya", "nuke"] {
        description.grants.push(GrantRequest::Bridge(BridgeRequest {
            host: host.into(),
            optional: host == "maya",
            start: None,
        }));
    }
    assert_eq!(agree(&description, &["nuke"]), Ok(Some("nuke".into())));
    assert_eq!(agree(&description, &["maya"]), Ok(Some("maya".into())));
    let message = agree(&description, &[]).unwrap_err();
    assert!(message.contains("--bridge maya"), "{message}");
    let message = agree(&description, &["blender"]).unwrap_err();
    assert!(message.contains("asks for maya, nuke"), "{message}");
}

#[test]
fn setting_is_filled_in_once() {
    let settings = Data::from_iter([
        ("host".to_owned(), "{port}.studio".into()),
        ("port".to_owned(), pyblish_model::JsonText::of_value(&7)),
    ]);
    assert_eq!(filled("{host}:{port}", &settings), "{port}.studio:7");
    assert_eq!(filled("{other}:{port", &settings), "{other}:{port");
    let mut description = asking(&[("{inbox}", true, true), ("/publish", true, true)]);
    description
        .grants
        .push(GrantRequest::Address("{host}:{port}".into()));
    assert_eq!(
        location_settings(&description),
        HashSet::from(["inbox", "host", "port"])
    );
}

#[test]
fn temporary_folder_needs_no_grant() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path().display();
    let open = |asked: &[(&str, bool, bool)], granted: &[&str]| {
        let folders = granted.iter().map(|text| folder(text)).collect();
        let grants = Grants {
            folders,
            ..Grants::default()
        };
        grants.open(&asking(asked), &Data::default())
    };
    let asked = [("/tmp", true, true)];
    let opened = open(&asked, &[]).unwrap();
    // It is no folder of the user's.
    assert!(opened.temporary().is_some() && opened.folders().is_empty());
    let opened = open(&asked, &[&format!("{here}=/tmp")]).unwrap();
    assert!(opened.temporary().is_none() && opened.folders().len() == 1);
    // An adapter that must have one, or only reads it, means another folder.
    assert!(
        open(&[("/tmp", false, true)], &[])
            .unwrap()
            .temporary()
            .is_none()
    );
    let message = open(&[("/tmp", true, false)], &[]).unwrap_err().to_string();
    assert!(message.contains("--dir FOLDER=/tmp"), "{message}");
    assert!(
        open(&[("/work", true, true)], &[])
            .unwrap()
            .temporary()
            .is_none()
    );
}

#[test]
fn granted_folder_around_temporary_one_is_refused() {
    let temporary = std::env::temp_dir();
    let grants = Grants {
        folders: vec![folder(&format!("{}=/work", temporary.display()))],
        ..Grants::default()
    };
    let asked = asking(&[("/work", true, true), ("/tmp", true, true)]);
    let message = grants
        .open(&asked, &Data::default())
        .unwrap_err()
        .to_string();
    assert!(message.contains("--dir FOLDER=/tmp"), "{message}");
    assert!(message.contains(&*temporary.to_string_lossy()), "{message}");
}
