# -*- coding: utf-8 -*-
"""The one bridge of this process."""
from __future__ import absolute_import, division, print_function

import atexit

from .bridge import Bridge
from .hosts import Host
from .run_folder import run_folder

RUNNING = globals().get("RUNNING")  # kept when a host reloads this module


def start(host=None, port=0):
    """Starts the bridge, or answers the one that runs already. Call it on the host's main thread.

    Without `host`, the host is detected; with a `port` of 0, a free one is used. Raises
    `BridgeError`.
    """
    global RUNNING
    if RUNNING is not None and not RUNNING.stopped:
        return RUNNING
    RUNNING = Bridge(Host(host), run_folder(), port)
    atexit.register(RUNNING.stop)
    return RUNNING


def stop():
    """Stops the bridge, if it runs."""
    if RUNNING is not None:
        RUNNING.stop()
