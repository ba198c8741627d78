# -*- coding: utf-8 -*-
"""Hosts: how each tells its version and its file, and runs something on its main thread.

An entry of `HOSTS` has a module by which the host is known, and four functions. `loop` answers a
function that has another one called on the main thread soon, from any thread; or None where the
main thread is free, and `serve_forever` is to be called on it.
"""
from __future__ import absolute_import, division, print_function

import logging
import os
import sys
import threading
import time
from collections import OrderedDict

from .compat import python_version, queue
from .errors import BridgeError
from .qt import qt_loop
from .text import clean
from .processes import thread
from .version import __version__


def own_loop(_):
    return None


def blender_file():
    import bpy
    return bpy.data.filepath or None


def blender_workspace():
    path = blender_file()
    return os.path.dirname(path) if path else os.getcwd()


def blender_version():
    import bpy
    return bpy.app.version_string


def blender_loop(bridge):
    import bpy
    if bpy.app.background:
        return None  # without a window, timers never run
    inbox = queue.Queue()

    def tick():
        # Answers when Blender is to call it again. Without an owner, a quarter of a second costs
        # nothing.
        try:
            while True:
                inbox.get_nowait()()
        except queue.Empty:
            pass
        if bridge.stopped:
            return None
        if bridge.owner is None:
            return 0.25
        return 0.001 if time.time() - bridge.worked < 0.5 else 0.02

    bpy.app.timers.register(tick, persistent=True)
    return inbox.put


def maya_file():
    from maya import cmds
    return cmds.file(query=True, sceneName=True) or None


def maya_workspace():
    from maya import cmds
    return cmds.workspace(query=True, rootDirectory=True) or None


def maya_version():
    from maya import cmds
    return cmds.about(version=True)


def maya_loop(_):
    from maya import cmds, utils
    return None if cmds.about(batch=True) else utils.executeDeferred


def houdini_file():
    import hou
    return None if hou.hipFile.isNewFile() else hou.hipFile.path()


def houdini_workspace():
    import hou
    return hou.getenv("JOB") or hou.getenv("HIP")


def houdini_version():
    import hou
    return hou.applicationVersionString()


def houdini_loop(_):
    import hou
    if not hou.isUIAvailable():
        return None
    import hdefereval
    return hdefereval.executeDeferred


def nuke_file():
    import nuke
    name = nuke.root().name()
    return None if name == "Root" else name


def nuke_workspace():
    import nuke
    return nuke.root()["project_directory"].evaluate() or os.path.dirname(nuke_file() or "") or None


def nuke_version():
    import nuke
    return nuke.NUKE_VERSION_STRING


def nuke_loop(_):
    import nuke
    if not nuke.GUI:
        return None
    main = threading.current_thread()

    def post(function):
        # By its manual, Nuke hangs if this is called on the main thread.
        if threading.current_thread() is main:
            thread(lambda: nuke.executeInMainThread(function), "post")
        else:
            nuke.executeInMainThread(function)

    return post


def freecad_file():
    import FreeCAD
    return FreeCAD.ActiveDocument.FileName or None if FreeCAD.ActiveDocument else None


def freecad_workspace():
    path = freecad_file()
    return os.path.dirname(path) if path else os.getcwd()


def freecad_version():
    import FreeCAD
    # For example 0, 20, 2 and then details of the build.
    return ".".join(part for part in FreeCAD.Version()[:3] if part.isdigit())


def freecad_loop(bridge):
    import FreeCAD
    return qt_loop(bridge) if FreeCAD.GuiUp else None


def krita_file():
    from krita import Krita
    document = Krita.instance().activeDocument()
    return document.fileName() or None if document else None


def krita_workspace():
    path = krita_file()
    return os.path.dirname(path) if path else os.path.expanduser("~")


def krita_version():
    from krita import Krita
    return Krita.instance().version()


def python_file():
    return None


HOSTS = OrderedDict((entry[0], entry) for entry in [
    # name, module, version, file, workspace, loop
    ("blender", "bpy", blender_version, blender_file, blender_workspace, blender_loop),
    ("maya", "maya.cmds", maya_version, maya_file, maya_workspace, maya_loop),
    ("houdini", "hou", houdini_version, houdini_file, houdini_workspace, houdini_loop),
    ("nuke", "nuke", nuke_version, nuke_file, nuke_workspace, nuke_loop),
    ("freecad", "FreeCAD", freecad_version, freecad_file, freecad_workspace, freecad_loop),
    ("krita", "krita", krita_version, krita_file, krita_workspace, qt_loop),
    ("python", None, python_version, python_file, os.getcwd, own_loop),
])


def add_host(name, version=python_version, file=python_file, workspace=os.getcwd, post=None):
    """Makes a tool of your own known to `start(name)`.

    `name` is the name of its adapter, and the one that plug-ins have in their `hosts`. `version`,
    `file` and `workspace` are called on the main thread. `post(function)` must have the main thread
    call the function soon; any thread may call it. Without `post`, the tool gives its main thread
    to `start(name).serve_forever()`.
    """
    HOSTS[name] = (name, None, version, file, workspace, lambda _: post)


class Host(object):
    """What this interpreter runs in."""

    def __init__(self, name=None):
        if name is None:
            name = self.detect()
        if name not in HOSTS:
            raise BridgeError("There is no host %s; there are %s." % (name, ", ".join(HOSTS)))
        self.name, _, self._version, self._file, self._workspace, self.loop = HOSTS[name]

    @staticmethod
    def detect():
        """The host whose module is imported. Hosts do that long before a start-up script runs."""
        for name, module, _, _, _, _ in HOSTS.values():
            if module is not None and module.split(".")[0] in sys.modules:
                try:
                    __import__(module)
                    return name
                except ImportError:
                    continue
        return "python"

    def ask(self, question):
        """What the host answers, or None. A host that cannot answer must not stop the work."""
        try:
            found = question()
            return None if found is None else clean(found)
        except Exception:
            logging.getLogger("pyblish_endpoint_bridge").debug("%s does not say", self.name, exc_info=True)
            return None

    def version(self):
        return self.ask(self._version)

    def file(self):
        return self.ask(self._file)

    def workspace(self):
        return self.ask(self._workspace)

    def about(self):
        return OrderedDict([
            ("host", self.name),
            ("hostVersion", self.version()),
            ("pythonVersion", python_version()),
            ("bridge", __version__),
            ("pid", os.getpid()),
            ("file", self.file()),
            ("workspace", self.workspace()),
        ])
