//! How much there is on a disk.

use std::fs::File;
use std::io;

/// The bytes of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// All of them.
    pub total: u64,
    /// Those that this user can still write.
    pub free: u64,
}

/// The disk that an open folder is on. May wait for a disk of the network.
#[cfg(unix)]
pub fn space(folder: &File) -> io::Result<DiskSpace> {
    let known = rustix::fs::fstatvfs(folder)?;
    Ok(DiskSpace {
        total: known.f_blocks.saturating_mul(known.f_frsize),
        free: known.f_bavail.saturating_mul(known.f_frsize),
    })
}

/// The disk that an open folder is on. May wait for a disk of the network.
#[cfg(windows)]
#[expect(
    unsafe_code,
    reason = "asks Windows for the path and the disk of an open folder"
)]
pub fn space(folder: &File) -> io::Result<DiskSpace> {
    use std::os::windows::io::AsRawHandle;
    use windows_sys::Win32::Storage::FileSystem::{GetDiskFreeSpaceExW, GetFinalPathNameByHandleW};

    let mut path = vec![0_u16; 1 << 15];
    let size = u32::try_from(path.len()).unwrap_or(u32::MAX);
    // SAFETY: the handle is open, and the buffer has this size.
    let length =
        unsafe { GetFinalPathNameByHandleW(folder.as_raw_handle(), path.as_mut_ptr(), size, 0) };
    if length == 0 || length >= size {
        return Err(io::Error::last_os_error());
    }
    let (mut free, mut total) = (0, 0);
    // SAFETY: the path ends with a zero, and the numbers outlive the call.
    let done =
        unsafe { GetDiskFreeSpaceExW(path.as_ptr(), &mut free, &mut total, std::ptr::null_mut()) };
    match done {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(DiskSpace { total, free }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disk_of_a_folder_has_space() {
        let place = tempfile::tempdir().unwrap();
        let folder = cap_std::fs::Dir::open_ambient_dir(place.path(), cap_std::ambient_authority());
        let space = space(&folder.unwrap().into_std_file()).unwrap();
        assert!(0 < space.free && space.free <= space.total, "{space:?}");
    }
}
