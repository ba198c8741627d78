"""Starts the bridge with Houdini.

This is `pythonX.Ylibs/uiready.py` (of Houdini's Python) in a folder of its path. The entry in its
File menu is in `MainMenuCommon.xml` of the same folder. Not tried in Houdini itself, because none
of us has it.
"""
import sys

# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""


def start():
    if FOLDER and FOLDER not in sys.path:
        sys.path.append(FOLDER)
    import pyblish_endpoint_bridge
    try:
        pyblish_endpoint_bridge.start("houdini")
    except pyblish_endpoint_bridge.BridgeError as error:
        sys.stderr.write("pyblish-endpoint: %s\n" % error)


start()
