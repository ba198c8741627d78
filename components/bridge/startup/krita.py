"""Starts the bridge with Krita: `__init__.py` of a folder `pyblish_endpoint` in Krita's `pykrita`.

Beside that folder stands `pyblish_endpoint.desktop` (see README.md), and the plug-in is switched on in Settings,
Configure Krita, Python Plugin Manager.
"""
import sys

from krita import Extension, Krita

# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""


class PyblishEndpoint(Extension):
    def setup(self):
        if FOLDER and FOLDER not in sys.path:
            sys.path.append(FOLDER)
        import pyblish_endpoint_bridge
        try:
            pyblish_endpoint_bridge.start("krita")
        except pyblish_endpoint_bridge.BridgeError as error:
            sys.stderr.write("pyblish-endpoint: %s\n" % error)

    def createActions(self, window):
        pass


Krita.instance().addExtension(PyblishEndpoint(Krita.instance()))
