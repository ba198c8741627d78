//! Each host is installed into folders of a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::places::OperatingSystem;
use super::*;

fn surroundings(home: &Path) -> UserEnvironment {
    UserEnvironment {
        system: OperatingSystem::Linux,
        home: home.to_path_buf(),
        config: home.join(".config"),
        data: home.join(".local/share"),
        local: home.join("local"),
        documents: home.join("Documents"),
        variable: Box::new(|_| None),
    }
}

/// The folder of each host, as its makers would have made it.
fn place(host: SupportedHost, home: &Path) -> PathBuf {
    let place = home.join(match host.name {
        "blender" => ".config/blender/4.2",
        "freecad" => ".local/share/FreeCAD",
        "houdini" => "houdini20.5",
        "krita" => ".local/share/krita",
        "maya" => "maya",
        "nuke" => ".nuke",
        other => panic!("{other}"),
    });
    fs::create_dir_all(&place).unwrap();
    place
}

fn only_plan(host: SupportedHost, home: &Path) -> InstallPlan {
    let mut plans = plans(
        host,
        &InstallTarget::Found,
        Path::new("/opt/endpoint"),
        &surroundings(home),
    )
    .unwrap();
    assert_eq!(plans.len(), 1);
    plans.remove(0)
}

/// Everything below a folder: the files with their bytes, the folders with none.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in folder.read_dir().unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(tree(&path));
            found.insert(path, None);
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, Some(bytes));
        }
    }
    found
}

#[test]
fn removing_restores_the_folder() {
    for host in SUPPORTED_HOSTS {
        let home = tempfile::tempdir().unwrap();
        place(host, home.path());
        let plan = only_plan(host, home.path());
        if let Some(lines) = &plan.block {
            fs::create_dir_all(lines.path.parent().unwrap()).unwrap();
            fs::write(&lines.path, "import mine").unwrap();
        }
        fs::write(home.path().join(".config-of-others"), "x").unwrap();
        if let Some((settings, _)) = &plan.switch {
            fs::create_dir_all(settings.parent().unwrap()).unwrap();
            fs::write(settings, "[a]\nb=1\n").unwrap();
        }
        let before = tree(home.path());
        assert!(matches!(plan.state(), SetupState::Absent));
        assert_eq!(
            plan.remove().unwrap(),
            [],
            "{}: nothing is there",
            host.name
        );

        let wrote = plan.install().unwrap();
        assert!(wrote.len() >= 3, "{}: {wrote:?}", host.name);
        assert!(
            matches!(plan.state(), SetupState::Current),
            "{:?}",
            plan.state()
        );
        for piece in &plan.files {
            let text = fs::read_to_string(&piece.path).unwrap();
            assert_eq!(
                text.matches("Written by pyblish-endpoint ").count(),
                1,
                "{}",
                piece.path.display()
            );
            assert!(!text.contains("FOLDER = \"\""), "{}", piece.path.display());
        }
        // Python's compiled files are removed with our modules.
        let cache = plan.folder.join("__pycache__");
        fs::create_dir_all(&cache).unwrap();
        fs::write(cache.join("pyblish_endpoint_bridge.cpython-311.pyc"), "x").unwrap();
        plan.install().unwrap();
        fs::create_dir_all(&cache).unwrap();
        fs::write(cache.join("pyblish_endpoint_menu.cpython-311.pyc"), "x").unwrap();

        plan.remove().unwrap();
        assert_eq!(tree(home.path()), before, "{}", host.name);
    }
}

#[test]
fn startup_file_names_folder_and_runtime() {
    for host in SUPPORTED_HOSTS {
        let home = tempfile::tempdir().unwrap();
        place(host, home.path());
        let plan = only_plan(host, home.path());
        let lines = plan.lines();
        let startup: String = plan
            .startup()
            .chain(&lines)
            .map(|piece| piece.text.as_str())
            .collect();
        let folder = format!("{:?}", plan.folder.display().to_string());
        assert!(startup.contains(&folder), "{}", host.name);
        assert!(
            startup.contains("BINARY = u\"/opt/endpoint\""),
            "{}",
            host.name
        );
        assert!(
            !startup.contains("# 10  Bridge"),
            "{}: not the bridge itself",
            host.name
        );
    }
}

