"""Starts the bridge with FreeCAD's window, and adds Publish to its File menu.

This is `InitGui.py` of a folder in FreeCAD's `Mod`. Without a window: freecadcmd with a file of
`import pyblish_endpoint_bridge as b; b.start().serve_forever()`.
"""
# The folder of pyblish_endpoint_bridge.py; empty where Python finds it by itself.
FOLDER = ""
# The program that ran `host install`; others are looked for, too.
BINARY = ""


def start(folder, binary):
    # All in one function: FreeCAD runs this file inside a function of its own, and our functions
    # cannot
# see the names of that.
    import sys

    import FreeCAD
    import FreeCADGui
    if folder and folder not in sys.path:
        sys.path.append(folder)
    import pyblish_endpoint_bridge

    def tell(message):
        FreeCAD.Console.PrintError("pyblish-endpoint: %s\n" % message)
        from PySide import QtGui
        QtGui.QMessageBox.warning(FreeCADGui.getMainWindow(), "Publish", message)

    class Publish(object):
        def GetResources(self):
            return {"MenuText": "Publish", "ToolTip": "Check and publish what is open, in the browser"}

        def IsActive(self):
            return True

        def Activated(self, *_):
            import pyblish_endpoint_menu
            pyblish_endpoint_menu.publish("freecad", binary, tell)

    class InMenuAndToolBar(object):
        """Asked whenever a workbench makes its menus and toolbars."""

        def modifyMenuBar(self):
            return [{"insert": "PyblishEndpoint_Publish", "menuItem": "Std_Export", "after": ""}]

        def modifyToolBars(self):
            return [{"append": "PyblishEndpoint_Publish", "toolBar": "File"}]

    def insert_by_hand():
        """Before 0.21: whenever a workbench has made its menus."""
        from PySide import QtGui
        window = FreeCADGui.getMainWindow()
        action = QtGui.QAction("Publish", window)
        action.triggered.connect(lambda *_: Publish().Activated())

        def insert(*_):
            for entry in window.menuBar().actions():
                # FreeCAD's own name of the menu, in every language.
                if entry.data() == "&File":
                    entry.menu().addAction(action)
            for bar in window.findChildren(QtGui.QToolBar, "File"):
                bar.addAction(action)

        window.workbenchActivated.connect(insert)

    def show_status(words):
        from PySide import QtGui
        bar = FreeCADGui.getMainWindow().statusBar()
        button = bar.findChild(QtGui.QToolButton, "pyblish_endpoint_status")
        if button is None:
            button = QtGui.QToolButton(bar)
            button.setObjectName("pyblish_endpoint_status")
            button.setAutoRaise(True)
            button.clicked.connect(lambda *_: Publish().Activated())
            bar.addPermanentWidget(button)
        button.setText("Pyblish: %s" % words)
        button.setVisible(bool(words))

    try:
        pyblish_endpoint_bridge.start("freecad").show_status(show_status)
    except pyblish_endpoint_bridge.BridgeError as error:
        FreeCAD.Console.PrintError("pyblish-endpoint: %s\n" % error)
    FreeCADGui.addCommand("PyblishEndpoint_Publish", Publish())
    if hasattr(FreeCADGui, "addWorkbenchManipulator"):
        FreeCADGui.addWorkbenchManipulator(InMenuAndToolBar())
    else:
        insert_by_hand()


start(FOLDER, BINARY)
