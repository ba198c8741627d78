# -*- coding: utf-8 -*-
"""How the rules of Pyblish see an instance: its families, and whether the user left it out.

The runtime decides what a plug-in runs on. It can read `family`, `families` and `publish` where
they are what JSON has. Python takes more: a set, the keys of a dictionary, texts of a class with
its own `==`. Those the host reads, with the very expressions of `pyblish.logic`, and tells the
result.

Equality is Python's, too. A family is told as the text of the plug-in's family that it equals. One
that equals none is told as a text that no plug-in has.

An iterator, such as a generator, has nothing left after it was read once. Pyblish does that before
the first validator, so an iterator counts as empty. It is not read here.
"""
from __future__ import absolute_import, division, print_function

from collections import deque

from .compat import byte_type, ordered, text_type
from .text import clean
from .values import MARK, mark, type_name

KEYS = frozenset(("family", "families", "publish"))
TEXTS = frozenset((text_type, str))
LEAF_TYPES = TEXTS | frozenset((byte_type, int, bool, float, type(None)))
# Of these, a snapshot differs if they hold something else.
FOLLOWED = frozenset((list, tuple, set, frozenset, deque, dict))


def is_text(value):
    """Whether it is a text that equals what reads the same. A class of its own may say otherwise."""
    kind = type(value)
    if kind in TEXTS:
        return True
    base = text_type if issubclass(kind, text_type) else str
    return (issubclass(kind, base) and kind.__eq__ is base.__eq__ and kind.__hash__ is base.__hash__
            and kind.__len__ is base.__len__ and not hasattr(kind, "__bool__") and not hasattr(kind, "__nonzero__"))


class FamilyNames(object):
    """The texts by which families are told: equal families have the same text."""

    def __init__(self):
        self.known = {}  # the families of plug-ins, and their texts
        self.has_odd = False  # whether one of them equals what does not read the same

    def learn(self, families):
        """Takes the families of a plug-in; answers their texts."""
        found = []
        for family in families:
            try:
                found.append(self.known.setdefault(family, clean(family)))
            except Exception:
                found.append(clean(family))  # it can be in no set: Pyblish fails, too
            self.has_odd = self.has_odd or not is_text(family)
        return found

    def name(self, family):
        """The text of an instance's family. Raises if it can be in no set, as Pyblish does."""
        found = self.known.get(family)
        if found is not None:
            return found
        if isinstance(family, (text_type, str)):
            found = clean(family)
        else:
            found = u"%s (%s)" % (mark(family)[MARK], type_name(family))
        while found in self.known.values():
            found += u" (another)"  # it reads like a plug-in's family, and does not equal it
        return found


class Selection(object):
    """How the rules see one instance."""

    __slots__ = ("families", "skipped")

    def __init__(self, families, skipped):
        self.families, self.skipped = families, skipped

    def __eq__(self, other):
        return other is not None and (self.families, self.skipped) == (other.families, other.skipped)

    def __ne__(self, other):
        return not self == other

    __hash__ = None


def is_readable(state, names):
    """Whether the runtime sees the same in the JSON of the data."""
    data, shown = state.data, state.shown
    family, families = data.get("family"), data.get("families", ())
    # A value that JSON cannot hold is shown as an object.
    return (not names.has_odd
            and (family is None or is_text(family) and shown.get("family", "").startswith('"'))
            and type(families) in (list, tuple) and all(map(is_text, families)) and "{" not in shown.get("families", ""))


def selection_of(state, names, is_told=False):
    """How the rules see an instance; None if the runtime sees the same in the data.

    Also None where Pyblish itself fails: then the runtime fails, on the JSON. If `is_told`, what
    the runtime could read itself is answered, too.
    """
    try:
        if not is_told and is_readable(state, names):
            return None
        return Selection(families_of(state.data, names), state.data.get("publish") is False)
    except Exception:
        return None


def families_of(data, names):
    """As in `pyblish.logic.instances_by_plugin`."""
    family = data.get("family")
    more = data.get("families", [])
    if iter(more) is more:
        more = []
    families = [family] if family else []
    families += more
    return [names.name(it) for it in families]


def is_steady(state):
    """Whether what the rules see only changes together with a value that is compared."""
    family, families = state.data.get("family"), state.data.get("families", ())
    return is_leaf(family) and (is_leaf(families) or type(families) in FOLLOWED and all(map(is_leaf, families)))


def is_leaf(value):
    return type(value) in LEAF_TYPES or is_text(value)


class Selections(object):
    """How the rules see the instances of a context, compared with what was told."""

    def __init__(self, names):
        self.names = names
        self.asked = ordered()  # the states whose `data` has changed
        self.unsteady = ordered()  # those that may be seen in another way without that
        # What was told of these cannot be taken back, and now the runtime must read the data
        # itself. So they are removed, and added again.
        self.lost = ordered()

    def take(self, state):
        """Sets how the rules see it, which is told together with it."""
        state.selection = selection_of(state, self.names)
        if not is_steady(state):
            self.unsteady[state] = None

    def leave(self, state):
        for states in (self.asked, self.unsteady, self.lost):
            states.pop(state, None)

    def changes(self, states=None):
        """Those that the rules see in another way than was told. With `states`, all are asked."""
        found = []
        for state in ordered.fromkeys(states.values() if states else list(self.asked) + list(self.unsteady)):
            before, new = state.selection, selection_of(state, self.names, state.selection is not None)
            if is_steady(state):
                self.unsteady.pop(state, None)
            else:
                self.unsteady[state] = None
            if new is None and before is not None:
                self.lost[state] = None
            elif new is not None and new != before:
                state.selection = new
                found.append(state)
        self.asked.clear()
        return found
