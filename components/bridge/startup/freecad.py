"""Starts the bridge with FreeCAD's window: `InitGui.py` of a folder `PyblishEndpoint` in FreeCAD's `Mod`.

Without a window: freecadcmd with a file of
`import pyblish_endpoint_bridge as b; b.start().serve_forever()`.
"""
import sys

# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""

if FOLDER and FOLDER not in sys.path:
    sys.path.append(FOLDER)

import pyblish_endpoint_bridge  # noqa: E402

try:
    pyblish_endpoint_bridge.start("freecad")
except pyblish_endpoint_bridge.BridgeError as error:
    import FreeCAD
    FreeCAD.Console.PrintError("pyblish-endpoint: %s\n" % error)
