# -*- coding: utf-8 -*-
"""Nuke. It was not tried in Nuke itself, because none of us has it; the tests have a stand-in."""
from __future__ import absolute_import, division, print_function

import os
import threading

from .host import CHOICES, Host
from .processes import thread
from .selecting import name_of


class Nuke(Host):
    name = "nuke"
    label = "Nuke"
    module = "nuke"
    has_set_up = True

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

    def can_select(self):
        import nuke
        return bool(nuke.GUI)

    def select(self, members):
        import nuke
        nodes = [(member, self.node_of(nuke, member)) for member in members]
        found = [node for _, node in nodes if node is not None]
        if found:
            for node in nuke.selectedNodes():
                node.setSelected(False)
            for node in found:
                node.setSelected(True)
        return [member for member, node in nodes if node is None]

    @staticmethod
    def node_of(nuke, member):
        """The node of this name, or this node, unless it was removed."""
        name = name_of(member)
        try:
            return nuke.toNode(member.fullName() if name is None else name)
        except (AttributeError, ValueError):
            return None

    def read_choices(self):
        import nuke
        knob = nuke.root().knob(CHOICES)
        return knob.value() if knob is not None else None

    def write_choices(self, text):
        import nuke
        knob = nuke.root().knob(CHOICES)
        if knob is None:
            knob = nuke.String_Knob(CHOICES)
            knob.setFlag(nuke.INVISIBLE)
            nuke.root().addKnob(knob)
        knob.setValue(text)

    def begin_step(self, name):
        import nuke
        nuke.Undo.begin(name)

    def end_step(self, name):
        import nuke
        nuke.Undo.end()
        return bool(nuke.root().modified())
