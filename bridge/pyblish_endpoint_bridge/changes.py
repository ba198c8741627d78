# -*- coding: utf-8 -*-
"""What changed in the context since the last time.

When a call ends, everything that the plug-in changed must be known. The price must hardly grow with
the number of instances: Pyblish itself needs only some 13 us for a plug-in that does nothing.

- Keys that are set or unset, and members that come or go, are noted as it happens (`containers`).
- A change *inside* of a value, such as `data["families"].append("rig")`, is found by comparing all
  values with their copies (`copies`). It is one comparison of two lists, which runs in C: some 25 ns
  a value.
- Which instances there are is found in the same way: the context is compared with what it was.

With `brief`, only the values of the context and of one instance are compared with their copies. It
is for the sandbox, where Python is slow. The sandbox looks at all others before a plan is made of
them.

With `whole`, every value is looked at again. That happens when a run or a stage ends, when a
frontend changed something, when plug-ins are discovered, and when an adapter connects. Only then
these are found: True or 1.0 in place of 1 *inside* of a value, which are equal in Python; and
changes behind the back of the classes, as by `dict.__setitem__(instance.data, key, value)`. An
object that JSON cannot hold is looked at only when it is set.
"""
from __future__ import absolute_import, division, print_function

import weakref

from .compat import ordered
from .containers import MEMBERS, WATCHED, members_of, State
from .copies import Inside, shadow
from .text import clean
from .values import key_text, value_json


