"""The servers of this user that run, from the files that `pyblish-endpoint list` reads.

They are only read here: those of servers that were killed are passed over, and `list` removes them.
"""
from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import List, Optional

from .errors import BadAnswer, NoEndpoint
from .shapes import read


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    #: `http://127.0.0.1:6001`, `https://…`, or `unix:PATH`
    address: str
    #: Where its token is; none where it lets everybody in.
    token_file: Optional[str]
    pid: int
    adapter: str
    hosts: List[str]
    #: The process of the host that it drives.
    host_pid: Optional[int]
    #: The id of its first session.
    session: str
    #: Seconds since 1970.
    started: float

    def token(self) -> Optional[str]:
        """Its token. Raises NoEndpoint where it cannot be read, or where others can read it too."""
        if self.token_file is None:
            return None
        try:
            with open(self.token_file, "r", encoding="ascii") as file:
                if _others_can_read(file.fileno()):
                    raise NoEndpoint("the token in %s can be read by others: it must be yours alone (mode 600)" % self.token_file)
                return file.read()
        except OSError as error:
            raise NoEndpoint("the token of the server at %s cannot be read: %s" % (self.address, error)) from error


def find() -> List[Running]:
    """Those that run now, the oldest first."""
    folder = run_folder()
    try:
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
            with open(os.path.join(folder, name), "r", encoding="utf-8") as file:
                server = read(Running, json.load(file))
        except (OSError, ValueError, BadAnswer):
            continue  # it ended while we looked, or tells of no server
        if alive(server.pid):
            found.append(server)
    return sorted(found, key=lambda server: server.started)


def run_folder() -> str:
    """Where servers write of themselves: what the system clears when the user logs out, or else beside their data."""
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
    """Whether there is a process of this id that has not ended."""
    if sys.platform == "win32":
        # Not os.kill, which ends it there.
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
            return False  # it would stand for a group of processes
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True  # somebody else's, but it is there
        except (OSError, OverflowError):
            return False
        try:
            with open("/proc/%d/stat" % pid, "r", errors="replace") as file:
                return not file.read().rpartition(") ")[2].startswith("Z")
        except OSError:
            return True  # no such file here: nobody knows whether its parent took notice


def _others_can_read(descriptor: int) -> bool:
    if sys.platform == "win32":
        return False  # a user's own folders are private by what they inherit
    found = os.fstat(descriptor)
    return found.st_uid != os.geteuid() or found.st_mode & 0o077 != 0
