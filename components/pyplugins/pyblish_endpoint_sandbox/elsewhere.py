"""What Python has on other systems, and not in the sandbox: modules, and functions of modules.

A missing function has an error with advice, so that `hasattr` is still false. Constants are not
listed: a missing name in capitals gets the same advice.
"""
PROGRAMS = "the sandbox has no other programs, and cannot start any"
NETWORK = "the sandbox has no network"
SYSTEM = "the system in the sandbox (WASI) does not have it"
NATIVE = "the sandbox's Python is built without it"

# The functions and classes of each module, by the reason.
MISSING = {
    "os": {
        PROGRAMS: """
            fork forkpty startfile posix_spawn posix_spawnp killpg spawnlp spawnlpe spawnvp spawnvpe wait wait3 wait4 waitid
            waitid_result waitpid waitstatus_to_exitcode pidfd_open register_at_fork openpty login_tty unshare setns
        """,
        SYSTEM: """
            add_dll_directory chflags chown chroot copy_file_range ctermid dup2 eventfd eventfd_read eventfd_write fchdir fchmod
            fchown fstatvfs fwalk get_terminal_size getegid geteuid getgid getgrouplist getgroups getloadavg getpgid getpgrp
            getppid getpriority getrandom getresgid getresuid getsid getuid getxattr grantpt initgroups lchflags lchmod lchown
            listdrives listmounts listvolumes listxattr lockf major makedev memfd_create minor mkfifo mknod nice pipe pipe2
            posix_fallocate posix_openpt preadv ptsname pwritev readv removexattr sched_get_priority_max sched_get_priority_min
            sched_getaffinity sched_getparam sched_getscheduler sched_param sched_rr_get_interval sched_setaffinity
            sched_setparam sched_setscheduler sendfile setegid seteuid setgid setgroups setpgid setpgrp setpriority setregid
            setresgid setresuid setreuid setsid setuid setxattr splice sync tcgetpgrp tcsetpgrp timerfd_create timerfd_gettime
            timerfd_settime ttyname unlockpt writev get_handle_inheritable set_handle_inheritable
        """,
    },
    "sys": {SYSTEM: "getwindowsversion winver getandroidapilevel setdlopenflags getdlopenflags"},
    "signal": {SYSTEM: """
        ItimerError Sigmasks alarm getitimer pause pidfd_send_signal pthread_kill pthread_sigmask setitimer siginterrupt
        sigpending sigtimedwait sigwait sigwaitinfo struct_siginfo valid_signals
    """},
    "time": {SYSTEM: """
        clock_settime clock_settime_ns pthread_getcpuclockid thread_time thread_time_ns tzset
    """},
    "threading": {SYSTEM: "get_native_id"},
    "select": {SYSTEM: "epoll kqueue kevent devpoll"},
    "selectors": {SYSTEM: "EpollSelector KqueueSelector DevpollSelector"},
    "socket": {NETWORK: "if_indextoname if_nameindex if_nametoindex recv_fds send_fds sethostname fromshare CMSG_LEN CMSG_SPACE"},
    "socketserver": {
        PROGRAMS: "ForkingMixIn ForkingTCPServer ForkingUDPServer ForkingUnixStreamServer ForkingUnixDatagramServer",
        NETWORK: "ThreadingUnixDatagramServer ThreadingUnixStreamServer UnixDatagramServer UnixStreamServer",
    },
    "asyncio": {NETWORK: "open_unix_connection start_unix_server"},
    "asyncio.streams": {NETWORK: "open_unix_connection start_unix_server"},
    "ftplib": {NETWORK: "FTP_TLS"},
    "http.client": {NETWORK: "HTTPSConnection"},
    "imaplib": {NETWORK: "IMAP4_SSL"},
    "poplib": {NETWORK: "POP3_SSL"},
    "smtplib": {NETWORK: "SMTP_SSL"},
    "urllib.request": {NETWORK: "HTTPSHandler"},
    "multiprocessing.managers": {PROGRAMS: "SharedMemoryManager SharedMemoryServer"},
    "hashlib": {NATIVE: "pbkdf2_hmac scrypt"},
}
MISSING["posix"] = dict(MISSING["os"])
MISSING["posix"][PROGRAMS] += " execv execve kill system"

# Modules in which a missing name in capitals is a constant of another system.
CONSTANTS = {"os": SYSTEM, "posix": SYSTEM, "signal": SYSTEM, "time": SYSTEM, "select": SYSTEM, "socket": NETWORK}

# Python's own modules that need things that the sandbox does not have.
ABSENT = {
    "_bz2": "bz2", "_ctypes": "ctypes", "_curses": "curses", "_dbm": "dbm.ndbm", "_gdbm": "dbm.gnu", "_lzma": "lzma",
    "_multiprocessing": "multiprocessing", "_posixsubprocess": "subprocess", "_ssl": "ssl", "_tkinter": "tkinter",
    "_winapi": "_winapi", "compression.zstd": "compression.zstd", "_zstd": "compression.zstd",
}
ABSENT.update((name, name) for name in """
    _overlapped _scproxy _wmi ensurepip fcntl grp idlelib mmap msvcrt nt posixshmem pwd pydoc_data readline resource syslog
    termios test tkinter turtle turtledemo venv winreg winsound
""".split())

# Modules that were Python's own, and in which version they ended.
REMOVED = dict.fromkeys("asynchat asyncore distutils imp smtpd".split(), "3.12")
REMOVED.update(dict.fromkeys("""
    aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes sndhdr spwd sunau telnetlib
    uu xdrlib
""".split(), "3.13"))

# The same, by the module and the name.
BY_NAME = {
    module: {name: reason for reason, names in reasons.items() for name in names.split()}
    for module, reasons in MISSING.items()
}


def reason(module, name):
    """Why a module does not have this name, or None if nothing is known of it."""
    found = BY_NAME.get(module, {}).get(name)
    if found is None and name.isupper():
        found = CONSTANTS.get(module)
    return found