class Watch(object):
    """The context as the other side knows it, compared with what it is now.

    `words` writes changes: as JSON for an adapter, as types of the interface in the sandbox.
    """

    def __init__(self, context, entity_type, words):
        self.entity_type = entity_type
        self.words = words
        self.context = context
        self.notes = ordered()  # what may have changed: (state, key), in the order of the changes
        self.suspects = ordered()  # states in which any key may have changed
        self.order = []  # what was in the context the last time
        self.known = []  # the instances that the other side knows, each once
        self.states = ordered()  # the states of the instances, by their ids
        self.used = {}  # each id that was ever used, and a weak reference to its instance
        self.inside = Inside()
        self.moved = False  # whether a method that changes the list of instances was called
        self.plugins, self.active = [], []
        # Whether a plug-in may have been switched on or off. The sandbox sets it to what it knows.
        self.switched = True
        self.root = self.take(State(self, None, context))

    def end(self):
        """Stops watching."""
        for state in [self.root] + list(self.states.values()):
            self.leave(state)

    # States

    def take(self, state):
        """Begins to watch it, and fills its `shown`."""
        WATCHED[id(state.entity)] = WATCHED[id(state.data)] = state
        for key in list(state.data):
            self.look(state, key)
        if state.id is not None:
            state.members = members_of(state.entity)
        return state

    def leave(self, state):
        WATCHED.pop(id(state.entity), None)
        WATCHED.pop(id(state.data), None)
        for key in list(state.shown):
            self.unwatch((state, key))
        for note in [note for note in list(self.notes) if note[0] is state]:
            self.notes.pop(note, None)
        self.suspects.pop(state, None)

    def number(self, entity):
        """The id of an instance: Pyblish's own, and a number if another instance has that."""
        wanted = number = clean(entity.id)
        count = 1
        while number in self.used and self.used[number]() is not entity:
            count += 1
            number = u"%s~%d" % (wanted, count)
        self.used[number] = weakref.ref(entity)
        return number

    # Values

    def unwatch(self, place):
        if place[0].inside.pop(place, self) is None:
            self.inside.drop(place)

    def watch(self, place, value):
        copy = shadow(value)
        if copy is None:
            return self.unwatch(place)
        place[0].inside[place] = None
        self.inside.put(place, value, copy)

    def look(self, state, key):
        """Looks at one value; answers whether it differs from what was sent."""
        if state.id is None and key == "results":
            return False  # Pyblish's own results, which grow with each pair
        try:
            value = state.data[key]
        except KeyError:
            self.unwatch((state, key))
            return state.shown.pop(key, None) is not None
        found, marked = value_json(value)
        try:
            # Of the values that are shown as their repr, only a set is watched inside.
            self.watch((state, key), value if not marked or isinstance(value, set) else None)
        except Exception:
            self.unwatch((state, key))  # a thread changes it; a run that ends looks again
        if state.shown.get(key) == found:
            return False
        state.shown[key] = found
        return True

    # Changes

    def changes(self, whole=False, at=None, brief=False):
        """What changed since the last time.

        `at` is the id of the instance that was processed. For it and for the context, a changed
        number of keys is noticed, too. For `whole` and `brief`, see the module.
        """
        found = []
        context = self.context
        if self.moved or len(context) != len(self.order) or not (brief or list.__eq__(context, self.order)):
            self.moved = False
            self.reorder(found)
        if whole:
            for state in [self.root] + list(self.states.values()):
                self.suspects[state] = None
        else:
            for state in (self.root, self.states.get(at)):
                if state is not None and (
                    len(state.data) - (state.id is None and "results" in state.data) != len(state.shown)
                    or state.entity._data is not state.data
                ):
                    self.suspects[state] = None
        if not brief:
            for place in self.inside.changed():
                self.notes[place] = None
        else:
            for state in (self.root, self.states.get(at)):
                if state is not None and state.inside:
                    self.glance(state)
        if self.suspects:
            self.suspect()
        if self.notes:
            # One by one: a thread that a plug-in left running may add notes meanwhile.
            for note in list(self.notes):
                self.notes.pop(note, None)
                state, key = note
                if key is MEMBERS:
                    self.members(state, found)
                elif self.look(state, key):
                    found.append(self.words.datum(state, key_text(key), state.shown.get(key)))
        if self.switched or not brief:
            self.activity(found)
        return found

    def glance(self, state):
        """Notes what changed inside of the values of one state."""
        index, is_changed = self.inside.index, self.inside.is_changed
        for place in state.inside:
            if is_changed(index[place]):
                self.notes[place] = None

    def suspect(self):
        """Notes all keys of the suspects."""
        for state in list(self.suspects):
            self.suspects.pop(state, None)
            if state.entity._data is not state.data:
                WATCHED.pop(id(state.data), None)
                state.data = state.entity._data
                WATCHED[id(state.data)] = state
            for key in list(state.shown):
                self.notes[(state, key)] = None
            for key in list(state.data):
                self.notes[(state, key)] = None
            if state.id is not None:
                self.notes[(state, MEMBERS)] = None

    def reorder(self, found):
        """Finds instances that came, went, or changed places."""
        new, seen = [], set()
        for entity in list.__iter__(self.context):
            if isinstance(entity, self.entity_type) and id(entity) not in seen:
                seen.add(id(entity))
                new.append(entity)
        kept = []
        for entity in self.known:
            if id(entity) in seen:
                kept.append(entity)
            else:
                self.remove(entity, found)
        same = 0
        while same < min(len(kept), len(new)) and kept[same] is new[same]:
            same += 1
        for entity in kept[same:]:
            self.remove(entity, found)
        for entity in new[same:]:
            state = self.take(State(self, self.number(entity), entity))
            self.states[state.id] = state
            found.append(self.words.added(state))
        self.known, self.order = new, list(self.context)

    def remove(self, entity, found):
        state = WATCHED.get(id(entity))
        if state is None:
            return
        self.leave(state)
        del self.states[state.id]
        found.append(self.words.removed(state))

    def members(self, state, found):
        members = members_of(state.entity)
        if members != state.members:
            state.members = members
            found.append(self.words.members(state))

    def activity(self, found):
        active = [bool(plugin.active) for plugin in self.plugins]
        if active != self.active:
            for plugin, is_active, was_active in zip(self.plugins, active, self.active):
                if is_active != was_active:
                    found.append(self.words.activated(clean(plugin.id), is_active))
            self.active = active

    def set_plugins(self, plugins):
        self.plugins = plugins
        self.active = [bool(plugin.active) for plugin in plugins]

    def everything(self):
        """The changes that make the whole context out of an empty one."""
        self.changes(whole=True)
        root = self.root
        found = [self.words.datum(root, key_text(key), root.shown[key]) for key in list(root.shown)]
        found.extend(self.words.added(WATCHED[id(entity)]) for entity in self.known)
        return found

    def instance(self, number):
        """The instance with this id, or None."""
        state = self.states.get(number)
        return None if state is None else state.entity
