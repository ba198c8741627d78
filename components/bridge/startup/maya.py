"""Starts the bridge with Maya: lines for `userSetup.py` in Maya's scripts folder.

Not tried in Maya itself: nobody of us has one.
"""
import sys

import maya.utils

# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""


def start():
    if FOLDER and FOLDER not in sys.path:
        sys.path.append(FOLDER)
    import pyblish_endpoint_bridge
    try:
        pyblish_endpoint_bridge.start("maya")
    except pyblish_endpoint_bridge.BridgeError as error:
        sys.stderr.write("pyblish-endpoint: %s\n" % error)


# Maya reads userSetup.py before it can be asked anything.
maya.utils.executeDeferred(start)
