//! Shows a folder to this user in the system's file manager, or a page in the browser.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// How long a program may take to say that it cannot. Some of them run as long as their window.
const PATIENCE: Duration = Duration::from_secs(3);

/// Opens a folder in the file manager. The path must be absolute. May wait for seconds.
///
/// # Errors
/// The system's program for it is missing, or fails.
pub fn open(folder: &Path) -> io::Result<()> {
    start(command(folder))
}

/// Opens a page in the user's browser. May wait for seconds.
///
/// # Errors
/// The system's program for it is missing, or fails.
pub fn open_page(address: &str) -> io::Result<()> {
    start(page_command(address))
}

fn start(mut command: Command) -> io::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("{program}: {error}")))?;
    let (sender, ended) = sync_channel(1);
    // It outlives this call if the program does, so that no zombie is left.
    thread::Builder::new()
        .name("file-manager".into())
        .spawn(move || sender.send(child.wait()))?;
    match ended.recv_timeout(PATIENCE) {
        Ok(Ok(status)) if status.success() || cfg!(windows) => Ok(()),
        Ok(Ok(status)) => Err(io::Error::other(format!("{program} failed: {status}"))),
        Ok(Err(error)) => Err(error),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(()),
    }
}

/// With the separator at the end, a file that has taken the folder's place is not opened.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn command(folder: &Path) -> Command {
    let mut command = Command::new("xdg-open");
    command.arg(folder.join(""));
    command
}

/// It is shown in the folder above, because a folder `x.app` would be run if it were opened.
#[cfg(target_vendor = "apple")]
fn command(folder: &Path) -> Command {
    let mut command = Command::new("/usr/bin/open");
    command.arg("-R").arg(folder);
    command
}

/// Its exit code says nothing: it is 1 also where all went well. It takes no `/` in a path.
#[cfg(windows)]
fn command(folder: &Path) -> Command {
    let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
    let mut command = Command::new(Path::new(&root).join("explorer.exe"));
    command.arg(folder.join("").to_string_lossy().replace('/', r"\"));
    command
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn page_command(address: &str) -> Command {
    let mut command = Command::new("xdg-open");
    command.arg(address);
    command
}

#[cfg(target_vendor = "apple")]
fn page_command(address: &str) -> Command {
    let mut command = Command::new("/usr/bin/open");
    command.arg(address);
    command
}

/// Its exit code says nothing: it is 1 also where all went well.
#[cfg(windows)]
fn page_command(address: &str) -> Command {
    let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
    let mut command = Command::new(Path::new(&root).join("explorer.exe"));
    command.arg(address);
    command
}
