# -*- coding: utf-8 -*-
"""Nuke. It was not tried in Nuke itself, because none of us has it; the tests have a stand-in."""
from __future__ import absolute_import, division, print_function

import os
import threading

from .host import Host
from .processes import thread


class Nuke(Host):
    name = "nuke"
    label = "Nuke"
    module = "nuke"

    def read_version(self):
        import nuke
        return nuke.NUKE_VERSION_STRING

    def read_file(self):
        import nuke
        name = nuke.root().name()
        return None if name == "Root" else name

    def read_workspace(self):
        import nuke
        return nuke.root()["project_directory"].evaluate() or os.path.dirname(self.read_file() or "") or None

    def loop(self, bridge):
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

    def watch(self, scene):
        import nuke
        nuke.addOnScriptLoad(scene.opened)
        nuke.addOnScriptSave(scene.saved)

    def begin_step(self, name):
        import nuke
        nuke.Undo.begin(name)

    def end_step(self, name):
        import nuke
        nuke.Undo.end()
        return bool(nuke.root().modified())
