# -*- coding: utf-8 -*-
"""The command line, for a plain Python as a host."""
from __future__ import absolute_import, division, print_function

import argparse
import os
import signal
import sys
from collections import OrderedDict

from .errors import BridgeError
from .hosts import HOSTS
from .running import start
from .text import clean, to_json
from .processes import exit_with


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="pyblish_endpoint_bridge.py", description="A plain Python as a host for pyblish-endpoint.")
    parser.add_argument("--host", help="%s; found out by itself" % ", ".join(HOSTS))
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1; a free one by default")
    parser.add_argument("--paths", nargs="+", default=[], metavar="FOLDER", help="folders with plug-ins")
    parser.add_argument("--exit-with", type=int, metavar="PID", help="end when this process does")
    options = parser.parse_args(arguments)
    # Here this file is `__main__`. Plug-ins import it by its name, and must not get a second one.
    sys.modules.setdefault("pyblish_endpoint_bridge", sys.modules[__name__])
    try:
        bridge = start(options.host, options.port)
        if bridge.stopped:
            return 1  # a child of a plug-in, which imports the main script
        try:
            pyblish = bridge.session.load()
            for path in options.paths:
                pyblish.api.register_plugin_path(os.path.abspath(path))
        except BridgeError as error:
            sys.stderr.write("%s\n" % error)  # it may be there later; an adapter is told the same
    except BridgeError as error:
        sys.stderr.write("%s\n" % error)
        return 1
    if options.exit_with:
        exit_with(bridge, options.exit_with)

    def terminated(*_):
        # Nothing more: the main thread may hold any lock. `serve_forever` does the rest.
        bridge.leaving = True
        sys.exit(0)

    signal.signal(signal.SIGTERM, terminated)
    if hasattr(os, "register_at_fork"):
        # A child that a plug-in forks must end at once. A handler in Python would wait for the C
        # call that the child is in, which may never return, and `multiprocessing.Pool` would wait
        # for the child for ever. Python 2 has no such hook.
        os.register_at_fork(after_in_child=lambda: signal.getsignal(signal.SIGTERM) is terminated
                            and signal.signal(signal.SIGTERM, signal.SIG_DFL))
    sys.stdout.write("%s\n" % to_json(OrderedDict([("address", bridge.address), ("file", clean(bridge.path))])))
    sys.stdout.flush()
    if bridge.post is None:
        bridge.serve_forever()
    return 0
