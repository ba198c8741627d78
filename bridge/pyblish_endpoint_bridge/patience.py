# -*- coding: utf-8 -*-
"""Patience: work waits while the host cannot take it, such as while the artist moves something.

A plug-in that runs meanwhile can crash the host, or take away what the artist is working on.
"""
from __future__ import absolute_import, division, print_function

from .compat import monotonic
from .failures import failure
from .limits import BUSY_TIME
from .messages import is_number
from .scene import BUSY

# What waits: all that runs plug-ins. So does `notify` if somebody hears it. The rest touches no scene.
WAITS = frozenset(("process", "repair", "act"))


class Patience(object):
    """What work waits for, and for how long."""

    def __init__(self, host, scene, is_heard):
        self.host = host
        self.scene = scene
        self.is_heard = is_heard  # whether a callback is registered for an event
        self.since = None  # when it began to wait

    def must_wait(self, connection, kind, body):
        """Whether this request waits. If it has waited too long, the scene refuses all work until the
        host can take some; a cancelled one is refused, too.
        """
        scene = self.scene
        scene.refusal = None
        if kind is None or not is_number(body.get("id")):
            return False
        if kind not in WAITS and not (kind == "notify" and self.is_heard(body.get("event"))):
            return False
        why = self.host.busy()
        if why is None:
            self.since = None
            scene.wait(None)
            return False
        if connection.abandoned or connection.cancelled == body["id"]:
            scene.wait(None)
            scene.refusal = failure(u"It was stopped while it waited for %s." % self.host.label, "Cancelled")
            return False
        if self.since is None:
            self.since = monotonic()
        if monotonic() - self.since < BUSY_TIME:
            scene.wait(why)
            return True
        scene.wait(None)
        scene.refusal = failure(
            u"%s was busy for %d seconds: %s, and begin again." % (self.host.label, BUSY_TIME, why), BUSY,
            title=u"%s is busy" % self.host.label)
        return False
