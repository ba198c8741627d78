//! A unix socket that only this user can open: one that the server creates, or one that a service
//! manager listens on for it. On systems without them, [`Socket::bind`] returns an error.

#[cfg(not(unix))]
pub(crate) use other::{Socket, Stream};
#[cfg(unix)]
pub(crate) use unix::{Socket, Stream};

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    use std::path::{Path, PathBuf};

    use pyblish_platform::private;

    pub(crate) type Stream = tokio::net::UnixStream;

    /// A listening socket.
    pub(crate) struct Socket {
        listener: tokio::net::UnixListener,
        /// The file of a socket that this process created, which is removed when this is dropped.
        own: Option<PathBuf>,
    }

    impl Socket {
        /// Creates the socket at this path, and replaces one that nobody listens on.
        pub(crate) fn bind(path: &Path) -> io::Result<Socket> {
            match fs::symlink_metadata(path) {
                Err(_) => {}
                // A killed server leaves its file, but nothing listens on it.
                Ok(known) if known.file_type().is_socket() => {
                    if std::os::unix::net::UnixStream::connect(path).is_ok() {
                        return Err(io::ErrorKind::AddrInUse.into());
                    }
                }
                Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
            }
            // The socket is created in a private folder and then moved, so that nobody can open it
            // before it is private itself.
            let beside = path.with_extension(std::process::id().to_string());
            private::secure_folder(&beside)?;
            let made = beside.join("s");
            // Remove what a killed process with the same id left.
            let _ = fs::remove_file(&made);
            let bound = tokio::net::UnixListener::bind(&made).and_then(|listener| {
                fs::set_permissions(&made, fs::Permissions::from_mode(0o600))?;
                fs::rename(&made, path)?;
                Ok(listener)
            });
            let _ = fs::remove_file(&made);
            let _ = fs::remove_dir(&beside);
            Ok(Socket {
                listener: bound?,
                own: Some(path.into()),
            })
        }

        /// Takes over a socket that a service manager listens on, whose file has this path. It is
        /// refused if other users can open it.
        pub(crate) fn take_over(
            listener: std::os::unix::net::UnixListener,
            path: &Path,
        ) -> io::Result<Socket> {
            let mode = fs::metadata(path)?.permissions().mode();
            if mode & 0o077 != 0 {
                let said = format!(
                    "other users can open it (mode {:03o}); write SocketMode=0600 into its unit",
                    mode & 0o777
                );
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, said));
            }
            listener.set_nonblocking(true)?;
            Ok(Socket {
                listener: tokio::net::UnixListener::from_std(listener)?,
                own: None,
            })
        }

        /// Waits for the next connection.
        pub(crate) async fn accept(&self) -> io::Result<Stream> {
            let (stream, _) = self.listener.accept().await?;
            Ok(stream)
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            let Some(path) = &self.own else {
                return; // The service manager still listens on it.
            };
            if let Err(error) = fs::remove_file(path) {
                tracing::debug!("the socket {} cannot be removed: {error}", path.display());
            }
        }
    }
}

#[cfg(not(unix))]
mod other {
    use std::io;
    use std::path::Path;

    /// There are no unix sockets on this system.
    pub(crate) enum Socket {}

    pub(crate) type Stream = tokio::net::TcpStream;

    impl Socket {
        pub(crate) fn bind(_: &Path) -> io::Result<Socket> {
            Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this system has no unix sockets; use a loopback port with --listen",
            ))
        }

        pub(crate) async fn accept(&self) -> io::Result<Stream> {
            match *self {}
        }
    }
}
