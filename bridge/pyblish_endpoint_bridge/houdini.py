# -*- coding: utf-8 -*-
"""Houdini. It was not tried in Houdini itself, because none of us has it; the tests have a stand-in.
"""
from __future__ import absolute_import, division, print_function

from .host import CHOICES, Host
from .selecting import name_of


class Houdini(Host):
    name = "houdini"
    label = "Houdini"
    module = "hou"
    has_set_up = True

    def __init__(self):
        self.group = None  # of undo, while a step is under way

    def read_version(self):
        import hou
        return hou.applicationVersionString()

    def read_file(self):
        import hou
        return None if hou.hipFile.isNewFile() else hou.hipFile.path()

    def read_workspace(self):
        import hou
        return hou.getenv("JOB") or hou.getenv("HIP")

    def loop(self, bridge):
        import hou
        if not hou.isUIAvailable():
            return None
        import hdefereval
        return hdefereval.executeDeferred

    def watch(self, scene):
        import hou
        kinds = hou.hipFileEventType
        opened = (kinds.AfterLoad, kinds.AfterClear)

        def told(event_type):
            if event_type in opened:
                scene.opened()
            elif event_type == kinds.AfterSave:
                scene.saved()

        hou.hipFile.addEventCallback(told)

    def read_busy(self):
        import hou
        if hou.isUIAvailable() and hou.playbar.isPlaying():
            return u"stop the playback"
        return None

    def can_select(self):
        import hou
        return bool(hou.isUIAvailable())

    def select(self, members):
        import hou
        nodes = [(member, self.node_of(hou, member)) for member in members]
        found = [node for _, node in nodes if node is not None]
        if found:
            hou.clearAllSelected()
            for node in found:
                node.setSelected(True)
        return [member for member, node in nodes if node is None]

    @staticmethod
    def node_of(hou, member):
        """The node of this path, or this node, unless it was removed."""
        path = name_of(member)
        try:
            return hou.node(member.path() if path is None else path)
        except (AttributeError, hou.ObjectWasDeleted):
            return None

    def read_choices(self):
        import hou
        return hou.node("/").userData(CHOICES)

    def write_choices(self, text):
        import hou
        hou.node("/").setUserData(CHOICES, text)

    def begin_step(self, name):
        import hou
        self.group = hou.undos.group(name)
        self.group.__enter__()

    def end_step(self, name):
        import hou
        group, self.group = self.group, None
        if group is not None:
            group.__exit__(None, None, None)
        labels = hou.undos.undoLabels()
        return bool(labels) and labels[0] == name
