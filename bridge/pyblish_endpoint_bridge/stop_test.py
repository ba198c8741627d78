# -*- coding: utf-8 -*-
"""A studio's own test of when to stop, which it registered with `pyblish.api.register_test`.

The runtime knows Pyblish's own test and makes the plan. A test in Python only this host can ask. It
is asked after each pair, for the orders that are still to come, with the errors of this run so far;
the runtime is told before which plug-ins it stops.
"""
from __future__ import absolute_import, division, print_function

from .text import clean


class StopTest(object):
    """What the test says in the run under way."""

    def __init__(self, pyblish):
        self.pyblish = pyblish
        self.begin()

    def begin(self):
        """A run begins, or has ended."""
        self.test = None  # as in Pyblish, the one that was registered when the pass began
        self.is_collecting = True  # the first of Pyblish's two passes
        self.collectors = None  # the plug-ins of that pass, by the orders that they had when the run began
        self.last = None  # the plug-in that was processed last
        self.orders = set()  # with errors

    def collectors_of(self, plugins):
        inrange, base = self.pyblish.lib.inrange, self.pyblish.api.CollectorOrder
        return [plugin for plugin in plugins if inrange(plugin.order, base)]

    def before(self, plugin, plugins):
        """One of these plug-ins is about to be processed."""
        self.last = plugin
        if self.collectors is None:
            self.collectors = self.collectors_of(plugins)
        if self.is_collecting and plugin not in self.collectors:
            self.is_collecting = False
            self.test = self.pyblish.api.registered_test()
        elif self.test is None:
            self.test = self.pyblish.api.registered_test()

    def failed(self, plugin):
        if not self.is_collecting:
            self.orders.add(plugin.order)  # a collector's error counts nowhere

    def stops(self, plugins):
        """Pairs of a plug-in before which a pass stops, and the reason; None for Pyblish's own test.

        `plugins` are those that were discovered, in Pyblish's order.
        """
        default, registered = self.pyblish.logic.default_test, self.pyblish.api.registered_test()
        test = registered if self.test is None else self.test
        if test is default and (registered is default or not self.is_collecting):
            return None
        collectors = self.collectors_of(plugins) if self.collectors is None else self.collectors
        others = [plugin for plugin in plugins if plugin not in collectors]
        if not self.is_collecting:
            return self.stop(behind(self.last, others), test)
        return self.stop(behind(self.last, collectors), test) + self.stop(others, registered)

    def stop(self, plugins, test):
        """Those of these plug-ins before which the test stops a pass, with the reason.

        All of them: the first may have no turn, because no instance matches it.
        """
        found, asked, why = [], None, None
        for plugin in plugins:
            if not plugin.active:
                continue
            if plugin.order != asked:
                asked = plugin.order
                why = self.ask(test, asked)
            if why:
                found.append((plugin, why))
        return found

    def ask(self, test, order):
        """Why the test stops before this order, if it does."""
        try:
            message = test(nextOrder=order, ordersWithError=set(self.orders))
            return message and clean(message)
        except Exception as error:
            return u"the studio's test of when to stop, which raised %s: %s" % (type(error).__name__, clean(error))


def behind(plugin, plugins):
    return plugins[plugins.index(plugin) + 1:] if plugin in plugins else plugins