#[test]
fn foreign_file_is_refused_first() {
    for host in SUPPORTED_HOSTS {
        let home = tempfile::tempdir().unwrap();
        place(host, home.path());
        let plan = only_plan(host, home.path());
        // Each of the files in turn.
        for piece in &plan.files {
            fs::create_dir_all(piece.path.parent().unwrap()).unwrap();
            fs::write(&piece.path, "# somebody else's\n").unwrap();
            let before = tree(home.path());
            let refused = plan.install().unwrap_err().to_string();
            assert!(
                refused.contains(&piece.path.display().to_string()),
                "{refused}"
            );
            assert!(refused.contains("--into"), "{refused}");
            assert_eq!(tree(home.path()), before, "{}", host.name);
            assert_eq!(
                plan.remove().unwrap(),
                [FileChange::Left(piece.path.clone())]
            );
            assert_eq!(fs::read(&piece.path).unwrap(), b"# somebody else's\n");
            fs::remove_file(&piece.path).unwrap();
        }
    }
}

#[test]
fn changed_file_is_kept() {
    for host in SUPPORTED_HOSTS {
        let home = tempfile::tempdir().unwrap();
        place(host, home.path());
        let plan = only_plan(host, home.path());
        plan.install().unwrap();
        assert_eq!(
            plan.install().unwrap(),
            [],
            "{}: a second time changes nothing",
            host.name
        );
        for piece in &plan.files {
            let text = fs::read_to_string(&piece.path).unwrap();
            fs::write(&piece.path, format!("mine\n{text}")).unwrap();
            let before = tree(home.path());
            assert!(matches!(
                plan.state(),
                SetupState::Blocked(InstallError::Changed(_))
            ));
            for refused in [plan.install(), plan.remove()] {
                let refused = refused.unwrap_err().to_string();
                let path = piece.path.display().to_string();
                assert!(
                    refused.contains(&path) && refused.contains("changed since"),
                    "{refused}"
                );
            }
            assert_eq!(tree(home.path()), before, "{}", host.name);
            // After deleting it, as the message says, everything works.
            fs::remove_file(&piece.path).unwrap();
            assert!(matches!(plan.state(), SetupState::Incomplete));
            assert_eq!(
                plan.install().unwrap(),
                [FileChange::Wrote(piece.path.clone())]
            );
        }
        if let Some(lines) = &plan.block {
            let text = fs::read_to_string(&lines.path).unwrap();
            fs::write(&lines.path, format!("{text}import mine\n")).unwrap();
            assert!(
                matches!(plan.state(), SetupState::Current),
                "the text around it is not ours"
            );
            fs::write(&lines.path, text.replace("import sys", "import os")).unwrap();
            assert!(matches!(
                plan.state(),
                SetupState::Blocked(InstallError::ChangedLines(_))
            ));
            let refused = plan.remove().unwrap_err().to_string();
            assert!(refused.contains("by hand"), "{refused}");
        }
    }
}

#[test]
fn disabled_plugin_is_reported_and_enabled() {
    let home = tempfile::tempdir().unwrap();
    let host = find("krita").unwrap();
    place(host, home.path());
    let plan = only_plan(host, home.path());
    plan.install().unwrap();
    let (settings, _) = plan.switch.clone().unwrap();
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("=true", "=false")).unwrap();
    assert!(matches!(plan.state(), SetupState::SwitchedOff));
    assert_eq!(
        plan.install().unwrap(),
        [FileChange::SwitchedOn(settings.clone())]
    );
    plan.remove().unwrap();
    assert!(!settings.exists(), "it was ours alone");
}

