"""Starts the bridge with Maya, and adds a menu Pyblish with Publish.

`userSetup.py` of Maya's scripts imports this. Not tried in Maya itself, because none of us has it.
"""
import sys

import maya.utils

# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""
# The program that ran `host install`; others are looked for, too.
BINARY = ""

MENU = "pyblishEndpointMenu"


def tell(message):
    from maya import cmds
    cmds.confirmDialog(title="Publish", message=message, icon="warning", button=["OK"])


def publish(*_):
    import pyblish_endpoint_menu
    pyblish_endpoint_menu.publish("maya", BINARY, tell)


def add_menu():
    from maya import cmds, mel
    if cmds.menu(MENU, exists=True):
        cmds.deleteUI(MENU)
    window = mel.eval("$pyblish_endpoint_window = $gMainWindow")
    cmds.menu(MENU, label="Pyblish", parent=window, tearOff=False)
    cmds.menuItem(label="Publish", parent=MENU, command=publish,
                  annotation="Check and publish what is open, in the browser")


def start():
    from maya import cmds
    if FOLDER and FOLDER not in sys.path:
        sys.path.append(FOLDER)
    import pyblish_endpoint_bridge
    try:
        pyblish_endpoint_bridge.start("maya")
    except pyblish_endpoint_bridge.BridgeError as error:
        sys.stderr.write("pyblish-endpoint: %s\n" % error)
    if not cmds.about(batch=True):
        add_menu()


# Maya reads userSetup.py before its commands work.
maya.utils.executeDeferred(start)
