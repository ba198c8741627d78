//! Other processes of this machine: what only Unix has is here, with the other side written.

use std::num::NonZeroU32;
use std::time::Duration;

/// How often a process that is waited for is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Comes when this process is gone.
pub async fn gone(pid: NonZeroU32) {
    let mut ticks = tokio::time::interval(EVERY);
    while {
        ticks.tick().await;
        alive(pid)
    } {}
}

/// Whether there is a process of this id that has not ended.
#[cfg(unix)]
pub fn alive(pid: NonZeroU32) -> bool {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};
    let Some(pid) = i32::try_from(pid.get()).ok().and_then(Pid::from_raw) else {
        return false;
    };
    match test_kill_process(pid) {
        Ok(()) => !is_zombie(pid.as_raw_nonzero().get()),
        // Somebody else's, but it is there.
        Err(error) => error == Errno::PERM,
    }
}

/// Whether it has ended, and its parent has not taken notice: in a container without an init nobody ever may.
#[cfg(unix)]
fn is_zombie(pid: i32) -> bool {
    // Where there is no such file, nobody knows.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
    state.is_some_and(|state| state.starts_with('Z'))
}

/// Whether there is a process of this id that has not ended.
#[cfg(windows)]
pub fn alive(pid: NonZeroU32) -> bool {
    use windows_sys::Win32::Foundation::{
        CloseHandle, ERROR_ACCESS_DENIED, GetLastError, WAIT_TIMEOUT,
    };
    use windows_sys::Win32::System::Threading::{
        OpenProcess, PROCESS_SYNCHRONIZE, WaitForSingleObject,
    };
    // SAFETY: the calls take numbers and a handle that is open, for it was checked and is closed last.
    unsafe {
        let process = OpenProcess(PROCESS_SYNCHRONIZE, 0, pid.get());
        if process.is_null() {
            return GetLastError() == ERROR_ACCESS_DENIED;
        }
        let alive = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
        CloseHandle(process);
        alive
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_is_there_until_it_has_ended() {
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = NonZeroU32::new(child.id()).unwrap();
        assert!(alive(pid));
        assert!(alive(NonZeroU32::MIN), "the first process is not ours");
        drop(child.stdin.take());
        // It has ended when its output has; its parent has not looked yet.
        std::io::copy(&mut child.stdout.take().unwrap(), &mut std::io::sink()).unwrap();
        while alive(pid) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!alive(pid));
        assert!(!alive(NonZeroU32::MAX));
    }
}