#[test]
fn older_version_is_replaced() {
    for host in SUPPORTED_HOSTS {
        let home = tempfile::tempdir().unwrap();
        place(host, home.path());
        let plan = only_plan(host, home.path());
        for piece in plan.files.iter().chain(&plan.block) {
            fs::create_dir_all(piece.path.parent().unwrap()).unwrap();
        }
        for piece in &plan.files {
            let words = mark::words(host.name).replace(VERSION, "0.0.9");
            fs::write(
                &piece.path,
                mark::sealed(&format!("an-old-line\n# {words}\n")),
            )
            .unwrap();
        }
        if let Some(lines) = &plan.block {
            let old = block::with(Some(b"import mine\n"), "0.0.9", "an-old-line\n").unwrap();
            fs::write(&lines.path, old).unwrap();
        }
        assert!(matches!(plan.state(), SetupState::Outdated(version) if version == "0.0.9"));
        for done in plan.install().unwrap() {
            match done {
                FileChange::Replaced(_, version) | FileChange::ReplacedLines(_, version) => {
                    assert_eq!(version, "0.0.9");
                }
                FileChange::SwitchedOn(_) => {}
                other => panic!("{}: {other:?}", host.name),
            }
        }
        for piece in plan.files.iter().chain(&plan.block) {
            let text = fs::read_to_string(&piece.path).unwrap();
            assert!(!text.contains("an-old-line\n"), "{}", piece.path.display());
        }
        assert!(
            matches!(plan.state(), SetupState::Current),
            "{:?}",
            plan.state()
        );
    }
}

#[test]
fn foreign_file_in_our_folder_stays() {
    let home = tempfile::tempdir().unwrap();
    let host = find("freecad").unwrap();
    place(host, home.path());
    let plan = only_plan(host, home.path());
    plan.install().unwrap();
    let pyblish = plan.folder.join("pyblish");
    fs::create_dir(&pyblish).unwrap();
    let done = plan.remove().unwrap();
    assert!(
        done.contains(&FileChange::Left(pyblish.clone())),
        "{done:?}"
    );
    assert!(pyblish.is_dir());
    assert!(matches!(plan.state(), SetupState::Absent));
}

#[test]
fn block_without_end_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let host = find("nuke").unwrap();
    let menu = place(host, home.path()).join("menu.py");
    fs::write(
        &menu,
        format!("import a\n{}0.1.0\nimport b\n", block::BEGIN),
    )
    .unwrap();
    let before = tree(home.path());
    let plan = only_plan(host, home.path());
    let refused = plan.install().unwrap_err().to_string();
    assert!(
        refused.contains("menu.py") && refused.contains("by hand"),
        "{refused}"
    );
    assert!(plan.remove().is_err());
    assert_eq!(tree(home.path()), before);
}

#[test]
fn all_versions_or_given_folder_are_set_up() {
    let home = tempfile::tempdir().unwrap();
    let host = find("blender").unwrap();
    let binary = Path::new("/opt/endpoint");
    let missing = plans(
        host,
        &InstallTarget::Found,
        binary,
        &surroundings(home.path()),
    );
    let missing = missing.err().unwrap().to_string();
    assert!(
        missing.contains("Blender") && missing.contains("X.Y"),
        "{missing}"
    );
    for version in ["3.6", "4.2"] {
        fs::create_dir_all(home.path().join(".config/blender").join(version)).unwrap();
    }
    let all = plans(
        host,
        &InstallTarget::Found,
        binary,
        &surroundings(home.path()),
    )
    .unwrap();
    assert_eq!(all.len(), 2);
    let newest = "5.0".parse().unwrap();
    let plan = plans(
        host,
        &InstallTarget::Version(newest),
        binary,
        &surroundings(home.path()),
    )
    .unwrap();
    assert!(
        plan[0]
            .folder
            .starts_with(home.path().join(".config/blender/5.0/scripts/startup"))
    );
    let old = "2.79".parse().unwrap();
    let refused = plans(
        host,
        &InstallTarget::Version(old),
        binary,
        &surroundings(home.path()),
    );
    let refused = refused.err().unwrap().to_string();
    assert!(
        refused.contains("Blender 2.79") && refused.contains("--version"),
        "{refused}"
    );
    let wished = home.path().join("mine");
    let plan = plans(
        host,
        &InstallTarget::Folder(wished.clone()),
        binary,
        &surroundings(home.path()),
    )
    .unwrap();
    assert_eq!(plan.len(), 1);
    assert!(plan[0].folder.starts_with(&wished));

    // The settings of a Krita that lives elsewhere are not known.
    let krita = find("krita").unwrap();
    let plan = plans(
        krita,
        &InstallTarget::Folder(wished.clone()),
        binary,
        &surroundings(home.path()),
    )
    .unwrap();
    assert!(plan[0].switch.is_none());
}

