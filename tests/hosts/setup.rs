//! `pyblish-endpoint host`, as a user calls it, in a home folder of the test's own.

#![cfg(unix)]

use std::fs;
use std::path::Path;

use pyblish_endpoint_tests::home::{HOSTS, Home, tree};
use serde_json::Value;

#[test]
fn install_and_remove_restore_the_home() {
    let home = Home::with_all();
    for (host, folder, startup, users) in HOSTS {
        let startup = home.path(folder).join(startup);
        if let Some(users) = users {
            let file = home.path(folder).join(users);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "import mine\n").unwrap();
        }
        let before = home.tree();
        assert_eq!(home.state(host)["state"], "absent", "{host}");

        // `show` writes nothing.
        let shown = home.host(&["show", host]).ok();
        assert!(
            shown.contains(&format!("--- {}", startup.display())),
            "{shown}"
        );
        assert_eq!(home.tree(), before, "{host}");

        // `install` says what it did.
        let installed = home.host(&["install", host, "--json"]).json();
        let changes = installed[0]["changes"].as_array().unwrap();
        for change in changes {
            let path = Path::new(change["path"].as_str().unwrap());
            assert!(path.is_file(), "{}", path.display());
        }
        let told = |path: &Path| {
            changes
                .iter()
                .any(|it| it["path"] == path.to_str().unwrap())
        };
        for (path, bytes) in home.tree() {
            let changed = before.get(&path) != Some(&bytes);
            assert_eq!(
                changed && bytes.is_some(),
                told(&path),
                "{host}: {}",
                path.display()
            );
        }
        assert_eq!(home.state(host)["state"], "current", "{host}");
        let text = fs::read_to_string(&startup).unwrap();
        assert!(shown.contains(&text), "{host}: `show` and `install` agree");
        if let Some(users) = users {
            let text = fs::read_to_string(home.path(folder).join(users)).unwrap();
            assert!(
                text.starts_with("import mine\n# >>> pyblish-endpoint "),
                "{text}"
            );
        }

        // A second `install` changes nothing.
        let once = home.tree();
        let again = home.host(&["install", host]);
        assert!(again.out.contains("is set up already"), "{again:?}");
        again.ok();
        assert_eq!(home.tree(), once, "{host}");

        // A second `remove` changes nothing, too.
        let removed = home.host(&["remove", host]).ok();
        assert!(
            removed.contains(&startup.display().to_string()),
            "{removed}"
        );
        assert_eq!(home.tree(), before, "{host}");
        let again = home.host(&["remove", host]);
        assert!(
            again.err.contains("nothing of pyblish-endpoint"),
            "{again:?}"
        );
        again.ok();
    }
}

#[test]
fn user_changes_are_kept() {
    for (host, folder, startup, _) in HOSTS {
        let home = Home::with_all();
        home.host(&["install", host]).ok();
        let startup = home.path(folder).join(startup);
        let text = fs::read_to_string(&startup).unwrap();
        fs::write(&startup, format!("{text}\n")).unwrap();
        let changed = home.tree();
        let state = home.state(host);
        assert_eq!(state["state"], "blocked");
        assert!(
            state["reason"].as_str().unwrap().contains("changed since"),
            "{state}"
        );
        for command in ["install", "remove"] {
            let said = home.host(&[command, host]).refused(1);
            assert!(said.contains(startup.to_str().unwrap()), "{said}");
            assert!(said.contains("Move it away"), "{said}");
            assert_eq!(home.tree(), changed, "{host} {command}");
        }
        fs::remove_file(&startup).unwrap();
        assert_eq!(home.state(host)["state"], "incomplete");
        home.host(&["install", host]).ok();
        assert_eq!(home.state(host)["state"], "current");
    }
}

