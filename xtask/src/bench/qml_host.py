"""QML's own host (pyblish-qml 1.11.5), with a folder of plug-ins, and a child instead of QML:
qml_host.py FOLDER CHILD.
"""
import os
import sys

sys.dont_write_bytecode = True  # do not write into the checkout
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/data/qml"))
import today  # noqa: F401

import pyblish.api
from pyblish_qml.ipc import server, service

# Without Pyblish's default plug-ins, so that both sides have the same ones.
pyblish.api.deregister_all_paths()
pyblish.api.register_plugin_path(sys.argv[1])
# Modal: it listens on this thread, as in a host without an event loop.
served = server.Server(service.Service(), python=sys.argv[2], targets=["default"], modal=True)
server.Proxy(served).show({})
served.listen()
served.wait()
