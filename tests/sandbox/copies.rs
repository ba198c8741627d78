//! An adapter has the runtime copy what it may not reach itself. Each copy is refused in words, and
//! leaves nothing behind.

use std::fs;
use std::path::Path;

use pyblish_endpoint_tests::hostile::Beside;
use pyblish_promise::promise_eq;

/// All paths beneath a folder with the content of the files, in order. Links are not followed.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let (path, kind) = (entry.path(), entry.file_type().expect("a kind"));
        let content = if kind.is_file() {
            fs::read(&path).expect("a file")
        } else {
            Vec::new()
        };
        found.push((path.display().to_string(), content));
        if kind.is_dir() {
            found.extend(tree(&path));
        }
    }
    found.sort();
    found
}

/// A server whose hostile adapter has something to copy.
fn prepared() -> Beside {
    let beside = Beside::with(&[]);
    for folder in [beside.work(), beside.input()] {
        fs::create_dir(folder.join("inner")).expect("a folder");
    }
    fs::write(beside.work().join("own"), "own").expect("a file");
    fs::write(beside.input().join("file"), "file").expect("a file");
    beside
}

/// Has the adapter try a deed of several copies, all of which are refused with these words.
#[track_caller]
fn refused(beside: &Beside, deed: &str, copies: &[(&str, &str)]) {
    let folders = [beside.work(), beside.input(), beside.outside()];
    let trees = || folders.each_ref().map(|folder| tree(folder));
    let before = trees();
    let result = beside.can(&beside.so_much(0), deed);
    let said = result["records"][0]["message"].as_str().expect("a record");
    for (name, words) in copies {
        let expected = format!("{name}: CopyErrorCode::{words}");
        assert!(
            said.split("; ").any(|one| one.starts_with(&expected)),
            "{expected:?} is not in {said}"
        );
    }
    promise_eq!("SANDBOX-25", trees(), before, "{deed}");
    beside.all_is_right();
}

#[test]
fn folder_that_may_only_be_read_gets_no_copy() {
    let words = "NotPermitted of CopySide::Target 0 is in a folder that is granted read-only";
    refused(
        &prepared(),
        "CopyReadOnly",
        &[("whole", words), ("inner", words)],
    );
}

#[test]
fn path_upwards_is_refused() {
    let source = "InvalidPath of CopySide::Source 0 is no path beneath the folder";
    let target = "InvalidPath of CopySide::Target 0 is no path beneath the folder";
    refused(
        &prepared(),
        "CopyUpwards",
        &[
            ("source", source),
            ("target", target),
            ("deep", target),
            ("absolute", target),
            ("absolute source", source),
            ("empty", target),
        ],
    );
}

#[cfg(unix)]
#[test]
fn link_that_leads_out_is_not_followed() {
    use std::os::unix::fs::symlink;

    let beside = prepared();
    let (work, outside) = (beside.work(), beside.outside());
    symlink(&outside, work.join("out")).expect("a link");
    symlink("../outside/secret", work.join("secret")).expect("a link");
    symlink(outside.join("new"), work.join("dangling")).expect("a link");
    let source = "Outside of CopySide::Source 0 leads out of the granted folder";
    refused(
        &beside,
        "CopyLinks",
        &[
            ("file", source),
            ("folder", source),
            (
                "into",
                "Outside of CopySide::Target 0 leads out of the granted folder",
            ),
            (
                "dangling",
                "AlreadyExists of CopySide::Target 0 exists already",
            ),
        ],
    );
}

#[test]
fn file_that_exists_is_not_replaced() {
    let exists = "AlreadyExists of CopySide::Target 0 exists already";
    refused(
        &prepared(),
        "CopyOver",
        &[
            ("other", exists),
            ("itself", exists),
            ("folder", exists),
            ("twice", "AlreadyExists of CopySide::Target"),
        ],
    );
}

#[test]
fn all_files_are_copied_or_none() {
    refused(
        &prepared(),
        "CopyHalf",
        &[("half", "NotFound of CopySide::Source 1 does not exist")],
    );
}

#[cfg(unix)]
#[test]
fn folder_and_pipe_are_not_copied() {
    let beside = prepared();
    let pipe = beside.work().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    refused(
        &beside,
        "CopySpecial",
        &[
            ("folder", "NotAFile of CopySide::Source 0 is a folder"),
            ("pipe", "NotAFile of CopySide::Source 0 is no regular file"),
        ],
    );
}

#[cfg(unix)]
#[test]
fn stat_sees_nothing_outside() {
    use std::os::unix::fs::symlink;

    let beside = prepared();
    let (work, outside) = (beside.work(), beside.outside());
    symlink(&outside, work.join("out")).expect("a link");
    symlink("../outside/secret", work.join("secret")).expect("a link");
    let result = beside.can(&beside.so_much(0), "StatOutside");
    let said = result["records"][0]["message"].as_str().expect("a record");
    promise_eq!(
        "SANDBOX-25",
        said,
        "../outside/secret: not-permitted; /etc/passwd: not-permitted; secret: not-permitted; \
         out/secret: not-permitted; own: 3 bytes"
    );
    beside.all_is_right();
}
