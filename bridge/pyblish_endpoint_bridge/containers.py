# -*- coding: utf-8 -*-
"""Pyblish's own classes, made to tell who may have changed something.

- Whoever reads `data` of a context or an instance may change it, or what is inside of it. So the
  property notes which `data` was read. To set a key is to read `data`, too.
- The methods of its lists that change something note that, and so does setting an attribute.
- So does setting an attribute of a plug-in or an action, such as `active`.

This is done once, in the classes. For a container that is in no context of ours, a method only
looks into one dictionary.
"""
from __future__ import absolute_import, division, print_function

import functools
from collections import OrderedDict, deque

from .compat import byte_type, text_type
from .limits import TOUCHES
from .text import clean, to_json
from .values import MARK, is_a, is_entity, mark

# The `State` of each context and instance that is watched, by the `id` of it.
# This and the next two are kept when a host reloads this module, because the wrappers stay, too.
WATCHED = globals().get("WATCHED", {})
# The `id` of each `data` that was read, as often as it was. If it is full, some are missing.
TOUCHED = globals().get("TOUCHED", deque(maxlen=TOUCHES))
# The plug-ins and actions of which an attribute was set that is told. If it is full, some are missing.
ALTERED = globals().get("ALTERED", deque(maxlen=TOUCHES))
# The attributes that are told of a plug-in or an action.
DESCRIBED = frozenset((
    "active", "families", "order", "optional", "label", "match", "targets", "hosts", "actions", "version", "category",
    "requires", "process", "repair", "__doc__", "__contextEnabled__", "__instanceEnabled__", "on", "icon", "__type__"))
# In place of a key: the members changed. It is compared with `is`, so no key equals it.
MEMBERS = ("members",)


class State(object):
    """What the other side knows of the context, or of one instance."""

    __slots__ = ("watch", "id", "json_id", "entity", "name", "data", "snapshot", "shown", "members", "inside",
                 "selection")

    def __init__(self, watch, number, entity):
        self.watch = watch
        self.id = number  # None for the context
        self.json_id = to_json(number)
        self.entity = entity
        self.name = entity._name
        self.data = entity.__dict__["_data"]
        self.snapshot = None  # of `data`
        self.shown = OrderedDict()  # each key, and the JSON that was sent for it
        self.members = None
        self.selection = None  # how the rules see it, if that was told
        self.inside = {}  # the snapshots of the values that can change inside, by their keys


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
            noting(state)

    method._pyblish_endpoint = True
    setattr(owner, name, method)


def note_members(state):
    if state.id is not None:
        state.watch.notes[(state, MEMBERS)] = None
    else:
        state.watch.moved = True


def install_touch(owner):
    """Has a class note that its `data` was read, and that it got another name or other data."""
    if hasattr(owner, "_pyblish_endpoint"):
        return
    set_original, touch = owner.__setattr__, TOUCHED.append

    def get_data(self):
        # First the reference, and then the note: another thread may compare in between, and a
        # value to which somebody refers is compared again.
        try:
            found = self.__dict__["_data"]
        except KeyError:
            raise AttributeError("_data")
        touch(id(found))
        return found

    def set_data(self, data):
        self.__dict__["_data"] = data

    def set_attribute(self, name, value):
        set_original(self, name, value)
        if name in ("_name", "_data"):
            state = WATCHED.get(id(self))
            if state is not None:
                state.watch.is_whole = True  # rare, so there is time to look at everything

    owner._data = property(get_data, set_data)
    owner.data = property(get_data, doc=owner.data.__doc__)
    owner.__setattr__ = set_attribute
    owner._pyblish_endpoint = True


def install_watch(plugin):
    """Has Pyblish's classes note what may have changed."""
    install_touch(plugin.AbstractEntity)
    for name in ("append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "__setitem__", "__delitem__",
                 "__iadd__", "__imul__", "__setslice__", "__delslice__"):
        wrap(plugin.AbstractEntity, name, note_members)
    note_attributes(plugin.MetaPlugin)
    note_attributes(plugin.MetaAction)


def note_attributes(metaclass):
    """Has the class of plug-ins, or of actions, note that an attribute of one was set or deleted."""
    if hasattr(metaclass.__setattr__, "_pyblish_endpoint"):
        return
    set_original, delete_original = metaclass.__setattr__, metaclass.__delattr__

    def set_attribute(self, name, value):
        set_original(self, name, value)
        if name in DESCRIBED:
            ALTERED.append(self)

    def delete_attribute(self, name):
        delete_original(self, name)
        if name in DESCRIBED:
            ALTERED.append(self)

    set_attribute._pyblish_endpoint = True
    metaclass.__setattr__, metaclass.__delattr__ = set_attribute, delete_attribute


def members_of(entity):
    return [member_text(member) for member in list.__iter__(entity)]


def member_text(member):
    if is_a(member, (text_type, byte_type)):
        return clean(member)
    if is_entity(member):
        return clean(member.name)
    return mark(member)[MARK]
