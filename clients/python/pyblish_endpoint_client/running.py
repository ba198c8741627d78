"""The running servers of this user, from the files that `pyblish-endpoint list` reads.

They are only read here: files of killed servers are ignored, and `list` removes them. A file is
only trusted if nobody else can have written it; see `docs/src/security/server.md`.
"""
from __future__ import annotations

import ipaddress
import json
import os
import re
import stat
import sys
from dataclasses import dataclass
from typing import List, Optional

from .errors import BadAnswer, NoEndpoint
from .shapes import read


#: How many bytes of a file are read at most.
_LARGEST = 64 * 1024
_LARGEST_TOKEN = 1024


@dataclass(frozen=True)
class Running:
    """A running server."""

    #: `http://127.0.0.1:6001`, `https://…`, or `unix:PATH`
    address: str
    #: The file with its token; none if it needs none.
    token_file: Optional[str]
    pid: int
    adapter: str
    hosts: List[str]
    #: The process of the host that it works with.
    host_pid: Optional[int]
    #: The id of its first session.
    session: str
    #: Seconds since 1970.
    started: float

    def token(self) -> Optional[str]:
        """Its token. Raises NoEndpoint if it cannot be read, or if others can read it, too."""
        if self.token_file is None:
            return None
        try:
            descriptor = _open(self.token_file)
            with os.fdopen(descriptor, "r", encoding="ascii") as file:
                if _others_can_read(descriptor):
                    raise NoEndpoint("the token in %s can be read by others: only you may be able to access it (mode 600)" % self.token_file)
                return file.read(_LARGEST_TOKEN)
        except (OSError, ValueError) as error:
            raise NoEndpoint("the token of the server at %s cannot be read: %s" % (self.address, error)) from error


def find() -> List[Running]:
    """The running servers, the oldest first."""
    folder = run_folder()
    try:
        if _others_can_write(os.stat(folder)):
            raise NoEndpoint(
                "the folder %s, in which servers are found, belongs to another user, or others can write to it: "
                "make it a folder of yours that only you can access (mode 700)" % folder
            )
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise NoEndpoint("the folder %s cannot be read: %s" % (folder, error)) from error
    found = []
    for name in names:
        if not name.endswith(".json"):
            continue
        try:
            descriptor = _open(os.path.join(folder, name))
            with os.fdopen(descriptor, "r", encoding="utf-8") as file:
                if _others_can_write(os.fstat(descriptor)):
                    continue
                server = read(Running, json.loads(file.read(_LARGEST)))
        except (OSError, ValueError, BadAnswer):
            continue  # it ended meanwhile, or does not describe a server
        if _is_of_a_server(server, folder) and alive(server.pid):
            found.append(server)
    return sorted(found, key=lambda server: server.started)


def run_folder() -> str:
    """The folder of the servers' files: one that the system clears when the user logs out, or else
    in the user's data folder.
    """
    name, home = "pyblish-endpoint", os.path.expanduser("~")
    if os.name == "nt":
        roaming = os.environ.get("APPDATA") or os.path.join(home, "AppData", "Roaming")
        return os.path.join(roaming, name, "data", "run")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", name, "run")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime):
        return os.path.join(runtime, name)
    data = os.environ.get("XDG_DATA_HOME", "")
    return os.path.join(data if os.path.isabs(data) else os.path.join(home, ".local", "share"), name, "run")


def alive(pid: int) -> bool:
    """Whether a process with this id is running."""
    if sys.platform == "win32":
        # Not os.kill, which would end the process on Windows.
        import ctypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = ctypes.c_void_p
        synchronize, denied, wait_timeout = 0x100000, 5, 0x102
        process = kernel.OpenProcess(synchronize, False, pid)
        if not process:
            return ctypes.get_last_error() == denied
        try:
            return bool(kernel.WaitForSingleObject(ctypes.c_void_p(process), 0) == wait_timeout)
        finally:
            kernel.CloseHandle(ctypes.c_void_p(process))
    else:
        if pid <= 0:
            return False  # such a number means a group of processes
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True  # it belongs to another user, but exists
        except (OSError, OverflowError):
            return False
        try:
            with open("/proc/%d/stat" % pid, "r", errors="replace") as file:
                return not file.read().rpartition(") ")[2].startswith("Z")
        except OSError:
            return True  # no such file on this system: it may be a zombie, but count it as running


def _others_can_read(descriptor: int) -> bool:
    if sys.platform == "win32":
        return False  # on this system, a user's own folders inherit private permissions
    found = os.fstat(descriptor)
    return found.st_uid != os.geteuid() or found.st_mode & 0o077 != 0


def _others_can_write(found: os.stat_result) -> bool:
    if sys.platform == "win32":
        return False
    return found.st_uid not in (os.geteuid(), 0) or found.st_mode & 0o022 != 0


def _open(path: str) -> int:
    """Opens a regular file for reading, without blocking on a pipe."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("%s is not a regular file" % path)
    return descriptor


def _is_of_a_server(server: Running, folder: str) -> bool:
    """Whether a server can have written this: its token file is beside it, and without TLS its
    address is a loopback address.
    """
    beside = os.path.join(folder, "%d.token" % server.pid)
    if server.token_file is not None and server.token_file != beside:
        return False
    plain = re.fullmatch(r"http://(?:\[([0-9a-f:]+)\]|([0-9.]+)):[0-9]+", server.address)
    if plain is None:
        return server.address.startswith(("https://", "unix:"))
    try:
        return ipaddress.ip_address(plain.group(1) or plain.group(2)).is_loopback
    except ValueError:
        return False
