# -*- coding: utf-8 -*-
"""A turn of the host's loop: how long we work in it before the host has its own."""
from __future__ import absolute_import, division, print_function

import time

from .limits import LONG_SLICE, SLICE


class Turn(object):
    """The turn under way. A host that gives its main thread has one that never ends."""

    def __init__(self):
        self.end = float("inf")  # when it ends at the latest
        self.ended = 0.0  # when the last one ended

    def begin(self):
        """It is as long as the host's own work between two turns, within limits: where it draws slowly,
        short turns would take longer together.
        """
        now = time.time()
        own = now - self.ended
        self.end = now + (min(max(own, SLICE), LONG_SLICE) if 0 <= own < 1 else SLICE)

    def is_over(self):
        return time.time() > self.end

    def finish(self):
        self.ended = time.time()
