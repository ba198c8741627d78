//! Other processes of this machine, on Unix and on Windows.

use std::num::NonZeroU32;
use std::time::Duration;

/// How often a process is checked while something waits for its end.
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
        // It belongs to another user, but it exists.
        Err(error) => error == Errno::PERM,
    }
}

/// Whether it is a zombie: it has ended, and its parent has not waited for it. In a container
/// without an init that can last for ever.
#[cfg(unix)]
fn is_zombie(pid: i32) -> bool {
    // Without this file it cannot be known.
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
    // SAFETY: the calls take numbers and a handle that is open, because it was checked and is
    // closed last.
    #[expect(unsafe_code, reason = "Windows has no safe call for it")]
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

/// Limits the memory of this process to this many bytes; an allocation beyond that ends it. macOS
/// ignores this limit. No core is dumped, because it would hold all that memory.
#[cfg(unix)]
pub fn limit_memory(bytes: u64) -> std::io::Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    for (resource, wanted) in [(Resource::Data, bytes), (Resource::Core, 0)] {
        let mut limit = getrlimit(resource);
        let most = limit.maximum.map_or(wanted, |most| most.min(wanted));
        (limit.current, limit.maximum) = (Some(most), Some(most));
        setrlimit(resource, limit)?;
    }
    Ok(())
}

/// Limits the memory of this process to this many bytes; an allocation beyond that ends it.
#[cfg(windows)]
pub fn limit_memory(bytes: u64) -> std::io::Result<()> {
    use windows_sys::Win32::System::JobObjects::{
        AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_PROCESS_MEMORY,
        JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation,
        SetInformationJobObject,
    };
    use windows_sys::Win32::System::Threading::GetCurrentProcess;
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limits.ProcessMemoryLimit = usize::try_from(bytes).unwrap_or(usize::MAX);
    let size = size_of::<JOBOBJECT_EXTENDED_LIMIT_INFORMATION>() as u32;
    // SAFETY: the job is a handle that was checked. The limits have the type and size that are
    // named, and live until the call is over. The handle stays open as long as the process, which
    // the job limits.
    #[expect(unsafe_code, reason = "Windows has no safe call for it")]
    let limited = unsafe {
        let job = CreateJobObjectW(std::ptr::null(), std::ptr::null());
        let limits = (&raw const limits).cast();
        !job.is_null()
            && SetInformationJobObject(job, JobObjectExtendedLimitInformation, limits, size) != 0
            && AssignProcessToJobObject(job, GetCurrentProcess()) != 0
    };
    if limited {
        Ok(())
    } else {
        Err(std::io::Error::last_os_error())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn process_exists_until_it_ends() {
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = NonZeroU32::new(child.id()).unwrap();
        assert!(alive(pid));
        assert!(alive(NonZeroU32::MIN), "the first process is not ours");
        drop(child.stdin.take());
        // It has ended when its output has; its parent has not waited for it yet.
        std::io::copy(&mut child.stdout.take().unwrap(), &mut std::io::sink()).unwrap();
        while alive(pid) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!alive(pid));
        assert!(!alive(NonZeroU32::MAX));
    }
}
