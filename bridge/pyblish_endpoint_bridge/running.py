# -*- coding: utf-8 -*-
"""The one bridge of this process."""
from __future__ import absolute_import, division, print_function

import atexit
import os

from .bridge import Bridge
from .copies import warn_of_copies
from .hosts import host_named
from .processes import is_child_being_made
from .run_folder import run_folder

RUNNING = globals().get("RUNNING")  # kept when a host reloads this module


class NoBridge(object):
    """In place of a bridge, in a child that `multiprocessing` is making (see `is_child_being_made`).

    It has ended already, so the main script goes on and the child can begin its own work.
    """

    stopped = True
    leaving = False
    post = session = address = path = None

    def serve_forever(self):
        pass

    def show_status(self, show):
        pass

    def stop(self):
        pass


def start(host=None, port=0):
    """Starts the bridge, or answers the one that runs already. Call it on the host's main thread.

    Without `host`, the host is detected; with a `port` of 0, a free one is used. Raises
    `BridgeError`.
    """
    global RUNNING
    if is_child_being_made():
        return NoBridge()
    warn_of_copies()
    if RUNNING is not None and not RUNNING.stopped and RUNNING.pid == os.getpid():
        return RUNNING
    if hasattr(os, "register_at_fork"):  # Python 2 has no such hook
        os.register_at_fork(after_in_child=leave_to_parent)
    RUNNING = Bridge(host_named(host), run_folder(), port)
    atexit.register(RUNNING.stop)
    return RUNNING


def leave_to_parent():
    """In a forked child: closes the sockets of the bridge, which is its parent's."""
    if RUNNING is not None and RUNNING.pid != os.getpid():
        RUNNING.close_sockets()


def stop():
    """Stops the bridge, if it runs."""
    if RUNNING is not None:
        RUNNING.stop()
