# -*- coding: utf-8 -*-
"""Copies of values that can change inside.

`data["families"].append("rig")` calls nothing of Pyblish's, so nobody is told. A copy of each such
value is kept, which shares the leaves with it; comparing both finds the change.
"""
from __future__ import absolute_import, division, print_function

from .compat import byte_type, integers, text_type
from .values import is_entity


def shadow(value):
    """A copy of all that can change inside of a value, or None if nothing can.

    The copy holds the same leaves. So comparing the two runs in C, finds each leaf identical, and
    never calls a comparison of a plug-in's own classes.
    """
    if isinstance(value, (text_type, byte_type, float, bool)) or value is None or isinstance(value, integers):
        return None
    if isinstance(value, (dict, list, tuple)) and not is_entity(value):
        return shadow_part(value)[0]
    return set(value) if isinstance(value, set) else None


def shadow_part(value):
    """The copy, and whether anything in it can change."""
    if isinstance(value, dict):
        return dict((key, shadow_part(part)[0]) for key, part in value.items()), True
    if isinstance(value, (list, tuple)) and not is_entity(value):
        parts = [shadow_part(part) for part in value]
        copy = [part for part, _ in parts]
        if isinstance(value, list):
            return copy, True
        changes = any(change for _, change in parts)
        return (tuple(copy) if changes else value), changes
    if isinstance(value, set):
        return set(value), True
    return value, False


class Inside(object):
    """The values that can change inside, and their copies."""

    def __init__(self):
        # Three lists of one length: the values, their copies, and their places.
        self.live, self.copies, self.places = [], [], []
        self.index = {}  # a place, which is (state, key): the index in the lists

    def put(self, place, value, copy):
        at = self.index.get(place)
        if at is None:
            self.index[place] = len(self.live)
            self.live.append(value)
            self.copies.append(copy)
            self.places.append(place)
        else:
            self.live[at], self.copies[at] = value, copy

    def drop(self, place):
        at = self.index.pop(place, None)
        if at is None:
            return
        for column in (self.live, self.copies, self.places):
            last = column.pop()
            if at < len(column):
                column[at] = last
        if at < len(self.places):
            self.index[self.places[at]] = at

    def is_changed(self, at):
        try:
            return not self.live[at] == self.copies[at]
        except Exception:
            return True  # it cannot be compared, so it may have changed

    def changed(self):
        """The places of the values that differ from their copies."""
        try:
            if self.live == self.copies:
                return ()
        except Exception:
            pass  # one of them cannot be compared; it is found below
        return [place for at, place in enumerate(self.places) if self.is_changed(at)]
