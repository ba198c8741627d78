# -*- coding: utf-8 -*-
"""A studio's own test of when to stop, which it registered with `pyblish.api.register_test`.

The runtime knows Pyblish's own test and makes the plan. A test in Python only this host can ask. It
is asked after each pair, for the orders that are still to come, with the errors of this run so far.
Where it says to stop, the plug-ins from there on are told as switched off until the run has ended;
their own `active` stays as it is. So a studio's test can stop a run earlier than Pyblish's own
does, and not later.
"""
from __future__ import absolute_import, division, print_function

from .text import clean


class OwnTest(object):
    """What the test says in the run under way."""

    def __init__(self, pyblish):
        self.pyblish = pyblish
        self.test = None  # as in Pyblish, the one that was registered when the pass began
        self.is_collecting = True
        self.orders = set()  # with errors

    def begin(self):
        """A run begins, or has ended."""
        self.__init__(self.pyblish)

    def is_collector(self, plugin):
        return self.pyblish.lib.inrange(plugin.order, self.pyblish.api.CollectorOrder)

    def after(self, plugin, has_failed, plugins):
        """Which of the plug-ins are left out after this pair; and why, or None.

        `plugins` are those that were discovered, in Pyblish's order.
        """
        default, registered = self.pyblish.logic.default_test, self.pyblish.logic.registered_test()
        is_default = registered is default and self.test in (None, default)
        if is_default and not self.is_collecting and not has_failed:
            return (), None
        is_collector = self.is_collector(plugin)
        if self.test is None or self.is_collecting and not is_collector:
            self.test, self.is_collecting = registered, is_collector
        if has_failed and not is_collector:
            self.orders.add(plugin.order)  # a collector's error counts nowhere
        if self.test is default and (not is_collector or registered is default):
            return (), None
        collectors, others = [], []
        for it in plugins:
            (collectors if self.is_collector(it) else others).append(it)
        if not is_collector:
            return self.stopped(behind(plugin, others), self.test)
        # Two passes, each with the test that is registered when it begins.
        first, why = self.stopped(behind(plugin, collectors), self.test)
        second, why_second = self.stopped(others, registered)
        return first + second, why or why_second

    def stopped(self, plugins, test):
        """Those from which on the test stops a pass; and why, or None."""
        asked = None
        for at, plugin in enumerate(plugins):
            if not plugin.active or plugin.order == asked:
                continue
            asked = plugin.order
            try:
                message = test(nextOrder=asked, ordersWithError=set(self.orders))
                if message:
                    message = u"Stopped due to %s" % clean(message)
            except Exception as error:
                message = u"Stopped, because the test of when to stop raised %s: %s" % (type(error).__name__, clean(error))
            if message:
                return plugins[at:], u"%s. It is the studio's own test; %s and what comes after it is left out." % (
                    message, clean(plugin.__name__))
        return [], None


def behind(plugin, plugins):
    return plugins[plugins.index(plugin) + 1:] if plugin in plugins else plugins
