//! A unix socket that only this user can open. What only Unix has is here, with the other side written.

use std::io;
use std::path::Path;

#[cfg(unix)]
pub use unix::{Socket, Stream};

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    use std::path::PathBuf;

    use super::*;
    use crate::user::private;

    pub type Stream = tokio::net::UnixStream;

    /// A socket that listens; its file goes when this does.
    pub struct Socket {
        listener: tokio::net::UnixListener,
        path: PathBuf,
    }

    impl Socket {
        pub fn bind(path: &Path) -> io::Result<Socket> {
            match fs::symlink_metadata(path) {
                Err(_) => {}
                // What a server that was killed has left answers nobody.
                Ok(known) if known.file_type().is_socket() => {
                    if std::os::unix::net::UnixStream::connect(path).is_ok() {
                        return Err(io::ErrorKind::AddrInUse.into());
                    }
                }
                Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
            }
            // Nobody can open it before it is private: it is made where nobody else can enter.
            let beside = path.with_extension(std::process::id().to_string());
            private::secure_folder(&beside)?;
            let made = beside.join("s");
            let bound = tokio::net::UnixListener::bind(&made).and_then(|listener| {
                fs::set_permissions(&made, fs::Permissions::from_mode(0o600))?;
                fs::rename(&made, path)?;
                Ok(listener)
            });
            let _ = fs::remove_file(&made);
            let _ = fs::remove_dir(&beside);
            Ok(Socket {
                listener: bound?,
                path: path.into(),
            })
        }

        pub async fn accept(&self) -> io::Result<Stream> {
            let (stream, _) = self.listener.accept().await?;
            Ok(stream)
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            if let Err(error) = fs::remove_file(&self.path) {
                tracing::debug!("{} is not removed: {error}", self.path.display());
            }
        }
    }
}

/// There is none elsewhere.
#[cfg(not(unix))]
pub enum Socket {}

#[cfg(not(unix))]
pub type Stream = tokio::net::TcpStream;

#[cfg(not(unix))]
impl Socket {
    pub fn bind(_: &Path) -> io::Result<Socket> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this system has none; listen on a port of the loopback, with --listen",
        ))
    }

    pub async fn accept(&self) -> io::Result<Stream> {
        match *self {}
    }
}
