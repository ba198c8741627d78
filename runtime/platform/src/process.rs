//! Other processes of this machine, on Unix and on Windows.

use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

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

/// Limits the memory of this process to this many bytes; an allocation beyond that ends it. What it
/// starts has the same limit, and ends with it.
#[cfg(windows)]
pub fn limit_memory(bytes: u64) -> std::io::Result<()> {
    use windows_sys::Win32::System::JobObjects::{
        AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
        JOB_OBJECT_LIMIT_PROCESS_MEMORY, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
        JobObjectExtendedLimitInformation, SetInformationJobObject,
    };
    use windows_sys::Win32::System::Threading::GetCurrentProcess;
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    limits.BasicLimitInformation.LimitFlags =
        JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
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

/// Limits this process, and what it becomes, to so much time of a processor; and it can make no file
/// any longer. What goes through pipes is not limited. Windows ignores both.
#[cfg(unix)]
pub fn limit_work(time: Duration) -> io::Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    for (resource, wanted) in [(Resource::Cpu, time.as_secs().max(1)), (Resource::Fsize, 0)] {
        let mut limit = getrlimit(resource);
        let most = limit.maximum.map_or(wanted, |most| most.min(wanted));
        (limit.current, limit.maximum) = (Some(most), Some(most));
        setrlimit(resource, limit)?;
    }
    Ok(())
}

/// Limits this process, and what it becomes, to so much time of a processor; and it can make no file
/// any longer. What goes through pipes is not limited. Windows ignores both.
#[cfg(windows)]
pub fn limit_work(_: Duration) -> io::Result<()> {
    Ok(())
}

/// Puts another program in place of this one. It only returns if that fails.
#[cfg(unix)]
pub fn become_program(command: &mut Command) -> io::Result<u8> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

/// Runs another program, and answers its exit code: Windows cannot put it in place of this one.
#[cfg(windows)]
pub fn become_program(command: &mut Command) -> io::Result<u8> {
    let code = command.status()?.code().unwrap_or(1);
    Ok(u8::try_from(code).unwrap_or(1))
}

/// Whether this is a file that can be run.
pub fn is_program(path: &Path) -> bool {
    let Ok(found) = path.metadata() else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        found.is_file() && found.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    found.is_file()
}

/// The program of this name on `PATH`. A folder that is no whole path is left out, because it would
/// be another one in each working folder.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join(&name));
    programs.find(|program| program.is_absolute() && is_program(program))
}

/// A process, and those that it starts. They end when this is dropped. On Windows, the process has
/// to limit its memory for that: see [`limit_memory`].
#[derive(Debug)]
pub struct Group {
    child: Child,
    has_ended: bool,
}

impl Group {
    /// Starts the process.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            command.process_group(0);
        }
        Ok(Group {
            child: command.spawn()?,
            has_ended: false,
        })
    }

    /// The other end of its output, if it was asked for. Can be taken once.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Likewise, of its errors.
    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// How the process ended, if it does within this time.
    ///
    /// # Errors
    /// The system does not say.
    pub fn wait_for(&mut self, time: Duration) -> io::Result<Option<ExitStatus>> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.has_ended = true;
                return Ok(Some(status));
            }
            let left = time.saturating_sub(started.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            thread::sleep(left.min(Duration::from_millis(5)));
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            // Nobody has waited for the process, so this is still its group.
            let _ = group.map(|group| kill_process_group(group, Signal::KILL));
        }
        // It may have ended by now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_a_process_starts_ends_with_it() {
        use std::io::Read;
        let mut command = Command::new("sh");
        command
            .args(["-c", "sleep 600 & echo started; wait"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut group = Group::start(&mut command).unwrap();
        let mut output = group.stdout().unwrap();
        let mut started = [0; 8];
        output.read_exact(&mut started).unwrap();
        assert!(group.wait_for(Duration::ZERO).unwrap().is_none());
        drop(group);
        // Its end comes when nobody has the pipe any more, not the `sleep` in the background either.
        output.read_to_end(&mut Vec::new()).unwrap();

        let mut group = Group::start(&mut Command::new("true")).unwrap();
        let ended = group.wait_for(Duration::from_mins(1)).unwrap();
        assert!(ended.unwrap().success());
    }

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

#[cfg(all(test, windows))]
mod windows_tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn process_exists_until_it_ends() {
        // It ends with its input.
        let mut child = Command::new("cmd")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let pid = NonZeroU32::new(child.id()).unwrap();
        assert!(alive(pid));
        drop(child.stdin.take());
        child.wait().unwrap();
        // The process that waited still has a handle of it.
        assert!(!alive(pid));
    }

    #[test]
    fn group_ends_when_it_is_dropped() {
        let mut command = Command::new("cmd");
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut group = Group::start(&mut command).unwrap();
        let pid = NonZeroU32::new(group.child.id()).unwrap();
        assert!(group.wait_for(Duration::ZERO).unwrap().is_none());
        drop(group);
        assert!(!alive(pid));
    }
}
