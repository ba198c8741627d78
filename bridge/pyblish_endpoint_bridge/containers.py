# -*- coding: utf-8 -*-
"""Pyblish's own containers, made to note what changes in them.

The methods of its `data` dictionaries and of its lists that change something are wrapped, once, in
their class. For a container that is in no context of ours, the wrapper only looks into one
dictionary.
"""
from __future__ import absolute_import, division, print_function

import functools
from collections import OrderedDict

from .compat import byte_type, text_type
from .text import clean, to_json
from .values import MARK, is_entity, mark

# The `State` of each context and instance that is watched, by the `id` of it and of its `data`.
# Kept when a host reloads this module, because the wrappers stay, too.
WATCHED = globals().get("WATCHED", {})
# In a note, instead of a key: the members changed. It is compared with `is`, so no key equals it.
MEMBERS = ("members",)


class State(object):
    """What the other side knows of the context, or of one instance."""

    __slots__ = ("watch", "id", "json_id", "entity", "data", "shown", "members", "inside")

    def __init__(self, watch, number, entity):
        self.watch = watch
        self.id = number  # None for the context
        self.json_id = to_json(number)
        self.entity = entity
        self.data = entity._data
        self.shown = OrderedDict()  # each key, and the JSON that was sent for it
        self.members = None
        self.inside = {}  # the places of its values that can change inside


def wrap(owner, name, noting):
    """Wraps a method of a class so that it notes its changes, even if it raises."""
    original = getattr(owner, name, None)
    if original is None or hasattr(original, "_pyblish_endpoint"):
        return

    @functools.wraps(original, assigned=("__name__", "__doc__"), updated=())
    def method(self, *args, **kwargs):
        state = WATCHED.get(id(self))
        if state is None:
            return original(self, *args, **kwargs)
        try:
            return original(self, *args, **kwargs)
        finally:
            noting(state, args, kwargs)

    method._pyblish_endpoint = True
    setattr(owner, name, method)


def note_key(state, args, _):
    state.watch.notes[(state, args[0])] = None


def note_all(state, args, kwargs):
    notes = state.watch.notes
    if len(args) == 1 and isinstance(args[0], dict):
        for key in args[0]:
            notes[(state, key)] = None
        for key in kwargs:
            notes[(state, key)] = None
    else:
        state.watch.suspects[state] = None


def note_members(state, _, __):
    if state.id is not None:
        state.watch.notes[(state, MEMBERS)] = None
    else:
        state.watch.moved = True


def install_watch(plugin):
    """Has Pyblish's containers note what changes in them."""
    for name in ("__setitem__", "__delitem__", "pop", "setdefault"):
        wrap(plugin._Dict, name, note_key)
    for name in ("update", "clear", "popitem", "__ior__"):
        wrap(plugin._Dict, name, note_all)
    for name in ("append", "extend", "insert", "pop", "clear", "sort", "reverse", "__setitem__", "__delitem__",
                 "__iadd__", "__imul__", "__setslice__", "__delslice__"):
        wrap(plugin.AbstractEntity, name, note_members)


def members_of(entity):
    return [member_text(member) for member in list.__iter__(entity)]


def member_text(member):
    if isinstance(member, (text_type, byte_type)):
        return clean(member)
    if is_entity(member):
        return clean(member.name)
    return mark(member)[MARK]
