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
    words = ""  # what there is to do

    def setup(self):
        import pyblish_endpoint_bridge
        try:
            pyblish_endpoint_bridge.start("krita").show_status(self.show_status)
        except pyblish_endpoint_bridge.BridgeError as error:
            sys.stderr.write("pyblish-endpoint: %s\n" % error)

    def createActions(self, window):
        action = window.createAction("pyblish_endpoint_publish", "Publish", "tools/scripts")
        action.triggered.connect(lambda *_: publish())
        from PyQt5.QtWidgets import QToolBar
        for bar in window.qwindow().findChildren(QToolBar, "mainToolBar"):
            bar.addAction(action)
        self.show_status(self.words)

    def show_status(self, words):
        from PyQt5.QtWidgets import QToolButton
        self.words = words
        for window in Krita.instance().windows():
            bar = window.qwindow().statusBar()
            button = bar.findChild(QToolButton, "pyblish_endpoint_status")
            if button is None:
                button = QToolButton(bar)
                button.setObjectName("pyblish_endpoint_status")
                button.setAutoRaise(True)
                button.clicked.connect(lambda *_: publish())
                bar.addPermanentWidget(button)
            button.setText("Pyblish: %s" % words)
            button.setVisible(bool(words))


Krita.instance().addExtension(PyblishEndpoint(Krita.instance()))
