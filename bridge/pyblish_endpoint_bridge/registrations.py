# -*- coding: utf-8 -*-
"""What is registered in Pyblish and decides a run: targets, and a test of when to stop.

Plug-ins register and deregister it in mid-run, too. So it is looked at after each call, and told
when it is not what the runtime knows.
"""
from __future__ import absolute_import, division, print_function

from .stop_test import StopTest
from .text import clean


class Registrations(object):
    """The registrations as the other side knows them, compared with what they are now."""

    def __init__(self, pyblish, words):
        self.pyblish = pyblish
        self.words = words
        self.stop_test = StopTest(pyblish)
        self.targets, self.stops = [], None  # as they were told

    def look(self, plugins):
        """Takes them as they are now."""
        self.targets = [clean(target) for target in self.pyblish.api.registered_targets()]
        self.stops = self.described(plugins)

    def described(self, plugins):
        """What the test says: pairs of a plug-in's id and a reason; None for Pyblish's own test."""
        stops = self.stop_test.stops(plugins)
        return None if stops is None else [(clean(plugin.id), why) for plugin, why in stops]

    def changes(self, plugins):
        """What changed since the last time."""
        found = []
        targets, stops = self.targets, self.stops
        self.look(plugins)
        if self.targets != targets:
            found.append(self.words.targets(self.targets))
        if self.stops != stops:
            found.append(self.words.stop_test(self.stops))
        return found