#[cfg(unix)]
#[test]
fn user_file_keeps_mode_and_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let home = tempfile::tempdir().unwrap();
    let host = find("nuke").unwrap();
    let menu = place(host, home.path()).join("menu.py");
    let real = home.path().join("dotfiles-menu.py");
    fs::write(&real, "import mine\n").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&real, &menu).unwrap();
    let plan = only_plan(host, home.path());
    plan.install().unwrap();
    assert!(fs::symlink_metadata(&menu).unwrap().is_symlink());
    assert!(
        fs::read_to_string(&real)
            .unwrap()
            .contains("pyblish_endpoint_nuke")
    );
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o600
    );
    plan.remove().unwrap();
    assert_eq!(fs::read(&real).unwrap(), b"import mine\n");
}

/// Another user who can write to the folder has put a link where the temporary file is made.
#[cfg(unix)]
#[test]
fn link_is_not_followed() {
    use std::os::unix::fs::symlink;
    let home = tempfile::tempdir().unwrap();
    let host = find("nuke").unwrap();
    let folder = place(host, home.path());
    let precious = home.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    let plan = only_plan(host, home.path());
    for piece in plan.files.iter().chain(&plan.block) {
        let parent = piece.path.parent().unwrap();
        fs::create_dir_all(parent).unwrap();
        let mut name = piece.path.file_name().unwrap().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        symlink(&precious, parent.join(name)).unwrap();
    }
    plan.install().unwrap();
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
    plan.remove().unwrap();
    // A link in the place of our file is not ours, whatever its target.
    let ours = &plan.files[0].path;
    fs::create_dir_all(ours.parent().unwrap()).unwrap();
    let elsewhere = home.path().join("elsewhere");
    fs::write(&elsewhere, &plan.files[0].text).unwrap();
    symlink(&elsewhere, ours).unwrap();
    assert!(matches!(plan.install(), Err(InstallError::Foreign(_))));
    assert!(folder.is_dir());
}

#[test]
fn concurrently_changed_file_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("menu.py");
    fs::write(&path, "import mine\n").unwrap();
    files::rewrite(&path, Some(b"import mine\n"), b"import ours\n").unwrap();
    let late = files::rewrite(&path, Some(b"import mine\n"), b"import late\n");
    assert!(
        late.unwrap_err()
            .to_string()
            .contains("changed it meanwhile")
    );
    assert_eq!(fs::read(&path).unwrap(), b"import ours\n");
    files::rewrite(&home.path().join("new.py"), None, b"x").unwrap();
}

#[test]
fn unknown_host_lists_known_ones() {
    let refused = find("photoshop").err().unwrap().to_string();
    for name in [
        "\"photoshop\"",
        "blender",
        "freecad",
        "houdini",
        "krita",
        "maya",
        "nuke",
    ] {
        assert!(refused.contains(name), "{refused}");
    }
}