#[test]
fn foreign_file_is_not_overwritten() {
    for (host, folder, startup, _) in HOSTS {
        let home = Home::with_all();
        let startup = home.path(folder).join(startup);
        fs::create_dir_all(startup.parent().unwrap()).unwrap();
        fs::write(&startup, "of a studio\n").unwrap();
        let before = home.tree();
        let said = home.host(&["install", host]).refused(1);
        assert!(
            said.contains("was not written by pyblish-endpoint") && said.contains("--into"),
            "{said}"
        );
        assert_eq!(home.tree(), before, "{host}");
        let removed = home.host(&["remove", host]).ok();
        assert!(
            removed.contains("which is not pyblish-endpoint's"),
            "{removed}"
        );
        assert_eq!(home.tree(), before, "{host}");
    }
}

#[test]
fn read_only_folder_is_named() {
    for (host, folder, _, _) in HOSTS {
        let home = Home::empty();
        // A file in its place stops even root.
        let place = home.path("in-the-way");
        fs::write(&place, "").unwrap();
        let said = home
            .host(&["install", host, "--into", place.to_str().unwrap()])
            .refused(1);
        assert!(
            said.contains(place.to_str().unwrap()) && said.contains("cannot be"),
            "{host} {folder}: {said}"
        );
        assert_eq!(fs::read(&place).unwrap(), b"");
    }
}

#[test]
fn unknown_host_is_explained() {
    let home = Home::empty();
    for (host, ..) in HOSTS {
        for command in ["install", "show"] {
            let said = home.host(&[command, host]).refused(1);
            assert!(
                said.contains("is found; looked for") && said.contains("--into"),
                "{said}"
            );
        }
        assert_eq!(home.state(host)["state"], "notFound");
        home.host(&["remove", host]).ok();
        // A named folder works without a host that has run.
        let folder = home.path("studio");
        let into = ["--into", folder.to_str().unwrap()];
        home.host(&[&["install", host][..], &into].concat()).ok();
        home.host(&[&["remove", host][..], &into].concat()).ok();
        assert!(tree(&folder).is_empty(), "{host}");
    }
    let said = home.host(&["install", "photoshop"]).refused(64);
    assert!(
        said.contains("\"photoshop\" is not a host") && said.contains("blender, freecad"),
        "{said}"
    );
    let said = home
        .host(&["install", "blender", "--version", "four"])
        .refused(64);
    assert!(said.contains("such as 4.2"), "{said}");
    let said = home
        .host(&["install", "nuke", "--version", "15.0"])
        .refused(1);
    assert!(
        said.contains("Nuke 15.0") && said.contains("Leave --version out"),
        "{said}"
    );
    let both = ["install", "blender", "--version", "4.2", "--into", "x"];
    home.host(&both).refused(64);
}

#[test]
fn version_can_be_chosen() {
    let home = Home::empty();
    for version in ["3.6", "4.2"] {
        fs::create_dir_all(home.path(".config/blender").join(version)).unwrap();
    }
    home.host(&["install", "blender", "--version", "4.2"]).ok();
    let list = home.host(&["list", "blender", "--json"]).json();
    let states: Vec<_> = list.as_array().unwrap().iter().collect();
    assert_eq!(
        (&states[0]["version"], &states[0]["state"]),
        (&"3.6".into(), &"absent".into())
    );
    assert_eq!(
        (&states[1]["version"], &states[1]["state"]),
        (&"4.2".into(), &"current".into())
    );
    let all = home.host(&["install", "blender", "--json"]).json();
    assert_eq!(all[0]["changes"].as_array().unwrap().len(), 4);
    assert_eq!(all[1]["changes"], Value::Array(Vec::new()));
    // A version that has never run gets its folder.
    home.host(&["install", "blender", "--version", "5.0"]).ok();
    let file = "scripts/startup/pyblish_endpoint_startup/__init__.py";
    assert!(home.path(".config/blender/5.0").join(file).is_file());
}

#[test]
fn help_names_exit_codes() {
    let home = Home::empty();
    for command in ["install", "remove", "show", "list"] {
        let help = home.host(&[command, "--help"]).ok();
        assert!(
            help.contains("Exit codes: 0") && help.contains("--json"),
            "{help}"
        );
    }
}
