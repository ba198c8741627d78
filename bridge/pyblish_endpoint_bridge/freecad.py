# -*- coding: utf-8 -*-
"""FreeCAD: its events, its transactions, and what it is busy with."""
from __future__ import absolute_import, division, print_function

import os

from .host import CHOICES, Host
from .qt import qt_loop
from .selecting import name_of


class FreeCad(Host):
    name = "freecad"
    label = "FreeCAD"
    module = "FreeCAD"
    has_set_up = True

    def __init__(self):
        self.observer = None  # FreeCAD does not keep it alive
        self.edits = self.before = 0  # changes of documents; the same when the step began
        self.document = None  # in which the step's transaction is
        self.active = None  # the name of the document that was active when it was last looked

    def read_version(self):
        import FreeCAD
        # For example 0, 20, 2 and then details of the build.
        return ".".join(part for part in FreeCAD.Version()[:3] if part.isdigit())

    def read_file(self):
        import FreeCAD
        document = FreeCAD.ActiveDocument
        self.active = document.Name if document else None
        return document.FileName or None if document else None

    def read_workspace(self):
        path = self.read_file()
        return os.path.dirname(path) if path else os.getcwd()

    def loop(self, bridge):
        import FreeCAD
        return qt_loop(bridge) if FreeCAD.GuiUp else None

    def watch(self, scene):
        import FreeCAD
        host = self

        class Observer(object):
            """FreeCAD calls these, with the document and what changed in it."""

            def slotActivateDocument(self, document):
                # Its window tells this again, some time after a plug-in has made the document.
                if document.Name != host.active:
                    scene.opened()

            def slotDeletedDocument(self, document):
                if document.Name == host.active:
                    scene.opened()

            def slotFinishSaveDocument(self, *_):
                scene.saved()

            def slotUndoDocument(self, *_):
                scene.undone(u"an undo")

            def slotRedoDocument(self, *_):
                scene.undone(u"a redo")

            def slotChangedObject(self, *_):
                host.edits += 1
                scene.edited()

            slotCreatedObject = slotDeletedObject = slotChangedObject

        self.observer = Observer()
        FreeCAD.addDocumentObserver(self.observer)

    def read_busy(self):
        import FreeCAD
        if not FreeCAD.GuiUp:
            return None
        import FreeCADGui
        if FreeCADGui.Control.activeDialog():
            return u"close the panel in the Tasks tab"
        return None

    def can_select(self):
        import FreeCAD
        return bool(FreeCAD.GuiUp)

    def select(self, members):
        import FreeCAD
        import FreeCADGui
        found, missing = [], []
        for member in members:
            name = name_of(member)
            if name is None:
                things = [member] if is_in_document(member) else []
            elif FreeCAD.ActiveDocument is None:
                things = []
            else:
                thing = FreeCAD.ActiveDocument.getObject(name)
                things = FreeCAD.ActiveDocument.getObjectsByLabel(name) if thing is None else [thing]
            found.extend(things)
            if not things:
                missing.append(member)
        if found:
            FreeCADGui.Selection.clearSelection()
            for thing in found:
                FreeCADGui.Selection.addSelection(thing)
        return missing

    def read_choices(self):
        import FreeCAD
        document = FreeCAD.ActiveDocument
        return document.Meta.get(CHOICES) if document else None

    def write_choices(self, text):
        import FreeCAD
        document = FreeCAD.ActiveDocument
        if document is not None:
            document.Meta = dict(document.Meta, **{CHOICES: text})

    def begin_step(self, name):
        import FreeCAD
        self.before, self.document = self.edits, FreeCAD.ActiveDocument
        if self.document is not None:
            self.document.openTransaction(name)

    def end_step(self, name):
        document, self.document = self.document, None
        changed = self.edits != self.before
        if document is not None:
            # Without a change it leaves nothing to undo.
            document.commitTransaction() if changed else document.abortTransaction()
        return changed


def is_in_document(thing):
    """Whether it is an object of FreeCAD that was not removed."""
    try:
        return thing.Document.getObject(thing.Name) == thing
    except (AttributeError, ReferenceError):
        return False
