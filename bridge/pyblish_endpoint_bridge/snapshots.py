# -*- coding: utf-8 -*-
"""Snapshots: what a value holds, to find out later whether that changed.

`data["families"].append("rig")` calls nothing of Pyblish's, so nobody is told. A snapshot lists what
each container inside of a value holds: the parts themselves, not copies of them. If a part is
another object than before, that is a change, also `True` in place of `1`. All comparisons run in C,
and call no code of a plug-in's classes.

A snapshot also says whether anybody *can* change the value unseen. Python counts the references to
each object. If only the `data` that it is in and the snapshot refer to a container, a plug-in can
only come to it through that `data`, which is noticed (see `containers`). If there are more
references, the value has escaped: a plug-in kept it, or it is in two places.

Objects of a plug-in's own classes are containers, too, if their class shows them in a way of its
own, as a dataclass does. They are often known all over a host, so they do not count as escaped, and
only a few of them are followed.
"""
from __future__ import absolute_import, division, print_function

import sys
import types
import weakref
from collections import OrderedDict, deque
from itertools import chain
from operator import is_, ne

from .compat import PY2, byte_type, integers, lazy_map, text_type
from .limits import OBJECTS_LIMIT, OBJECT_PARTS_LIMIT, PARTS_LIMIT
from .values import is_a, is_entity

# The types of values that never change, as most do.
LEAVES = frozenset((text_type, byte_type, float, bool, type(None), complex, frozenset) + tuple(integers))
# The containers that are followed, each after its subclass.
CONTAINERS = (list, OrderedDict, dict, set, tuple, deque, bytearray)
# What gives the values of those that have keys.
VIEWS = {
    dict: dict.viewvalues if PY2 else dict.values,
    OrderedDict: OrderedDict.viewvalues if PY2 else OrderedDict.values,
}

flat = chain.from_iterable


def references_to(objects):
    """The number of references to each of them, with those of this call."""
    return list(lazy_map(sys.getrefcount, objects))


try:
    # What the counting itself adds, to an object to which only one list refers.
    COUNTING = references_to([object()])[0] - 1
except AttributeError:
    COUNTING = None  # this Python does not count references, so any value may have escaped


def base_of(container):
    """The type of container that it is or is made of, or None. An instance is none, here."""
    kind = type(container)
    if kind in CONTAINERS:
        return kind
    return None if is_entity(container) else next((base for base in CONTAINERS if is_a(container, base)), None)


class Plain(object):
    """A container of a class of its own, read as the base of that class is."""

    __slots__ = ("container", "base")

    def __init__(self, container, base):
        self.container, self.base = container, base

    def __iter__(self):
        return self.base.__iter__(self.container)

    def __len__(self):
        return self.base.__len__(self.container)


class TooManyParts(Exception):
    """A value has too many parts to be compared after a call."""


