//! The paths that people read: those of their machine, not those of the sandbox.
//!
//! A component holds one session, so its granted folders are kept here once, where every message
//! finds them.

use std::cell::RefCell;

use pyblish_sdk::Opening;

thread_local! {
    static FOLDERS: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps the granted folders of a session.
pub fn keep(opening: &Opening) {
    let folders = opening.folders.iter();
    let folders = folders.map(|folder| (folder.path.clone(), folder.host_path.clone()));
    FOLDERS.set(folders.collect());
}

/// The path on the host's machine of a path inside the sandbox; the same path if it is in no granted
/// folder, as in unit tests.
pub fn shown(path: &str) -> String {
    FOLDERS.with_borrow(|folders| {
        let host = folders.iter().find_map(|(inside, host)| {
            let rest = path.strip_prefix(inside.as_str())?;
            let is_inside = rest.is_empty() || rest.starts_with('/');
            is_inside.then(|| joined(host, rest))
        });
        host.unwrap_or_else(|| path.to_owned())
    })
}

/// The path inside the sandbox of a path on the host's machine, the other way round.
pub fn inside(path: &str) -> String {
    FOLDERS.with_borrow(|folders| {
        let inside = folders.iter().find_map(|(inside, host)| {
            let rest = path.strip_prefix(host.trim_end_matches(['/', '\\']))?;
            let is_inside = rest.is_empty() || rest.starts_with(['/', '\\']);
            is_inside.then(|| format!("{inside}{}", rest.replace('\\', "/")))
        });
        inside.unwrap_or_else(|| path.to_owned())
    })
}

/// A path of the host, and a path beneath it that begins with a slash.
fn joined(host: &str, rest: &str) -> String {
    // Windows writes its paths with backslashes, and begins them with a drive or a share.
    let is_windows = host.contains('\\') || host.as_bytes().get(1) == Some(&b':');
    let rest = match is_windows {
        true => rest.replace('/', "\\"),
        false => rest.to_owned(),
    };
    match rest.is_empty() {
        true => host.to_owned(),
        false => format!("{}{rest}", host.trim_end_matches(['/', '\\'])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_that_of_the_machine_and_back() {
        let folders = [("/inbox", "/jobs/in"), ("/publish", "D:\\out\\")];
        FOLDERS.set(folders.map(|(a, b)| (a.into(), b.into())).to_vec());
        for (inside_path, host) in [
            ("/inbox", "/jobs/in"),
            ("/inbox/a.png", "/jobs/in/a.png"),
            ("/publish/image/a", "D:\\out\\image\\a"),
        ] {
            assert_eq!(shown(inside_path), host);
            assert_eq!(inside(host), inside_path);
        }
        for path in ["/inboxes/a", "/other", "/jobs/input"] {
            assert_eq!((shown(path), inside(path)), (path.into(), path.into()));
        }
        FOLDERS.set(Vec::new());
    }
}
