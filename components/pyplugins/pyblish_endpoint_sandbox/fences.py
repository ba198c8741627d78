"""What a sandbox has none of, and the words that say so.

All of it fails as an error of the plug-in that asks for it, of the type that Python has for it, so that a plug-in that can do
without goes on.
"""
import builtins
import errno
import multiprocessing
import multiprocessing.context
import multiprocessing.process
import os
import signal
import socket
import subprocess
import sys
import threading

import _thread

INSTEAD = (
    "Run this plug-in inside a host, or in a Python with the bridge (`--adapter python`), where it is there; or have it done "
    "outside, before or after the publish."
)


class NotInTheSandbox(RuntimeError):
    """There is no such thing in the sandbox."""


class NoProcesses(OSError):
    """There are no processes in the sandbox."""


class NoNetwork(OSError):
    """There is no network in the sandbox."""


def no_threads(*_, **__):
    raise NotInTheSandbox(
        "There are no threads in the sandbox, where everything is done one after the other. Have the plug-in do it without "
        "one, in a loop. " + INSTEAD)


def no_program(what):
    def no_processes(*_, **__):
        raise NoProcesses(errno.ENOSYS, "%s: there are no other programs in the sandbox, and none can be started. %s" % (
            what, INSTEAD))

    return no_processes


def no_exit(what):
    def leave(*_, **__):
        raise NotInTheSandbox(
            "%s: a plug-in cannot end the sandbox. It says what is wrong by raising an error, and is done when it returns." % what)

    return leave


def no_input(*_, **__):
    raise NotInTheSandbox(
        "Nobody can be asked in the sandbox: it has no window and no keyboard. Have the plug-in read a value from "
        "`context.data` or `instance.data`, which a frontend can set.")


def no_network(*_, **__):
    raise NoNetwork(errno.ENETUNREACH, "There is no network in the sandbox. " + INSTEAD)


def no_loop(*_, **__):
    raise NotInTheSandbox(
        "The loops of asyncio are made of sockets, and there are none in the sandbox. Have the plug-in do one after the other. "
        + INSTEAD)


# What every system has, and what some have.
PROGRAMS = (
    "system", "popen", "kill", "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe", "spawnl", "spawnle",
    "spawnv", "spawnve",
)
SOME_PROGRAMS = (
    "fork", "forkpty", "startfile", "posix_spawn", "posix_spawnp", "killpg", "spawnlp", "spawnlpe", "spawnvp", "spawnvpe",
)


def missing_of_os(name):
    """For what is asked for and not there; whoever asks whether it is there is told the truth."""
    words = "module 'os' has no attribute %r" % name
    if name in SOME_PROGRAMS:
        words += ": there are no other programs in the sandbox, and none can be started. " + INSTEAD
    raise AttributeError(words, name=name, obj=os)


def put_up():
    """While the component is built."""
    for name in ("start_new_thread", "start_joinable_thread", "start_new"):
        if hasattr(_thread, name):
            setattr(_thread, name, no_threads)
    threading.Thread.start = no_threads
    for name in PROGRAMS:
        setattr(os, name, no_program("os." + name))
    os.__getattr__ = missing_of_os
    subprocess.Popen.__init__ = no_program("subprocess")
    subprocess.Popen.__del__ = lambda self: None  # of one that has not begun
    os._exit, os.abort = no_exit("os._exit"), no_exit("os.abort")
    signal.raise_signal = no_exit("signal.raise_signal")
    builtins.input = no_input
    sys.breakpointhook = no_input
    socket.socket.__init__ = no_network
    socket.socket.__del__ = lambda self: None
    socket.socket.__repr__ = object.__repr__
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "create_connection", "create_server"):
        setattr(socket, name, no_network)
    socket.socketpair = no_loop
    multiprocessing.process.BaseProcess.start = no_program("multiprocessing")
    for name in ("Pool", "Manager", "Queue", "SimpleQueue", "JoinableQueue", "Lock", "RLock", "Semaphore", "Event", "Pipe"):
        if hasattr(multiprocessing.context.BaseContext, name):
            setattr(multiprocessing.context.BaseContext, name, no_program("multiprocessing"))
            setattr(sys.modules["multiprocessing"], name, no_program("multiprocessing"))


