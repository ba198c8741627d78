//! Writing to where the user said: a file, or a pipe or a device that stands for one, such as
//! `/dev/stdout`.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes all of this to the path, in place of what a file there holds. Does not wait for somebody
/// to open a pipe.
///
/// # Errors
/// Nobody reads the pipe, or it cannot be written to; in words, to follow the path.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    open(path)?.write_all(bytes)
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use std::fs::OpenOptions;
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    use rustix::io::Errno;
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let opened = options.custom_flags(flags).open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        Some(code) if code == Errno::NXIO.raw_os_error() => {
            io::Error::other("it is a pipe that nobody reads, or a socket")
        }
        _ => error,
    })?;
    // The reader may be slow.
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::create(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::*;

    #[test]
    fn write_replaces_a_file_and_does_not_wait_for_a_pipe() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("report.json");
        write(&file, b"longer").unwrap();
        write(&file, b"short").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"short");
        let pipe = place.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
        let message = write(&pipe, b"text").unwrap_err().to_string();
        assert!(message.contains("nobody reads"), "{message}");
        // More than a pipe can buffer.
        let text = vec![b'x'; 1 << 20];
        let reading = {
            let pipe = pipe.clone();
            std::thread::spawn(move || {
                let mut read = Vec::new();
                File::open(pipe).unwrap().read_to_end(&mut read).unwrap();
                read
            })
        };
        while write(&pipe, &text).is_err() {
            std::thread::yield_now();
        }
        assert_eq!(reading.join().unwrap(), text);
    }
}
