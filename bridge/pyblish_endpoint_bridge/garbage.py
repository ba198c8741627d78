# -*- coding: utf-8 -*-
"""Keeps Python's collector of garbage short during a run.

Now and then the collector looks at everything in the host. With thousands of instances that takes a
tenth of a second, in which a window does not answer. What is there when a run has collected its
instances mostly stays, so the collector does not look at it until the run ends (`gc.freeze`). What a
plug-in makes after that is collected as always.
"""
from __future__ import absolute_import, division, print_function

import gc

MANY = 200  # instances


class Garbage(object):
    """For the whole process, as the collector is. Python before 3.7 has nothing like it."""

    def __init__(self):
        self.is_frozen = False

    def begin(self, instances):
        """Before pairs of a run. Does nothing again until `end`, and where the host itself has frozen objects."""
        if self.is_frozen or instances < MANY or not hasattr(gc, "freeze") or gc.get_freeze_count():
            return
        gc.collect(1)  # the latest objects: garbage must not be kept
        gc.freeze()
        self.is_frozen = True

    def end(self):
        if self.is_frozen:
            self.is_frozen = False
            gc.unfreeze()
