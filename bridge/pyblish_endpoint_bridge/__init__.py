# -*- coding: utf-8 -*-
"""The bridge: Pyblish in a host, driven by pyblish-endpoint.

It runs in the host's own interpreter (Python 2.7, and 3.7 to 3.14), beside the studio's own
pyblish-base. It serves one adapter on a loopback socket (see PROTOCOL.md), runs every plug-in on
the host's main thread, and answers each call with what changed in the context. It needs nothing but
Python's standard library.

In a host with a window, from a start-up script:

    import pyblish_endpoint_bridge
    pyblish_endpoint_bridge.start()

Without a window, where the main thread is free:

    pyblish_endpoint_bridge.start().serve_forever()

As a plain Python host:

    python pyblish_endpoint_bridge.py [--paths FOLDER ...] [--exit-with PID]

In a plug-in (these do nothing where no bridge runs):

    import pyblish_endpoint_bridge as bridge
    bridge.progress(0.5, "Frame 12 of 24")
    if bridge.cancelled():
        raise bridge.Cancelled("stopped at frame 12")
"""
from __future__ import absolute_import, division, print_function

# The public names. Their order is that of the modules in the one file: from the ground up.
from .version import __version__  # noqa: F401
from .errors import BridgeError, Cancelled  # noqa: F401
from .calls import Call, cancelled, progress  # noqa: F401
from .kept import keep_choices  # noqa: F401
from .work import Work  # noqa: F401
from .session import Session  # noqa: F401
from .host import Host  # noqa: F401
from .hosts import add_host  # noqa: F401
from .processes import is_alive  # noqa: F401
from .running import start, stop  # noqa: F401
from .command_line import main  # noqa: F401