class Snapshot(object):
    """What the containers inside of a value hold."""

    __slots__ = ("value", "iterables", "parts", "lengths", "held", "references", "weak", "places", "count", "objects")

    def __init__(self, value, objects=0):
        self.value = value
        self.iterables = []  # the containers, or views of them
        self.parts = []  # for each, the list of its parts
        self.lengths = []  # for each, the number of its parts
        self.held = []  # the containers that somebody could keep
        self.references = []  # for each, the number of references to it if nobody does
        self.weak = []  # those of them that can be referred to weakly
        self.places = {}  # where the value is: (state, key)
        self.count = 0  # of all parts
        self.objects = objects  # how many more objects are followed

    def hold(self, container, own):
        """Counts a container. This snapshot refers to it `own` times as an iterable."""
        self.held.append(container)
        # One is in `held`, one is what it is in, and one is in the parts of that. For the value
        # itself, one more is `value`.
        own += (COUNTING or 0) + (4 if container is self.value else 3)
        if type(container) not in (list, dict, tuple, bytearray):
            self.weak.append(container)
            own += 1
        self.references.append(own)

    def read(self, *iterables):
        """Lists the parts of a container; answers those that may be containers."""
        found = []
        for iterable in iterables:
            self.count += len(iterable)
            if self.count > PARTS_LIMIT:
                raise TooManyParts()
            parts = list(iterable)
            self.iterables.append(iterable)
            self.parts.append(parts)
            self.lengths.append(len(parts))
            found += parts
        return [part for part in found if type(part) not in LEAVES]

    def follow(self, container):
        """Adds a container; answers its parts that may be containers."""
        base = base_of(container)
        if base is None:
            return self.follow_object(container)
        if base is tuple and all(type(part) in LEAVES for part in tuple.__iter__(container)):
            return ()
        itself = container if type(container) is base else Plain(container, base)
        views = VIEWS.get(base)
        iterables = (itself,) if views is None else (views(container), itself)
        self.hold(container, len(iterables))
        return self.read(*iterables)

    def is_same(self):
        """Whether all is as it was."""
        try:
            return (list(lazy_map(len, self.iterables)) == self.lengths
                    and all(lazy_map(is_, flat(self.iterables), flat(self.parts))))
        except Exception:
            return False  # it cannot be read, or another thread changes it

    def has_escaped(self):
        """Whether somebody else can come to one of the containers."""
        return (COUNTING is None
                or any(lazy_map(ne, references_to(self.held), self.references))
                or any(lazy_map(weakref.getweakrefcount, self.weak)))

    def follow_object(self, thing):
        """Adds what an object of a plug-in's own class holds, if its class shows it."""
        if not self.objects or not isinstance(getattr(type(thing).__repr__, "__func__", type(thing).__repr__), types.FunctionType):
            return ()
        try:
            holds = object.__getattribute__(thing, "__dict__")
        except AttributeError:
            return ()
        if type(holds) is not dict or len(holds) > OBJECT_PARTS_LIMIT:
            return ()
        self.objects -= 1
        return self.read(VIEWS[dict](holds), holds)


class Group(object):
    """Several snapshots, which are compared as one: no loop of Python runs.

    It refers to their lists and not to what is in them, because that would count.
    """

    __slots__ = ("iterables", "parts", "lengths", "held", "references", "weak")

    def __init__(self, snapshots):
        self.iterables = [snapshot.iterables for snapshot in snapshots]
        self.parts = [snapshot.parts for snapshot in snapshots]
        self.lengths = [snapshot.lengths for snapshot in snapshots]
        self.held = [snapshot.held for snapshot in snapshots]
        self.references = [snapshot.references for snapshot in snapshots]
        self.weak = [snapshot.weak for snapshot in snapshots]

    def is_same(self):
        """As that of a snapshot."""
        try:
            return (list(lazy_map(len, flat(self.iterables))) == list(flat(self.lengths))
                    and all(lazy_map(is_, flat(flat(self.iterables)), flat(flat(self.parts)))))
        except Exception:
            return False

    def has_escaped(self):
        """As that of a snapshot."""
        return (COUNTING is None
                or any(lazy_map(ne, references_to(flat(self.held)), flat(self.references)))
                or any(lazy_map(weakref.getweakrefcount, flat(self.weak))))


class DataSnapshot(Snapshot):
    """What `data` holds, without what is inside of its values."""

    __slots__ = ("group",)

    def __init__(self, data):
        Snapshot.__init__(self, data)
        self.group = None  # this and the snapshots of all its values, until others are made
        self.hold(data, 2)
        self.iterables, self.parts, self.lengths = [VIEWS[dict](data), data], [[], []], [0, 0]
        self.renew()

    def renew(self):
        """Makes it right again; answers the keys that were set or unset."""
        old_values, old_keys = self.parts
        # The lists stay, because the group has them, too.
        values, keys = self.parts[:] = [list(iterable) for iterable in self.iterables]
        self.lengths[:] = len(values), len(keys)
        if keys == old_keys:
            return [key for key, value, old in zip(keys, values, old_values) if value is not old]
        before, after = dict(zip(old_keys, old_values)), dict(zip(keys, values))
        return [key for key in keys if key not in before or before[key] is not after[key]] + [
            key for key in old_keys if key not in after]


def of_value(value, objects=OBJECTS_LIMIT):
    """A snapshot of a value; None if nothing can change in it, or if it has too many parts."""
    if type(value) in LEAVES:
        return None
    found, seen, waiting = Snapshot(value, objects), set(), [value]
    try:
        while waiting:
            container = waiting.pop()
            if id(container) not in seen:
                seen.add(id(container))
                waiting.extend(found.follow(container))
    except TooManyParts:
        return None
    return found if found.iterables else None
