# -*- coding: utf-8 -*-
"""Processes and threads: whether one lives, and starting one."""
from __future__ import absolute_import, division, print_function

import errno
import os
import sys
import threading
import time

from .limits import LEAVE_TIME


def thread(function, name):
    """Starts a thread that does not keep the process alive."""
    found = threading.Thread(target=function, name="pyblish-endpoint " + name)
    found.daemon = True
    found.start()
    return found


def end_child(error=None):
    """Ends a forked child of a plug-in, which must not go on with the work of its parent.

    `error` is what the plug-in raised in it: its code is that of `sys.exit`.
    """
    code = getattr(error, "code", 1) if error is not None else 0
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # it is closed, or there is none
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def is_child_being_made():
    """Whether `multiprocessing` is making this process, and now imports the main script again.

    It does so where it cannot fork, and since Python 3.14 also on Linux. A main script without `if
    __name__ == "__main__"` would start a bridge in each child, and none would begin its work.
    """
    process = sys.modules.get("multiprocessing.process")
    return process is not None and getattr(process.current_process(), "_inheriting", False)


def is_alive(pid):
    """Whether there is a process with this number."""
    if os.name == "nt":
        import ctypes
        # SYNCHRONIZE. On Windows, `os.kill` would end the process.
        handle = ctypes.windll.kernel32.OpenProcess(0x100000, False, pid)
        if not handle:
            return False
        alive = ctypes.windll.kernel32.WaitForSingleObject(handle, 0) != 0
        ctypes.windll.kernel32.CloseHandle(handle)
        return alive
    try:
        os.kill(pid, 0)
        return True
    except OSError as error:
        return error.errno != errno.ESRCH


def end_soon():
    """Ends this process in any case: threads and children of plug-ins may never let it end."""

    def wait():
        time.sleep(LEAVE_TIME)
        os._exit(1)

    thread(wait, "end")


def exit_with(bridge, pid):
    """Ends this process when another one ends, such as the one that started it."""
    child = hasattr(os, "getppid") and os.getppid() == pid

    def wait():
        # Of our parent, the number is enough: when it ends, our parent becomes another process.
        # Of any other process, the number may be used again; nothing can be done about that.
        while (os.getppid() == pid) if child else is_alive(pid):
            time.sleep(0.5)
        bridge.stop()
        time.sleep(LEAVE_TIME)  # time for a plug-in to see that it was cancelled
        os._exit(1)

    thread(wait, "exit-with")
