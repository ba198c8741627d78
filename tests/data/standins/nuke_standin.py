"""A stand-in for Nuke with a window: the parts of `nuke` that the bridge uses.

    nuke_standin.py MENU

The sources, by Foundry: https://learn.foundry.com/nuke/developers/90/pythondevguide/threading.html
for the main thread ("Do not run the above functions from within the main thread or NUKE will
hang."), and https://learn.foundry.com/nuke/developers/latest/pythonreference/ for the rest.
"""
import json
import os
import sys
import threading

import standin


def execute_in_main_thread(call, args=(), kwargs={}):
    """"Execute the callable 'call' … in NUKE's main thread and return immediately." """
    if threading.current_thread() is standin.MAIN:
        # Nuke hangs.
        sys.stderr.write("nuke.executeInMainThread on the main thread: Nuke would hang\n")
        sys.stderr.flush()
        threading.Event().wait()
    standin.INBOX.put(lambda: call(*args, **kwargs))


class Knob(object):
    def evaluate(self):
        return "/projects/show"


class StringKnob(object):
    """A knob of text, which the script's owner adds."""

    def __init__(self, name):
        self.name, self.text = name, ""

    def setFlag(self, flag):
        assert flag == "invisible"

    def setValue(self, text):
        self.text = text

    def value(self):
        return self.text


ADDED = {}


class Root(object):
    """The knobs of the script itself. Its name is its file, or `Root` if it was never saved."""

    name = staticmethod(standin.on_main(lambda: standin.file))
    # Whether the script was changed since it was saved.
    modified = staticmethod(standin.on_main(lambda: standin.changes > 0))

    def __getitem__(self, name):
        return {"project_directory": Knob()}[name]

    @standin.on_main
    def knob(self, name):
        # None where there is no such knob.
        return ADDED.get(name)

    @standin.on_main
    def addKnob(self, knob):
        ADDED[knob.name] = knob


LOADED, SAVED = [], []
STEP = standin.Step()


class Undo(object):
    begin = staticmethod(standin.on_main(STEP.begin))
    end = staticmethod(standin.on_main(STEP.end))


class Node(object):
    def __init__(self, name):
        self.name = name

    def setSelected(self, on):
        assert on
        standin.note("selected", self.name)


@standin.on_main
def to_node(name):
    # None where there is no such node.
    return Node(name) if name in standin.NODES else None


def does(deed, words):
    """What an artist does."""
    standin.file = words or standin.file
    for callback in {"open": LOADED, "save": SAVED}[deed]:
        callback()


class Menu(object):
    def addCommand(self, name, command=None):
        # An artist who chooses the entry as soon as it is there.
        if os.environ.get("STANDIN_CHOOSES") == name:
            standin.INBOX.put(command)


def message(text):
    """"Show an info dialog box." Here it is a line."""
    sys.stdout.write("message %s\n" % json.dumps(text))
    sys.stdout.flush()


standin.module(
    "nuke", root=Root, GUI=True, NUKE_VERSION_STRING="15.1v3", executeInMainThread=execute_in_main_thread,
    menu=lambda name: Menu(), message=standin.on_main(message),
    addOnScriptLoad=standin.on_main(LOADED.append), addOnScriptSave=standin.on_main(SAVED.append),
    Undo=Undo, toNode=to_node, String_Knob=standin.on_main(StringKnob), INVISIBLE="invisible", selectedNodes=standin.on_main(lambda: []))
standin.artist(does)
# Nuke with a window runs `menu.py` of each folder of its plug-in path when it starts.
standin.run_file(sys.argv[1])
standin.loop()
