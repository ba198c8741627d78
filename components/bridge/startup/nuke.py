"""Starts the bridge with Nuke: lines for `menu.py` in the folder `.nuke`, which only Nuke with a window reads.

Not tried in Nuke itself: nobody of us has one.
"""
import sys

# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""


def start():
    if FOLDER and FOLDER not in sys.path:
        sys.path.append(FOLDER)
    import pyblish_endpoint_bridge
    try:
        pyblish_endpoint_bridge.start("nuke")
    except pyblish_endpoint_bridge.BridgeError as error:
        sys.stderr.write("pyblish-endpoint: %s\n" % error)


start()
