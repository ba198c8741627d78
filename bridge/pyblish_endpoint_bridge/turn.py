# -*- coding: utf-8 -*-
"""A turn of the host's loop: how long we work in it before the host has its own."""
from __future__ import absolute_import, division, print_function

import time

from .limits import LONG_SLICE, SLICE


class Turn(object):
    """The turn under way. A host that gives its main thread has one that never ends."""

    def __init__(self):
        self.is_endless = False
        self.end = float("inf")  # when it ends at the latest
        self.ended = 0.0  # when the last one ended
        self.asked = 0.0  # when the next one was asked for, until it begins

    def ask(self):
        """Whether to ask the host for a turn, because none is asked for. A host may lose what it was
        asked, so it is asked again after a second.
        """
        now = time.time()
        if 0 <= now - self.asked < 1:
            return False
        self.asked = now
        return True

    def begin(self):
        """It is as long as the host's own work between two turns, within limits: where it draws slowly,
        short turns would take longer together.
        """
        self.asked, now = 0.0, time.time()
        own = now - self.ended
        self.end = now + (min(max(own, SLICE), LONG_SLICE) if 0 <= own < 1 else SLICE)

    def is_over(self):
        return time.time() > self.end

    def late(self):
        """`is_over`; None where it never ends."""
        return None if self.is_endless else self.is_over

    def finish(self):
        self.ended = time.time()
