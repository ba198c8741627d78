"""A stand-in for Houdini with a window: the parts of `hou` and `hdefereval` that the bridge uses.

    houdini_standin.py UIREADY

The sources: https://www.sidefx.com/docs/houdini/hom/hou/hipFile.html, …/hom/hou/isUIAvailable.html,
…/hom/hou/applicationVersionString.html, …/hom/hou/getenv.html, …/hom/hou/undos.html,
…/hom/hou/playbar.html, …/hom/hou/node_.html, …/hom/hou/hipFileEventType.html; for `hdefereval`, …/hom/hou/ui.html
and the module itself (`executeDeferred(code, *args, **kwargs)`: from any thread, when the event
loop is idle, returns at once). `hou` itself may be called from any thread, and threads wait for
each other. But the bridge promises the main thread, so this stand-in insists on it.
"""
import os
import sys

import standin


CALLBACKS = []
STEP = standin.Step()


class Kinds(object):
    """Of `hou.hipFileEventType`, those that the bridge knows."""

    AfterLoad, AfterClear, AfterSave = "AfterLoad", "AfterClear", "AfterSave"


class ObjectWasDeleted(Exception):
    """What `hou` raises for a node that is gone."""


class HipFile(object):
    # "Absolute file path of the current hip file"; one that was never saved has a path too, of
    # untitled.hip.
    path = staticmethod(standin.on_main(lambda: standin.file))
    # "Called whenever an event occurs that affects the current hip file", with `event_type`.
    addEventCallback = staticmethod(standin.on_main(CALLBACKS.append))
    # "True if the current hip file has not been saved" yet, under any name.
    isNewFile = staticmethod(standin.on_main(lambda: False))


@standin.on_main
def getenv(name, default=None):
    # "Houdini's variable of that name", which is one of the environment's or of its own, such as
    # $HIP and $JOB.
    return {"JOB": "/projects/show", "HIP": os.path.dirname(standin.file)}.get(name, default)


class Group(object):
    """"A with statement in which all operations are one undo", by this label."""

    def __init__(self, label):
        self.label = label

    def __enter__(self):
        STEP.begin(self.label)

    def __exit__(self, *_):
        STEP.end()


class Undos(object):
    group = Group
    # "The labels of all undo operations", the latest first.
    undoLabels = staticmethod(standin.on_main(lambda: tuple(STEP.names)))


class Playbar(object):
    isPlaying = staticmethod(standin.on_main(lambda: standin.playing))


class Node(object):
    def __init__(self, name):
        self.name = name

    def setSelected(self, on):
        assert on
        standin.note("selected", self.name)


class RootNode(object):
    """User data is text, saved with the scene; None where there is none of that name."""

    data = {}

    @standin.on_main
    def userData(self, name):
        return self.data.get(name)

    @standin.on_main
    def setUserData(self, name, value):
        self.data[name] = value


@standin.on_main
def node(path):
    if path == "/":
        return RootNode()
    # None where there is no such node.
    return Node(path) if path in standin.NODES else None


def does(deed, words):
    """What an artist does."""
    if deed in ("play", "stop"):
        standin.playing = deed == "play"
        return
    standin.file = words or standin.file
    kind = {"open": Kinds.AfterLoad, "new": Kinds.AfterClear, "save": Kinds.AfterSave}[deed]
    for callback in CALLBACKS:
        callback(event_type=kind)


standin.artist(does)
standin.module(
    "hou", hipFile=HipFile, getenv=getenv, hipFileEventType=Kinds, undos=Undos, playbar=Playbar, node=node,
    ObjectWasDeleted=ObjectWasDeleted, clearAllSelected=standin.on_main(lambda: None),
    isUIAvailable=lambda: True, applicationVersionString=standin.on_main(lambda: "20.5.278"))
standin.module(
    "hdefereval", executeDeferred=lambda code, *args, **kwargs: standin.INBOX.put(lambda: code(*args, **kwargs)))
# Houdini runs `uiready.py` of each folder of its path once its window is there:
# https://www.sidefx.com/docs/houdini/hom/locations.html
standin.run_file(sys.argv[1])
standin.loop()
