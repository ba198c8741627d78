# -*- coding: utf-8 -*-
"""How many problems there are to solve, in a few words, for the host to show where an artist looks.

They are counted as on the page: failures of one plug-in with the same words are one problem, and so
is each file of plug-ins that cannot be used. What is left out does not count.
"""
from __future__ import absolute_import, division, print_function

from .failures import print_error
from .text import clean

# The events with which a run ends that has checked something.
CHECKED = frozenset(("validated", "extracted", "integrated", "published"))


class Problems(object):
    """Main thread only."""

    def __init__(self):
        self.listener = None  # called with the words whenever they have changed
        self.words = u""
        self.failed = {}  # what failed: a plug-in's id and an instance, by their `id()`; and its words
        self.broken = 0
        self.ended = u""  # what came of the last run, where nothing failed

    def begin(self):
        """A new context begins."""
        self.failed.clear()
        self.ended = u""
        self.tell()

    def note(self, plugin, instance, failed):
        """A plug-in has processed an instance, or the context."""
        key = plugin.id, id(instance)
        if failed is None:
            if self.failed:
                self.failed.pop(key, None)
            return
        if failed["kind"] == "Cancelled":
            return  # the user stopped it
        words = failed["title"], failed["message"]
        if instance is not None:
            names = clean(instance.name), clean(instance.__dict__["_data"].get("label") or instance.name)
            for name in sorted(names, key=len, reverse=True):
                words = tuple(text and text.replace(name, u"\u2026") for text in words)
        self.failed[key] = instance, words

    def end_run(self, event, success):
        self.ended = u"no problems" if success is True and event in CHECKED else u""
        self.tell()

    def count(self):
        found = set()
        for (plugin, _), (instance, words) in self.failed.items():
            if instance is None or instance.__dict__["_data"].get("publish", True) is not False:
                found.add((plugin, words))
        return self.broken + len(found)

    def tell(self):
        count = self.count()
        words = self.ended if not count else u"1 problem" if count == 1 else u"%d problems" % count
        if words == self.words:
            return
        self.words = words
        if self.listener is not None:
            self.listen(self.listener)

    def listen(self, listener):
        """Calls it with the words now, and whenever they have changed."""
        self.listener = listener
        try:
            listener(self.words)
        except Exception:
            print_error()  # of a start-up file; the work goes on
