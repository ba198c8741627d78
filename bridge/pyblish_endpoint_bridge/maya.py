# -*- coding: utf-8 -*-
"""Maya. It was not tried in Maya itself, because none of us has it; the tests have a stand-in."""
from __future__ import absolute_import, division, print_function

from .host import CHOICES, Host
from .text import text_of


class Maya(Host):
    name = "maya"
    label = "Maya"
    module = "maya.cmds"
    has_set_up = True

    def read_version(self):
        from maya import cmds
        return cmds.about(version=True)

    def read_file(self):
        from maya import cmds
        return cmds.file(query=True, sceneName=True) or None

    def read_workspace(self):
        from maya import cmds
        return cmds.workspace(query=True, rootDirectory=True) or None

    def loop(self, bridge):
        from maya import cmds, utils
        return None if cmds.about(batch=True) else utils.executeDeferred

    def watch(self, scene):
        from maya import cmds
        if cmds.about(batch=True):
            return  # nobody works beside us, and jobs of scripts do not run
        for event, told in (
            ("SceneOpened", scene.opened), ("NewSceneOpened", scene.opened), ("SceneSaved", scene.saved),
            ("Undo", lambda: scene.undone(u"an undo")), ("Redo", lambda: scene.undone(u"a redo")),
        ):
            cmds.scriptJob(event=[event, told])

    def read_busy(self):
        from maya import cmds
        if cmds.about(batch=True):
            return None
        if cmds.play(query=True, state=True):
            return u"stop the playback"
        return None

    def can_select(self):
        from maya import cmds
        return not cmds.about(batch=True)

    def select(self, members):
        from maya import cmds
        # A node of PyMEL is its name as a text.
        names = [(member, text_of(member)) for member in members]
        found = [name for _, name in names if cmds.objExists(name)]
        if found:
            cmds.select(found, replace=True, noExpand=True)
        return [member for member, name in names if name not in found]

    def read_choices(self):
        from maya import cmds
        found = cmds.fileInfo(CHOICES, query=True)
        return found[0] if found else None

    def write_choices(self, text):
        from maya import cmds
        cmds.fileInfo(CHOICES, text)

    def begin_step(self, name):
        from maya import cmds
        cmds.undoInfo(openChunk=True, chunkName=name)

    def end_step(self, name):
        from maya import cmds
        cmds.undoInfo(closeChunk=True)
        return cmds.undoInfo(query=True, undoName=True) == name
