//! The names of the user and of the machine, as people know them. They are written down with what
//! was published; they prove nothing, and no access depends on them.

use std::ffi::OsString;

/// The user that this process runs as, such as `jane`; none if the system has no name for it, as in
/// a container that runs as a bare number.
pub fn user() -> Option<String> {
    names::user().and_then(readable)
}

/// The machine, such as `ws12`; none if the system does not tell.
pub fn machine() -> Option<String> {
    names::machine().and_then(readable)
}

/// A name that can be shown: characters that are not Unicode become U+FFFD.
fn readable(name: OsString) -> Option<String> {
    let name = name.to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(unix)]
mod names {
    use std::ffi::OsString;

    pub(super) fn user() -> Option<OsString> {
        uzers::get_effective_username()
    }

    pub(super) fn machine() -> Option<OsString> {
        hostname::get().ok()
    }
}

#[cfg(windows)]
mod names {
    use std::ffi::OsString;

    pub(super) fn user() -> Option<OsString> {
        whoami::username_os().ok()
    }

    pub(super) fn machine() -> Option<OsString> {
        whoami::hostname().ok().map(OsString::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the system's own programs say.
    #[cfg(unix)]
    #[test]
    fn names_are_those_of_the_system() {
        for (program, argument, name) in [("id", "-un", user()), ("uname", "-n", machine())] {
            let said = std::process::Command::new(program).arg(argument).output();
            let said = String::from_utf8(said.unwrap().stdout).unwrap();
            assert_eq!(name.as_deref(), Some(said.trim()), "{program}");
        }
    }

    #[test]
    fn empty_name_is_none() {
        assert_eq!(readable(OsString::new()), None);
        assert_eq!(readable("jane".into()).as_deref(), Some("jane"));
    }
}
