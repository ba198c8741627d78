# -*- coding: utf-8 -*-
"""The hosts that there are, and those that a studio adds."""
from __future__ import absolute_import, division, print_function

import os
import sys
from collections import OrderedDict

from .blender import Blender
from .compat import python_version
from .errors import BridgeError
from .freecad import FreeCad
from .host import Host
from .houdini import Houdini
from .krita import KritaHost
from .maya import Maya
from .nuke import Nuke

HOSTS = OrderedDict((host.name, host) for host in (Blender, Maya, Houdini, Nuke, FreeCad, KritaHost, Host))


def nothing(*_):
    return None


def add_host(name, version=python_version, file=nothing, workspace=os.getcwd, post=None, watch=nothing, busy=nothing,
             select=None, read_choices=nothing, write_choices=nothing):
    """Makes a tool of your own known to `start(name)`.

    `name` is the name of its adapter, and the one that plug-ins have in their `hosts`. All functions
    but `post` are called on the main thread. `version`, `file` and `workspace` answer a text or
    None. `post(function)` must have the main thread call the function soon; any thread may call it.
    Without `post`, the tool gives its main thread to `start(name).serve_forever()`.

    `watch(scene)` is called once. It has the tool call `scene.opened()`, `scene.saved()`,
    `scene.undone("an undo")` and `scene.edited()` when that happens. `busy()` answers what the artist
    must do before work can be done, such as "close the dialog", or None. `select(members)` selects
    these members of an instance, and answers those that it could not select. `write_choices(text)`
    keeps a text in the scene, and `read_choices()` answers it; see `keep_choices`.
    """

    class Tool(Host):
        def read_version(self):
            return version()

        def read_file(self):
            return file()

        def read_workspace(self):
            return workspace()

        def read_busy(self):
            return busy()

        def loop(self, bridge):
            return post

        def watch(self, scene):
            watch(scene)

        def can_select(self):
            return select is not None

        def select(self, members):
            return select(members)

        def read_choices(self):
            return read_choices()

        def write_choices(self, text):
            write_choices(text)

    Tool.name = Tool.label = name
    HOSTS[name] = Tool


def host_named(name=None):
    """The host of this name, or the one that this interpreter runs in."""
    if name is None:
        name = detected()
    if name not in HOSTS:
        raise BridgeError("There is no host %s; there are %s." % (name, ", ".join(HOSTS)))
    return HOSTS[name]()


def detected():
    """The host whose module is imported. Hosts do that long before a start-up script runs."""
    for name, host in HOSTS.items():
        if host.module is not None and host.module.split(".")[0] in sys.modules:
            try:
                __import__(host.module)
                return name
            except ImportError:
                continue
    return "python"
