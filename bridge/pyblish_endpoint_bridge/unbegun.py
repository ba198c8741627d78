# -*- coding: utf-8 -*-
"""Calls that were asked for, and that the main thread has not begun.

The host may be busy with work of its own for long, such as a rendering, and give us no turn
meanwhile. A call that is cancelled then is answered at once, by the thread that reads, and never
begun.
"""
from __future__ import absolute_import, division, print_function

from .failures import failure
from .messages import is_number
from .patience import WAITS
from .session import Session


def ends_batch(outcome, goes_on, took):
    """The outcome of a pair in a batch: it says whether the next one is begun, and how long this took."""
    return '%s,"next":%s,"took":%.3f}}' % (outcome[:-2], "true" if goes_on else "false", max(0, took) * 1000)


class UnbegunCalls(object):
    """Each is taken once: by the main thread that begins it, or by the thread that reads a cancel."""

    def __init__(self, host):
        self.host = host
        self.bodies = {}  # by their `id()`

    def add(self, kind, body):
        if kind in WAITS:
            self.bodies[id(body)] = body

    def begin(self, kind, body):
        """Whether the main thread begins this, because nobody has taken it back."""
        return kind not in WAITS or self.bodies.pop(id(body), None) is not None

    def take_back(self, connection, number):
        """Answers the call of this number, if it was not begun."""
        found = [body for body in list(self.bodies.values()) if is_number(number) and body.get("id") == number]
        if not found or self.bodies.pop(id(found[0]), None) is None:
            return
        failed = failure(u"It was stopped while it waited for %s." % self.host.label, "Cancelled")
        text = Session.outcome(number, failed, [])
        if "then" not in found[0]:
            connection.send(text)
            return
        connection.send(ends_batch(text, False, 0))
        connection.send('{"ran":{"id":%d,"pairs":1}}' % number)