#[test]
fn pyblish_of_pip_goes_with_the_rest() {
    let home = tempfile::tempdir().unwrap();
    let host = find("freecad").unwrap();
    place(host, home.path());
    let before = tree(home.path());
    let plan = only_plan(host, home.path());
    plan.install().unwrap();
    let write = |name: &str, text: &str| {
        let path = plan.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let list = "pyblish_base-1.8.12.dist-info";
    let record = "../../bin/pyblish,sha256=x,1\npyblish/api.py,sha256=x,1\n\
        pyblish/__pycache__/api.cpython-311.pyc,,\n../../../../precious,,\n/precious,,\n\
        pyblish_base-1.8.12.dist-info/INSTALLER,,\npyblish_base-1.8.12.dist-info/RECORD,,\n";
    for name in [
        "bin/pyblish",
        "pyblish/api.py",
        "pyblish/__pycache__/api.cpython-311.pyc",
        "pyblish/__pycache__/api.cpython-312.pyc",
    ] {
        write(name, "");
    }
    write(&format!("{list}/RECORD"), record);
    // As long as pip did not put it there, it stays.
    write(&format!("{list}/INSTALLER"), "uv\n");
    let done = plan.remove().unwrap();
    assert!(
        done.contains(&FileChange::Left(plan.folder.join("pyblish"))),
        "{done:?}"
    );
    write(&format!("{list}/INSTALLER"), "pip\n");
    let done = plan.remove().unwrap();
    for name in ["bin", "pyblish", list] {
        let path = plan.folder.join(name);
        assert!(done.contains(&FileChange::Removed(path)), "{name} {done:?}");
    }
    assert_eq!(tree(home.path()), before);
}

#[cfg(unix)]
#[test]
fn link_to_a_pyblish_is_not_followed() {
    let home = tempfile::tempdir().unwrap();
    let host = find("freecad").unwrap();
    place(host, home.path());
    let plan = only_plan(host, home.path());
    plan.install().unwrap();
    let studio = home.path().join("studio");
    fs::create_dir(&studio).unwrap();
    fs::write(studio.join("api.py"), "").unwrap();
    std::os::unix::fs::symlink(&studio, plan.folder.join("pyblish")).unwrap();
    let list = plan.folder.join("pyblish_base-1.dist-info");
    fs::create_dir(&list).unwrap();
    fs::write(list.join("INSTALLER"), "pip").unwrap();
    fs::write(list.join("RECORD"), "pyblish/api.py,,\n").unwrap();
    plan.remove().unwrap();
    assert!(studio.join("api.py").is_file());
}

#[cfg(unix)]
#[test]
fn host_that_never_ran_gets_its_folder() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let programs = home.path().join("programs");
    fs::create_dir(&programs).unwrap();
    for (host, said, folder) in [
        ("blender", "Blender 4.2.1\n", ".config/blender/4.2/scripts"),
        (
            "freecad",
            "FreeCAD 0.20.2, Libs: 0.20.2\n",
            ".local/share/FreeCAD",
        ),
        ("freecad", "FreeCAD 1.1.0\n", ".local/share/FreeCAD/v1-1"),
    ] {
        let program = programs.join(host);
        fs::write(&program, format!("#!/bin/sh\nprintf '{said}'\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut surroundings = surroundings(home.path());
        let path = programs.clone();
        surroundings.variable = Box::new(move |name| (name == "PATH").then(|| path.clone().into()));
        let binary = Path::new("/opt/endpoint");
        let host = find(host).unwrap();
        let made = plans(host, &InstallTarget::Found, binary, &surroundings).unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].place, home.path().join(folder));
    }
    let none = plans(
        find("maya").unwrap(),
        &InstallTarget::Found,
        Path::new("/opt/endpoint"),
        &surroundings(home.path()),
    );
    assert!(matches!(none, Err(InstallError::NoPlace { .. })));
}
