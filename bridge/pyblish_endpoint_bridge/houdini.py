# -*- coding: utf-8 -*-
"""Houdini. It was not tried in Houdini itself, because none of us has it; the tests have a stand-in.
"""
from __future__ import absolute_import, division, print_function

from .host import Host


class Houdini(Host):
    name = "houdini"
    label = "Houdini"
    module = "hou"

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
