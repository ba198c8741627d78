//! Private files and folders on Windows, by their access control lists (ACL).
//!
//! A private one has a list of its own with two entries: this user, and SYSTEM, to which backups
//! and virus scanners belong. What is made in a private folder inherits that. A file is checked
//! through its open handle. The lists are written and read in Windows' own text form, `sddl`, so
//! little of this is unsafe.

use std::ffi::c_void;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSecurityDescriptorToStringSecurityDescriptorW, ConvertSidToStringSidW,
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1,
    SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetTokenInformation, OBJECT_SECURITY_INFORMATION,
    OWNER_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION, SetKernelObjectSecurity,
    TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, READ_CONTROL, WRITE_DAC,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::file_error::FileReason;
use super::sddl;

/// Gives a file or a folder to this user and SYSTEM alone. A link is not followed.
pub(crate) fn restrict(path: &Path) -> io::Result<()> {
    let there = opened(path)?;
    // What is made in a folder inherits its list.
    let inherits = match there.metadata()?.is_dir() {
        true => "OICI",
        false => "",
    };
    let user = user()?;
    let list = Descriptor::of_text(&format!(
        "D:P(A;{inherits};FA;;;{user})(A;{inherits};FA;;;SY)"
    ))?;
    list.set_list(&there)
}

/// Lets everybody read it, for tests.
#[cfg(test)]
pub(crate) fn share(path: &Path) -> io::Result<()> {
    let text = format!("D:P(A;;FA;;;{})(A;;FR;;;WD)", user()?);
    Descriptor::of_text(&text)?.set_list(&opened(path)?)
}

/// Checks that an open file or folder is this user's, and that nobody else may access it.
pub(crate) fn check(file: &File) -> Result<(), FileReason> {
    let text =
        Descriptor::of_file(file)?.text(OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION)?;
    let user = user()?;
    match sddl::owner(&text) {
        Some(owner) if sddl::is_ours(owner, &user) => {}
        owner => {
            let owner = sddl::name(owner.unwrap_or("nobody")).to_owned();
            return Err(FileReason::ForeignOwner { owner });
        }
    }
    let others: Vec<_> = sddl::others(&text, &user)
        .into_iter()
        .map(sddl::name)
        .collect();
    match others.is_empty() {
        true => Ok(()),
        false => Err(FileReason::Shared {
            others: others.join(", "),
        }),
    }
}

/// A file or a folder, to change its list.
fn opened(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .access_mode(READ_CONTROL | WRITE_DAC)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path)
}

/// This user, as Windows writes it in lists: some accounts have an abbreviation.
fn user() -> io::Result<String> {
    let number = user_number()?;
    let text = Descriptor::of_text(&format!("O:{number}"))?.text(OWNER_SECURITY_INFORMATION)?;
    Ok(sddl::owner(&text).unwrap_or(&number).to_owned())
}

/// The number of the user that this process runs as, such as `S-1-5-21-…-1001`.
fn user_number() -> io::Result<String> {
    let mut token = null_mut();
    // SAFETY: the handle of this process needs no closing, and the pointer is valid.
    #[expect(unsafe_code, reason = "Windows has no safe call for it")]
    let token = unsafe {
        done(OpenProcessToken(
            GetCurrentProcess(),
            TOKEN_QUERY,
            &raw mut token,
        ))?;
        OwnedHandle::from_raw_handle(token)
    };
    // Numbers of users have at most 68 bytes. `u64`, because the beginning is a pointer.
    let mut room = [0_u64; 16];
    let (mut size, mut text) = (0, null_mut());
    // SAFETY: the room has the size that is told, and the alignment of the structure that is then
    // in it; the text is freed by its owner.
    #[expect(unsafe_code, reason = "Windows has no safe call for it")]
    unsafe {
        let room_size = u32::try_from(size_of_val(&room)).unwrap_or(0);
        let place: *mut c_void = room.as_mut_ptr().cast();
        done(GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            place,
            room_size,
            &raw mut size,
        ))?;
        let known = &*place.cast::<TOKEN_USER>();
        done(ConvertSidToStringSidW(known.User.Sid, &raw mut text))?;
        Ok(LocalText(text).read())
    }
}

