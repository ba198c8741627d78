# -*- coding: utf-8 -*-
"""The scene that is open in the host, and whether the context is still about it.

The context is *stale* once another file is open than the one that was collected, or once an undo
took away what plug-ins hold. Then plug-ins are refused until somebody collects anew. It is
*outdated* once a repair or an action changed the scene: what was collected may be old, and nothing
is published of it. What our own plug-ins do in a run counts when the run has ended.
"""
from __future__ import absolute_import, division, print_function

import os

from .calls import CURRENT
from .failures import failure
from .text import clean

STALE, BUSY = "StaleContext", "HostBusy"  # the kinds of the failures with which work is refused
VALIDATORS, EXTRACTORS = 0.5, 1.5  # the lowest orders of validators, and of what comes after them


def base_name(path):
    return u"an unsaved scene" if not path else clean(os.path.basename(path))


class SceneState(object):
    """What frontends are told of the scene."""

    __slots__ = ("file", "stale", "outdated", "waiting")

    def __init__(self, file=None):
        self.file = file
        self.stale = None  # why the context is stale, as a sentence
        self.outdated = None  # why what was collected may be old
        self.waiting = None  # what work waits for

    def as_dict(self):
        return dict((name, getattr(self, name)) for name in self.__slots__)


class Scene(object):
    """The scene, as the host tells of it and as the context knows it. Main thread only."""

    def __init__(self, host):
        self.host = host
        self.state = SceneState(host.file())
        self.listener = None  # called with the state whenever it has changed
        self.collected = self.state.file  # the file that the context is about
        self.is_used = False  # whether a plug-in was run since the context began
        self.own = None  # what a plug-in did to the scene in this run
        self.working = None  # the order of the plug-in that is at work
        self.is_edited = self.is_validated = False  # since the last validator
        self.saves = 0  # how often the scene was saved
        self.refusal = None  # a failure for all work, while the host cannot take any

    # What the host tells

    def opened(self):
        """Another file was opened, or a new one was begun."""
        self.look(True)

    def saved(self):
        """The scene was saved, maybe in another file."""
        self.saves += 1
        self.look()

    def look(self, opened=False):
        """Looks which file is open. `opened` says that it was opened, maybe anew."""
        file = self.host.file()
        is_moved = file != self.state.file
        self.change(file=file)
        if not is_moved and not opened:
            return
        if not self.is_used or self.is_collecting():
            self.collected = file  # a collector may open what it collects
        elif CURRENT.call is not None:
            done = u"opened" if opened else u"saved the scene as"
            self.own = u"%s %s %s" % (clean(CURRENT.call.words), done, base_name(file))
        elif opened:
            self.become_stale(u"%s was opened after %s was collected." % (base_name(file), base_name(self.collected)))
        elif file != self.collected:
            self.become_stale(self.is_elsewhere())

    def undone(self, what):
        """An undo or a redo: objects that plug-ins hold may be gone."""
        if CURRENT.call is None:
            self.become_stale(u"The scene was changed by %s after it was collected." % what)

    def edited(self):
        """Somebody changed the scene."""
        if CURRENT.call is None and self.working is None:
            self.is_edited = True

    # What the work tells

    def begin(self):
        """A new context begins."""
        self.collected, self.is_used, self.own = self.host.file(), False, None
        self.is_edited = self.is_validated = False
        self.change(file=self.collected, stale=None, outdated=None)

    def refused(self, order):
        """Why a plug-in of this order is not run, as a failure, or None. Asked before each plug-in."""
        self.is_used, self.working = True, order
        if self.state.stale is None or order < VALIDATORS:
            return None
        return failure(self.state.stale + u" Reset, and collect again.", STALE, title=u"Not the scene that was collected")

    def note_stage(self, order):
        """A plug-in of this order is run. What is extracted should be what was validated."""
        if order >= EXTRACTORS:
            if self.is_edited and self.is_validated:
                CURRENT.call.record(30, u"The scene was changed after it was validated.", "pyblish-endpoint")
            self.is_edited = False
        elif order >= VALIDATORS:
            self.is_validated, self.is_edited = True, False

    def is_collecting(self):
        return self.working is not None and self.working < VALIDATORS

    def worked(self):
        """A turn of work has ended. Not every host tells that a plug-in saved the scene elsewhere."""
        file = self.host.file()
        if self.is_collecting():
            self.collected = file
        self.working = None
        self.change(file=file)

    def end_run(self):
        """A run has ended. What its plug-ins did to the scene counts from now on."""
        own, self.own = self.own, None
        if own is not None:
            self.become_stale(own + u" after it was collected.")
        elif self.state.file != self.collected:
            self.become_stale(self.is_elsewhere())

    def is_elsewhere(self):
        return u"The scene is %s now, and was %s when it was collected." % (
            base_name(self.state.file), base_name(self.collected))

    def become_outdated(self, why):
        if self.is_used and self.state.stale is None:
            self.change(outdated=why)

    def become_stale(self, why):
        if self.is_used:
            self.change(stale=why)

    def wait(self, for_what):
        """Work waits for the artist, or no longer."""
        self.change(waiting=None if for_what is None else u"%s is busy: %s." % (self.host.label, for_what))

    def change(self, **values):
        changed = [name for name, value in values.items() if getattr(self.state, name) != value]
        for name in changed:
            setattr(self.state, name, values[name])
        if changed:
            self.tell()

    def tell(self):
        if self.listener is not None:
            self.listener(self.state)
