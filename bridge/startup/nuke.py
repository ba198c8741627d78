"""Starts the bridge with Nuke, and adds Publish to its File menu.

`menu.py` in the folder `.nuke` imports this. Only Nuke with a window reads `menu.py`. Not tried in
Nuke itself, because none of us has it.
"""
import sys

import nuke

# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""
# The program that ran `host install`; others are looked for, too.
BINARY = ""


def publish():
    import pyblish_endpoint_menu
    pyblish_endpoint_menu.publish("nuke", BINARY, nuke.message)


def start():
    if FOLDER and FOLDER not in sys.path:
        sys.path.append(FOLDER)
    import pyblish_endpoint_bridge
    try:
        pyblish_endpoint_bridge.start("nuke")
    except pyblish_endpoint_bridge.BridgeError as error:
        sys.stderr.write("pyblish-endpoint: %s\n" % error)
    nuke.menu("Nuke").addCommand("File/Publish", publish)


start()