/// A security descriptor: the owner and the list of a file.
struct Descriptor(*mut c_void);

impl Descriptor {
    fn of_text(text: &str) -> io::Result<Self> {
        let text: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut made = null_mut();
        // SAFETY: the text ends with a zero, and the pointer is valid.
        #[expect(unsafe_code, reason = "Windows has no safe call for it")]
        done(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut made,
                null_mut(),
            )
        })?;
        Ok(Descriptor(made))
    }

    /// That of an open file or folder.
    fn of_file(file: &File) -> io::Result<Self> {
        let mut found = null_mut();
        // SAFETY: the handle is open, and the pointer is valid; what is not asked for may be null.
        #[expect(unsafe_code, reason = "Windows has no safe call for it")]
        let code = unsafe {
            GetSecurityInfo(
                file.as_raw_handle(),
                SE_FILE_OBJECT,
                OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                null_mut(),
                null_mut(),
                null_mut(),
                null_mut(),
                &raw mut found,
            )
        };
        match code {
            ERROR_SUCCESS => Ok(Descriptor(found)),
            code => Err(io::Error::from_raw_os_error(code.cast_signed())),
        }
    }

    /// These parts of it, as text.
    fn text(&self, parts: OBJECT_SECURITY_INFORMATION) -> io::Result<String> {
        let mut text = null_mut();
        // SAFETY: the descriptor is valid while this exists, and so is the pointer.
        #[expect(unsafe_code, reason = "Windows has no safe call for it")]
        done(unsafe {
            ConvertSecurityDescriptorToStringSecurityDescriptorW(
                self.0,
                SDDL_REVISION_1,
                parts,
                &raw mut text,
                null_mut(),
            )
        })?;
        Ok(LocalText(text).read())
    }

    /// Gives the list to an open file or folder, in place of what it has and inherits. What is in a
    /// folder already keeps its own.
    fn set_list(&self, file: &File) -> io::Result<()> {
        // SAFETY: the handle is open, and the descriptor is valid while this exists.
        #[expect(unsafe_code, reason = "Windows has no safe call for it")]
        done(unsafe {
            SetKernelObjectSecurity(
                file.as_raw_handle(),
                DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
                self.0,
            )
        })
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: Windows made it, and nobody else frees it.
        #[expect(unsafe_code, reason = "Windows has no safe call for it")]
        unsafe {
            LocalFree(self.0);
        }
    }
}

/// A text that Windows made, which ends with a zero.
struct LocalText(*mut u16);

impl LocalText {
    fn read(&self) -> String {
        // SAFETY: the text ends with a zero, and is there while this exists.
        #[expect(unsafe_code, reason = "Windows has no safe call for it")]
        let text = unsafe {
            let length = (0..).take_while(|at| *self.0.add(*at) != 0).count();
            std::slice::from_raw_parts(self.0, length)
        };
        String::from_utf16_lossy(text)
    }
}

impl Drop for LocalText {
    fn drop(&mut self) {
        // SAFETY: Windows made it, and nobody else frees it.
        #[expect(unsafe_code, reason = "Windows has no safe call for it")]
        unsafe {
            LocalFree(self.0.cast());
        }
    }
}

/// What a call answers; another one tells why it failed.
fn done(answer: i32) -> io::Result<()> {
    match answer {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn to_read(path: &Path) -> File {
        let mut options = OpenOptions::new();
        options.custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
        options.read(true).open(path).unwrap()
    }

    #[test]
    fn restricted_file_is_this_users_alone() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("token");
        fs::write(&file, "secret").unwrap();
        for path in [file.as_path(), place.path()] {
            restrict(path).unwrap();
            check(&to_read(path)).unwrap();
            share(path).unwrap();
            let said = check(&to_read(path)).unwrap_err().to_string();
            assert!(said.contains("Everyone"), "{said}");
            restrict(path).unwrap();
            check(&to_read(path)).unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "secret");
    }

    #[test]
    fn user_has_a_number() {
        let number = user_number().unwrap();
        assert!(number.starts_with("S-1-5-"), "{number}");
        assert!(!user().unwrap().is_empty());
    }
}
