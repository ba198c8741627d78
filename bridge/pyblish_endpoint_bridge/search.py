# -*- coding: utf-8 -*-
"""A search for what changed, in parts: a host with a window has turns of its own in between.

Policy: a part takes about a millisecond. While a part runs, Python's collector of garbage is off:
what is made for new instances is all kept, so it would find none, but look at everything in the
host, in the middle of the host's turn.
"""
from __future__ import absolute_import, division, print_function

import gc


class Search(object):
    """`parts` is an iterator that does a part of the work in each step, and adds what it finds to `found`."""

    def __init__(self, parts, found):
        self.parts = parts
        self.found = found

    def go_on(self, is_late=None):
        """Goes on until all is found, or until it `is_late`; answers whether all is found."""
        if is_late is not None and is_late():
            return False
        is_on = gc.isenabled()
        gc.disable()
        try:
            for _ in self.parts:
                if is_late is not None and is_late():
                    return False
            return True
        finally:
            if is_on:
                gc.enable()

    def all(self):
        """What changed."""
        self.go_on()
        return self.found


class Nothing(object):
    """The search that found nothing, and is done."""

    found = ()

    def go_on(self, is_late=None):
        return True

    def all(self):
        return []


NOTHING = Nothing()
