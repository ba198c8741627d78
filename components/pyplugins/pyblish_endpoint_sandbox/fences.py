"""Error messages for things that the sandbox does not have.

Using one of them fails with an error of the usual Python type, in the plug-in that uses it. So a
plug-in that has an alternative can catch the error and continue.
"""
import builtins
import errno
import getpass
import multiprocessing
import multiprocessing.context
import multiprocessing.process
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading

import _thread

from . import elsewhere

INSTEAD = (
    "Run this plug-in inside a host, or in a Python with the bridge (`--adapter python`), which has it; or do it "
    "outside, before or after the publish."
)


class NotInTheSandbox(RuntimeError):
    """The sandbox does not have this."""


class NoProcesses(OSError):
    """The sandbox has no processes."""


class NoNetwork(OSError):
    """The sandbox has no network."""


def no_threads(*_, **__):
    raise NotInTheSandbox(
        "The sandbox has no threads: everything runs in sequence. Change the plug-in to do it without "
        "one, in a loop. " + INSTEAD)


def no_program(what):
    def no_processes(*_, **__):
        raise NoProcesses(errno.ENOSYS, "%s: the sandbox has no other programs, and cannot start any. %s" % (
            what, INSTEAD))

    return no_processes


def no_exit(what):
    def leave(*_, **__):
        raise NotInTheSandbox(
            "%s: a plug-in cannot end the sandbox. It raises an error to report a problem, and returns when it is done." % what)

    return leave


def no_input(*_, **__):
    raise NotInTheSandbox(
        "The sandbox cannot ask the user: it has no window and no keyboard. Change the plug-in to read a value from "
        "`context.data` or `instance.data`, which a frontend can set.")


def no_owner(*_, **__):
    raise OSError(errno.ENOSYS, "The sandbox has no users, and files have no owners there. " + INSTEAD)


def no_network(*_, **__):
    raise NoNetwork(errno.ENETUNREACH, "The sandbox has no network. " + INSTEAD)


def no_loop(*_, **__):
    raise NotInTheSandbox(
        "The event loops of asyncio need sockets, which the sandbox does not have. Change the plug-in to work in sequence. "
        + INSTEAD)


# Functions that all systems have, and functions that some have.
PROGRAMS = (
    "system", "popen", "kill", "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe", "spawnl", "spawnle",
    "spawnv", "spawnve",
)

def add_advice(module):
    """A name that the module lacks here and has elsewhere is missing with advice. `hasattr` is still
    false.
    """
    own = module.__dict__.get("__getattr__")

    def missing(name):
        reason = elsewhere.reason(module.__name__, name)
        if reason is not None:
            raise AttributeError("module %r has no attribute %r: %s. %s" % (module.__name__, name, reason, INSTEAD), name=name, obj=module)
        if own is not None:
            return own(name)
        raise AttributeError("module %r has no attribute %r" % (module.__name__, name), name=name, obj=module)

    if module.__name__ in elsewhere.BY_NAME:
        module.__getattr__ = missing


def put_up():
    """While the component is built."""
    for name in ("start_new_thread", "start_joinable_thread", "start_new"):
        if hasattr(_thread, name):
            setattr(_thread, name, no_threads)
    threading.Thread.start = no_threads
    for name in PROGRAMS:
        setattr(os, name, no_program("os." + name))
    for name in elsewhere.BY_NAME:
        if name in sys.modules:
            add_advice(sys.modules[name])
    subprocess.Popen.__init__ = no_program("subprocess")
    subprocess.Popen.__del__ = lambda self: None  # of a process that was not started
    os._exit, os.abort = no_exit("os._exit"), no_exit("os.abort")
    signal.raise_signal = no_exit("signal.raise_signal")
    builtins.input = getpass.getpass = no_input
    shutil.chown = no_owner
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


# Modules of hosts, which the sandbox does not have.
HOSTS = {
    "FreeCAD": "FreeCAD", "Part": "FreeCAD", "bpy": "Blender", "c4d": "Cinema 4D", "hiero": "Hiero", "hou": "Houdini",
    "krita": "Krita", "mari": "Mari", "maya": "Maya", "MaxPlus": "3ds Max", "nuke": "Nuke", "pymel": "Maya", "pymxs": "3ds Max",
    "sd": "Substance Designer", "substance_painter": "Substance Painter", "unreal": "Unreal",
}

NATIVE = (".so", ".pyd", ".dylib", ".dll")


# Files with functions that are in the place of Python's own.
OURS = [os.path.join(os.path.dirname(__file__), name) for name in ("fences.py", "listings.py", "system.py")]


def cut(error):
    """If the error is one of ours, cuts its traceback so that it ends in the plug-in."""
    last, entry = None, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename in OURS:
            if last is not None:
                last.tb_next = None
            return
        last, entry = entry, entry.tb_next


