"""Starts the bridge with Krita, and adds Publish to Tools, Scripts.

This is `__init__.py` of a folder in Krita's `pykrita`. Beside that folder is a `.desktop` file of
the same name (see README.md). Users switch the plug-in on in Settings, Configure Krita, Python
Plugin Manager.
"""
import sys

from krita import Extension, Krita

# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""
# The program that ran `host install`; others are looked for, too.
BINARY = ""

if FOLDER and FOLDER not in sys.path:
    sys.path.append(FOLDER)


def tell(message):
    sys.stderr.write("pyblish-endpoint: %s\n" % message)
    from PyQt5.QtWidgets import QMessageBox
    window = Krita.instance().activeWindow()
    QMessageBox.warning(window.qwindow() if window else None, "Publish", message)


def publish():
    import pyblish_endpoint_menu
    pyblish_endpoint_menu.publish("krita", BINARY, tell)


class PyblishEndpoint(Extension):
    def setup(self):
        import pyblish_endpoint_bridge
        try:
            pyblish_endpoint_bridge.start("krita")
        except pyblish_endpoint_bridge.BridgeError as error:
            sys.stderr.write("pyblish-endpoint: %s\n" % error)

    def createActions(self, window):
        action = window.createAction("pyblish_endpoint_publish", "Publish", "tools/scripts")
        action.triggered.connect(lambda *_: publish())


Krita.instance().addExtension(PyblishEndpoint(Krita.instance()))
