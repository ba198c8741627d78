# -*- coding: utf-8 -*-
"""Krita: its events, and which image is open. Krita lets no script make a step of undo."""
from __future__ import absolute_import, division, print_function

import os

from .host import CHOICES, Host
from .qt import qt_loop
from .selecting import name_of


class KritaHost(Host):
    name = "krita"
    label = "Krita"
    module = "krita"
    has_set_up = True

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

    def can_select(self):
        return True

    def select(self, members):
        """Shows the image, and makes the layer the active one. Krita has one of each at a time: that of
        the first member.
        """
        from krita import Krita
        krita = Krita.instance()
        documents, missing, is_shown = krita.documents(), [], False
        for member in members:
            document, node = image_of(documents, member)
            if document is None:
                missing.append(member)
            elif not is_shown:
                is_shown = True
                show_image(krita, document)
                if node is not None:
                    document.setActiveNode(node)
        return missing

    def read_choices(self):
        from krita import Krita
        document = Krita.instance().activeDocument()
        return bytes(document.annotation(CHOICES)).decode("ascii") if document else None

    def write_choices(self, text):
        from krita import Krita
        document = Krita.instance().activeDocument()
        if document is not None:
            document.setAnnotation(CHOICES, "What was chosen in Pyblish", text.encode("ascii"))

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


def image_of(documents, member):
    """The image that this member is or is in, and the layer that it is, or None."""
    name = name_of(member)
    for document in documents:
        names = (document.name(), os.path.basename(document.fileName()), document.fileName())
        if document == member or name is not None and name in names:
            return document, None
    for document in documents:
        if name is not None:
            node = document.nodeByName(name)
        elif hasattr(member, "uniqueId") and hasattr(document, "nodeByUniqueID"):
            node = document.nodeByUniqueID(member.uniqueId())
        else:
            node = None
        if node is not None:
            return document, node
    return None, None


def show_image(krita, document):
    """Has the window show a view of this image."""
    window = krita.activeWindow()
    for view in window.views() if window is not None else []:
        if view.document() == document:
            window.showView(view)
            break
    krita.setActiveDocument(document)