def advice(error):
    """An additional explanation for an error of a plug-in, or None."""
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, ImportError) and error.name:
            reason = elsewhere.reason(error.name, getattr(error, "name_from", None) or "")
            if reason is not None:
                return "%s. %s" % (reason[0].upper() + reason[1:], INSTEAD)
            return advice_on_module(error.name)
        words = [words for kind, begin, words in BY_TEXT if isinstance(error, kind) and begin in str(error)]
        if words:
            return "%s. %s" % (words[0], INSTEAD)
        if isinstance(error, pathlib.UnsupportedOperation):
            return "The system in the sandbox (WASI) cannot do this. " + INSTEAD
        if isinstance(error, OSError) and not isinstance(error, (NoProcesses, NoNetwork)) and error.errno in CANNOT:
            return "The system in the sandbox (WASI) cannot do this. " + INSTEAD
        # numpy and similar packages raise their own message, with the original error as the cause.
        error, seen = error.__cause__ or error.__context__, seen + 1
    return None


def advice_on_file(error, granted):
    """The same for an error about a file. `granted` are the folders: pairs of a path and whether it
    can be written.
    """
    if not isinstance(error, OSError) or isinstance(error, (NoProcesses, NoNetwork)):
        return None
    if error.errno in FULL:
        return (
            "If the disk is full, free some space. Temporary files, in /tmp, are limited; a record says so if that is the "
            "reason. Remove those that are not needed any more, or allow more: --limit temporary=VALUE.")
    if error.errno == errno.EILSEQ:
        return "The sandbox can only use names that are UTF-8. Rename the file. " + INSTEAD
    path = error.filename
    if not isinstance(path, str):
        return None
    folder = [entry for entry in granted if path == entry[0] or path.startswith(entry[0] + "/")]
    if folder and not folder[0][1] and error.errno in READ_ONLY:
        return "%s is read-only in the sandbox. Change the plug-in to write to %s." % (
            folder[0][0], " or ".join(entry[0] for entry in granted if entry[1] and entry[0] != "/tmp")
            or "a folder that is granted for writing, such as --dir FOLDER=/work")
    if not folder and path.startswith(("/", "\\")) or path[1:2] == ":":
        return "The sandbox only has the folders %s. Use the path of the file there, or grant its folder: --dir FOLDER=/work." % (
            ", ".join(entry[0] for entry in granted))
    return None


# Errors that Python raises where a module is missing, and which do not name it.
BY_TEXT = (
    (ValueError, "unknown archive format", "The sandbox's Python has no bz2, no lzma and no zstd"),
    (RuntimeError, "Compression requires the (missing)", "The sandbox's Python has no bz2, no lzma and no zstd"),
    (ValueError, "unsupported hash type", "The sandbox's Python has the hashes of hashlib.algorithms_guaranteed alone"),
    (OSError, "unknown url type: https", "The sandbox has no network"),
)

# What the system in the sandbox answers where it lacks something.
CANNOT = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)

# A disk that is full, and how WASI's library tells a write that failed, whatever the reason.
FULL = (errno.ENOSPC, errno.EIO)

# Linux uses EROFS; WASI has its own error for missing grants (ENOTCAPABLE, 76).
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM, 76)


def advice_on_module(name):
    top = name.split(".")[0]
    absent = elsewhere.ABSENT.get(name) or elsewhere.ABSENT.get(top)
    if absent:
        return "The sandbox's Python has no %s. %s" % (absent, INSTEAD)
    if top in elsewhere.REMOVED:
        return (
            "Python %s has no `%s` any more, and the sandbox has Python %d.%d. Change the plug-in, or put a module of this "
            "name into the folder that is granted as /modules."
            % ((elsewhere.REMOVED[top], top) + sys.version_info[:2]))
    if top in HOSTS:
        return (
            "`%s` is in %s, but the sandbox has no host. Run this plug-in in %s, or exclude it here with its `hosts`."
            % (top, HOSTS[top], HOSTS[top]))
    native = native_file(name)
    if native:
        return "%s is native code, which the sandbox cannot load: it runs Python only. %s" % (native, INSTEAD)
    return (
        "The sandbox has Python's own modules, pyblish, and the modules in the folder that is granted as /modules: put "
        "it there if it is pure Python (--dir FOLDER=/modules:ro). Native modules cannot be loaded. " + INSTEAD)


def native_file(name):
    """The file of a native module with this name, in the folders that are searched for modules."""
    parts = name.split(".")
    for folder in sys.path:
        # Native code inside a package makes the whole package unusable.
        for place, wanted in ((os.path.join(folder, *parts[:-1]), parts[-1]), (os.path.join(folder, parts[0]), None)):
            try:
                entries = sorted(os.listdir(place))
            except OSError:
                continue
            for entry in entries:
                if entry.endswith(NATIVE) and (wanted is None or entry.split(".")[0] == wanted):
                    return os.path.join(place, entry)
    return None
