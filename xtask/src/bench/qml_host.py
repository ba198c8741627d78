"""QML's own host (pyblish-qml 1.11.5), with a folder of plug-ins, and a child in QML's place: qml_host.py FOLDER CHILD."""
import inspect
import os
import queue
import sys
import types

sys.dont_write_bytecode = True  # the folder of a checkout stays as it is

# Pyblish reads these as it is imported, and while it discovers.
for variable in [name for name in os.environ if name.startswith("PYBLISH")]:
    del os.environ[variable]

# What it is written for, and Python has taken away: in 3.11, and in 3.12.
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = inspect.getfullargspec
moves = types.ModuleType("pyblish_qml.vendor.six.moves")
moves.queue = queue
sys.modules[moves.__name__] = moves

import pyblish.api
from pyblish_qml.ipc import server, service

# Not those that Pyblish brings along: the same plug-ins on both sides.
pyblish.api.deregister_all_paths()
pyblish.api.register_plugin_path(sys.argv[1])
# Modal: it listens on this thread, as it does where the host has no loop of its own.
served = server.Server(service.Service(), python=sys.argv[2], targets=["default"], modal=True)
server.Proxy(served).show({})
served.listen()
served.wait()
