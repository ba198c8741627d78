"""Starts the bridge with Blender: `pyblish_endpoint.py` in a folder `startup` of Blender's scripts.

Blender imports every module there and calls its `register`. Without a window (`blender -b`) this does nothing, for
there the bridge needs the main thread, which only the command line can give it:

    blender -b shot.blend --python-expr "import pyblish_endpoint_bridge as b; b.start().serve_forever()"
"""
import sys

# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""


def start():
    if FOLDER and FOLDER not in sys.path:
        sys.path.append(FOLDER)
    import pyblish_endpoint_bridge
    try:
        pyblish_endpoint_bridge.start("blender")
    except pyblish_endpoint_bridge.BridgeError as error:
        print("pyblish-endpoint: %s" % error)


def register():
    import bpy
    if not bpy.app.background:
        # While Blender registers, its data cannot be read yet.
        bpy.app.timers.register(start, first_interval=0.1)


def unregister():
    if "pyblish_endpoint_bridge" in sys.modules:
        sys.modules["pyblish_endpoint_bridge"].stop()
