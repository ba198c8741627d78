# -*- coding: utf-8 -*-
"""Krita: its events, and which image is open. Krita lets no script make a step of undo."""
from __future__ import absolute_import, division, print_function

import os

from .host import Host
from .qt import qt_loop


class KritaHost(Host):
    name = "krita"
    label = "Krita"
    module = "krita"

    def __init__(self):
        self.notifier = None

    def read_version(self):
        from krita import Krita
        return Krita.instance().version()

    def read_file(self):
        from krita import Krita
        document = Krita.instance().activeDocument()
        return document.fileName() or None if document else None

    def read_workspace(self):
        path = self.read_file()
        return os.path.dirname(path) if path else os.path.expanduser("~")

    def loop(self, bridge):
        return qt_loop(bridge)

    def watch(self, scene):
        from krita import Krita
        krita = Krita.instance()
        self.notifier = krita.notifier()
        self.notifier.setActive(True)
        # Which image is open is looked at: Krita tells only that a view was made or closed.
        for signal in (self.notifier.viewCreated, self.notifier.viewClosed):
            signal.connect(lambda *_: scene.look())
        self.notifier.imageSaved.connect(lambda *_: scene.saved())
        for name, words in (("edit_undo", u"an undo"), ("edit_redo", u"a redo")):
            action = krita.action(name)
            if action is not None:
                action.triggered.connect(lambda *_, **__: scene.undone(words))
