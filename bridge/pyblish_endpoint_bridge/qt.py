# -*- coding: utf-8 -*-
"""Qt, for hosts whose main loop is Qt's."""
from __future__ import absolute_import, division, print_function

import sys

from .errors import BridgeError


def qt_core():
    """The host's binding of Qt: one that is imported already, or else the first that can be."""
    names = ("PySide6", "PyQt6", "PySide2", "PyQt5", "PySide", "PyQt4")
    names = sorted(names, key=lambda name: name + ".QtCore" not in sys.modules)
    for name in names:
        try:
            return __import__(name + ".QtCore", fromlist=["QtCore"])
        except ImportError:
            continue
    raise BridgeError("No Python binding of Qt can be imported here, which this host needs: %s." % ", ".join(names))


def qt_loop(_):
    core = qt_core()
    signal = getattr(core, "Signal", None) or core.pyqtSignal
    queued = getattr(core.Qt, "QueuedConnection", None)
    if queued is None:  # PyQt6
        queued = core.Qt.ConnectionType.QueuedConnection

    class Post(core.QObject):
        posted = signal(object)

        def run(self, function):
            function()

    # A queued signal is delivered in the thread that made the object: here, the main one.
    post = Post()
    post.posted.connect(post.run, queued)
    # Not `post.posted.emit` itself, which would not keep `post` alive.
    return lambda function: post.posted.emit(function)