# Python's own modules that are made of what a sandbox has none of.
ABSENT = {
    "_bz2": "bz2", "_ctypes": "ctypes", "_curses": "curses", "_dbm": "dbm.ndbm", "_gdbm": "dbm.gnu", "_lzma": "lzma",
    "_multiprocessing": "multiprocessing", "_posixsubprocess": "subprocess", "_ssl": "ssl", "_tkinter": "tkinter",
    "_winapi": "_winapi", "compression.zstd": "compression.zstd", "_zstd": "compression.zstd", "fcntl": "fcntl", "grp": "grp",
    "mmap": "mmap", "msvcrt": "msvcrt", "pwd": "pwd", "readline": "readline", "resource": "resource", "syslog": "syslog",
    "termios": "termios", "tkinter": "tkinter", "turtle": "turtle", "venv": "venv", "ensurepip": "ensurepip",
    "winreg": "winreg",
}

# Modules of hosts: here is none.
HOSTS = {
    "FreeCAD": "FreeCAD", "Part": "FreeCAD", "bpy": "Blender", "c4d": "Cinema 4D", "hiero": "Hiero", "hou": "Houdini",
    "krita": "Krita", "mari": "Mari", "maya": "Maya", "MaxPlus": "3ds Max", "nuke": "Nuke", "pymel": "Maya", "pymxs": "3ds Max",
    "sd": "Substance Designer", "substance_painter": "Substance Painter", "unreal": "Unreal",
}

NATIVE = (".so", ".pyd", ".dylib", ".dll")


def cut(error):
    """Ends the traceback of an error in the plug-in, where it is one of ours."""
    last, entry = None, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename == __file__:
            if last is not None:
                last.tb_next = None
            return
        last, entry = entry, entry.tb_next


def advice(error):
    """What else to say of an error of a plug-in's, or None."""
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, ImportError) and error.name:
            return advice_on_module(error.name)
        # numpy and the like say it in words of their own, and with the reason behind them.
        error, seen = error.__cause__ or error.__context__, seen + 1
    return None


def advice_on_file(error, granted):
    """Likewise of one about a file, where these folders are granted: pairs of a path and whether it can be written."""
    if not isinstance(error, OSError) or isinstance(error, (NoProcesses, NoNetwork)):
        return None
    path = error.filename
    if not isinstance(path, str):
        return None
    folder = [entry for entry in granted if path == entry[0] or path.startswith(entry[0] + "/")]
    if folder and not folder[0][1] and error.errno in READ_ONLY:
        return "%s can only be read in the sandbox. Have the plug-in write into %s." % (
            folder[0][0], " or ".join(entry[0] for entry in granted if entry[1])
            or "a folder that is granted for writing, such as --dir FOLDER=/work")
    if not folder and path.startswith(("/", "\\")) or path[1:2] == ":":
        return "In the sandbox there are no other folders than %s. Name the file by its path there, or grant its folder: --dir FOLDER=/work." % (
            ", ".join(entry[0] for entry in granted))
    return None


# Linux says EROFS, WASI has a word of its own for what was not granted (ENOTCAPABLE, 76).
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM, 76)


def advice_on_module(name):
    top = name.split(".")[0]
    if name in ABSENT or top in ABSENT:
        return "The sandbox's Python has no %s. %s" % (ABSENT.get(name) or ABSENT[top], INSTEAD)
    if top in HOSTS:
        return (
            "`%s` is in %s, and there is no host in the sandbox. Run this plug-in in %s, or leave it out here with its `hosts`."
            % (top, HOSTS[top], HOSTS[top]))
    native = native_file(name)
    if native:
        return "%s is native code, which the sandbox cannot load: it runs Python only. %s" % (native, INSTEAD)
    return (
        "In the sandbox there are Python's own modules, pyblish, and what lies in the folder that is granted as /modules: put "
        "it there if it is Python only (--dir FOLDER=/modules:ro). Native modules cannot be loaded at all. " + INSTEAD)


def native_file(name):
    """The file of a native module that would be meant, in the folders where modules are looked for."""
    parts = name.split(".")
    for folder in sys.path:
        # Something native below a package makes all of it of no use, whichever name was asked for.
        for place, wanted in ((os.path.join(folder, *parts[:-1]), parts[-1]), (os.path.join(folder, parts[0]), None)):
            try:
                entries = sorted(os.listdir(place))
            except OSError:
                continue
            for entry in entries:
                if entry.endswith(NATIVE) and (wanted is None or entry.split(".")[0] == wanted):
                    return os.path.join(place, entry)
    return None
