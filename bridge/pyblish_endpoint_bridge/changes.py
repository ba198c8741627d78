# -*- coding: utf-8 -*-
"""What changed in the context since the last time.

When a call ends, everything that the plug-in changed must be known. The price depends on what the
plug-in touched, not on how much there is: Pyblish itself needs only some 10 us for a plug-in that
does nothing.

- A plug-in comes to the values of an instance by reading its `data`, which is noted (`containers`).
  So only this `data` and what is inside of its values is compared with its snapshots (`snapshots`).
- A plug-in can keep what it has read, and change it in a later call. Then there are more references
  to it than the snapshots know of. Such values are *open*: they are compared after each call.
- Whether a value has escaped is asked before it is compared. So what a thread changed in between is
  found now, or the value is still open.
- Members and instances that come, go, or change places are noted as it happens.
- Plug-ins change, too: see `plugin_watch`.

With `whole`, every value is looked at again. That happens when a run or a stage ends, when a
frontend changed something, when plug-ins are discovered, and when an adapter connects. Only then
changes are found that no reference leads to: inside of an object that JSON cannot hold and that is
not of a plug-in's own class, in a value of too many parts, and behind the back of the classes, as
by `list.append(instance, member)`.
"""
from __future__ import absolute_import, division, print_function

import weakref

from .compat import ordered
from .containers import MEMBERS, TOUCHED, WATCHED, State, members_of
from .limits import RECHECK, TOUCHES
from .plugin_watch import PluginWatch
from .selection import KEYS, FamilyNames, Selections
from .snapshots import DataSnapshot, Group, base_of, of_value
from .text import clean
from .values import key_text, value_json

# Instances or values that are looked at in one part of a search.
PART = 32

# In place of a key: `data` itself. It is compared with `is`, so no key equals it.
DATA = ("data",)


class Watch(object):
    """The context as the other side knows it, compared with what it is now.

    `words` writes changes: as JSON for an adapter, as types of the interface in the sandbox.
    """

    def __init__(self, context, library, words, names=None, plugins=None):
        self.library = library  # `pyblish.plugin`
        self.words = words
        self.context = context
        self.notes = ordered()  # what may have changed: (state, key), in the order of the changes
        self.known = []  # the instances that the other side knows, each once
        self.length = 0  # of the context, the last time
        self.states = ordered()  # the states of the instances, by their ids
        self.used = {}  # each id that was ever used, and a weak reference to its instance
        # The snapshot of each `data`, and of each value that can change inside; by the `id` of it.
        self.datas, self.values = {}, {}
        self.open = ordered()  # the snapshots that are compared after each call
        self.new = ordered()  # snapshots of which it is not known yet whether they have escaped
        self.calls = 0  # since it was asked whether what is open is still referred to
        self.selections = Selections(names or FamilyNames())
        self.moved = False  # whether a method that changes the list of instances was called
        self.is_whole = False  # whether to look at everything
        self.plugins = plugins or PluginWatch(library)
        self.root = self.take(State(self, None, context))

    def end(self):
        """Stops watching."""
        for state in [self.root] + list(self.states.values()):
            self.leave(state)

    # States

    def take(self, state):
        """Begins to watch it, and fills its `shown`."""
        WATCHED[id(state.entity)] = state
        self.take_data(state)
        for key in list(state.data):
            self.look(state, key)
        if state.id is not None:
            self.take_members(state, members_of(state.entity))
            self.selections.take(state)
        return state

    def leave(self, state):
        WATCHED.pop(id(state.entity), None)
        self.selections.leave(state)
        self.leave_data(state)
        for key in list(state.inside):
            self.unwatch(state, key)
        for note in [note for note in list(self.notes) if note[0] is state]:
            self.notes.pop(note, None)

    def take_data(self, state):
        """Makes a snapshot of its `data` itself."""
        snapshot = self.datas.get(id(state.data))  # a copied instance can have the same
        if snapshot is None:
            snapshot = self.datas[id(state.data)] = DataSnapshot(state.data)
            self.new[snapshot] = None
        snapshot.places[(state, DATA)] = None

    def leave_data(self, state):
        snapshot = self.datas[id(state.data)]
        snapshot.places.pop((state, DATA), None)
        if not snapshot.places:
            del self.datas[id(state.data)]
            self.forget(snapshot)

    def forget(self, snapshot):
        self.open.pop(snapshot, None)
        self.new.pop(snapshot, None)

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

    def watch(self, state, key, value):
        """Makes a snapshot of a value, unless the one that is there is still right."""
        known = state.inside.get(key)
        if known is not None and known.value is value and known.is_same():
            return
        self.unwatch(state, key)
        known = self.values.get(id(value))
        if known is None or not known.is_same():
            new = of_value(value)
            if new is None:
                return
            if known is not None:
                # It is in other places, too, and has changed: they are looked at next time.
                self.forget(known)
                for place in known.places:
                    new.places[place] = self.notes[place] = None
                    place[0].inside[place[1]] = new
            known = self.values[id(value)] = new
        known.places[(state, key)] = None
        state.inside[key] = known
        self.new[known] = None
        self.datas[id(state.data)].group = None

    def unwatch(self, state, key):
        known = state.inside.pop(key, None)
        if known is not None:
            if id(state.data) in self.datas:
                self.datas[id(state.data)].group = None
            known.places.pop((state, key), None)
            if not known.places:
                del self.values[id(known.value)]
                self.forget(known)

    def look(self, state, key):
        """Looks at one value; answers whether it differs from what was sent."""
        if state.id is None and key == "results":
            return False  # Pyblish's own results, which grow with each pair
        try:
            value = state.data[key]
        except KeyError:
            self.unwatch(state, key)
            return state.shown.pop(key, None) is not None
        try:
            # Before the value is read: another thread may change it in between.
            self.watch(state, key, value)
        except Exception:
            self.unwatch(state, key)  # a thread changes it; a run that ends looks again
        found = value_json(value)
        if state.shown.get(key) == found:
            return False
        state.shown[key] = found
        return True

    # Changes

    def search(self, found, whole=False, ends_turn=True):
        """Adds to `found` what changed since the last time; each step does a part. For `whole`, see the
        module. `ends_turn` is false if the same plug-in goes on with another instance: plug-ins are
        read anew when that is done.
        """
        if not whole and self.is_quiet() and (not ends_turn or self.plugins.is_same()):
            return
        whole = whole or self.is_whole
        if self.moved or whole or list.__len__(self.context) != self.length:
            self.moved = False
            for _ in self.reorder(found):
                yield
        if whole:
            self.is_whole = False
            for _ in self.note_everything():
                yield
        for _ in self.note_changed(whole):
            yield
        if self.notes:
            # One by one: a thread that a plug-in left running may add notes meanwhile.
            for count, note in enumerate(list(self.notes), 1):
                if count % PART == 0:
                    yield
                self.notes.pop(note, None)
                state, key = note
                if key is MEMBERS:
                    self.members(state, found)
                else:
                    if self.look(state, key):
                        found.append(self.words.datum(state, key_text(key), state.shown.get(key)))
                    if state.id is not None and (type(key) is not str or key in KEYS):
                        self.selections.asked[state] = None
        if whole or ends_turn or self.plugins.is_noted():
            told, has_families = self.plugins.changes(self.words, whole, ends_turn)
            found.extend(told)
            if has_families:  # the texts of the instances' families may be others, too
                self.selections.asked.update((state, None) for state in self.states.values())
        if self.selections.asked or self.selections.unsteady or whole:
            found.extend(map(self.words.selected, self.selections.changes(self.states if whole else None)))
            if self.selections.lost:
                for _ in self.reorder(found):
                    yield

    def is_quiet(self):
        """Whether nothing can have changed. So it is after most calls, and this is quick."""
        if (self.open or self.new or self.notes or self.moved or self.is_whole or self.plugins.is_noted()
                or self.selections.unsteady or list.__len__(self.context) != self.length):
            return False
        if len(TOUCHED) == 3 and TOUCHED[0] is None:
            # After a plug-in, Pyblish itself reads the context's `data` to add the result.
            own = id(self.root.data)
            if TOUCHED[1] == own and TOUCHED[2] == own:
                for _ in range(3):  # not `clear`: a thread may read `data` meanwhile
                    TOUCHED.popleft()
                return True
        return not TOUCHED

    def touched(self, whole):
        """The snapshots of the `data` that was read since the last time."""
        ids = [TOUCHED.popleft() for _ in range(len(TOUCHED))]
        own = id(self.root.data)
        if ids[-3:] == [None, own, own]:
            del ids[-3:]  # as in `is_quiet`
        self.calls += 1
        if whole or len(ids) >= TOUCHES:
            return list(self.datas.values())
        if self.calls >= RECHECK:
            # What had escaped may be forgotten by now.
            self.calls = 0
            ids.extend([id(state.data) for snapshot in self.open for state, _ in snapshot.places])
        return [self.datas[number] for number in ordered.fromkeys(ids) if number in self.datas] if ids else ids

    def note_changed(self, whole):
        """Notes what differs from its snapshot, of what was touched, of what is new, and of what is
        open.

        Of each, it is asked first whether it has escaped, and then whether it has changed; see the
        module.
        """
        for count, data in enumerate(self.touched(whole), 1):
            if count % PART == 0:
                yield
            group, values = data.group, self.values_of(data)
            if group is None or group.has_escaped() or self.open:
                has_escaped = self.set_open(data, data.has_escaped())
                for value in values:
                    self.set_open(value, has_escaped or value.has_escaped())
            if group is None and self.note([data] + values):
                data.group = Group([data] + values)
            elif group is not None and not group.is_same():
                self.note([data] + values)
        asked = ordered(self.open) if self.open else {}
        if self.new:
            for snapshot in list(self.new):  # `data` comes before what is inside of it
                self.set_open(snapshot, snapshot.has_escaped() or any(
                    self.datas[id(state.data)] in self.open for state, _ in snapshot.places))
                asked[snapshot] = None
            self.new.clear()
        # All at once is faster than one by one, if none has changed.
        if asked and not Group(asked).is_same():
            self.note(asked)

    @staticmethod
    def values_of(data):
        """The snapshots of all values of the states that have this `data`."""
        return [value for state, _ in data.places for value in state.inside.values()]

    def set_open(self, snapshot, is_open):
        """Says whether it is compared after each call."""
        if is_open:
            self.open[snapshot] = None
        elif self.open:
            self.open.pop(snapshot, None)
        return is_open

    def note(self, snapshots):
        """Notes what may have changed, of those snapshots that are no longer right; answers whether all are."""
        are_right = True
        for snapshot in snapshots:
            if snapshot.is_same():
                continue
            are_right = False
            places = list(snapshot.places)
            if isinstance(snapshot, DataSnapshot):
                try:
                    places = [(state, key) for key in snapshot.renew() for state, _ in places]
                except RuntimeError:
                    self.is_whole = True  # a thread sets keys; the next call looks at everything
                    places = []
            for place in places:
                self.notes[place] = None
        return are_right

    def note_everything(self):
        """Notes all keys and members of all states."""
        for count, state in enumerate([self.root] + list(self.states.values()), 1):
            if count % PART == 0:
                yield
            data = state.entity.__dict__["_data"]
            if data is not state.data:
                self.leave_data(state)
                state.data = data
                self.take_data(state)
            for key in list(state.shown):
                self.notes[(state, key)] = None
            for key in list(state.data):
                self.notes[(state, key)] = None
            if state.id is not None:
                self.notes[(state, MEMBERS)] = None

    def reorder(self, found):
        """Finds instances that came, went, changed places, or have another name."""
        new, seen = [], set()
        self.length = list.__len__(self.context)
        for entity in list.__iter__(self.context):
            if isinstance(entity, self.library.AbstractEntity) and id(entity) not in seen:
                seen.add(id(entity))
                new.append(entity)
        kept = []
        for entity in self.known:
            if id(entity) in seen:
                kept.append(entity)
            else:
                self.remove(entity, found)
        same = 0
        while same < min(len(kept), len(new)) and kept[same] is new[same] and not self.is_renamed(kept[same]):
            same += 1
        for entity in kept[same:]:
            self.remove(entity, found)
        self.known = new[:same]
        for count, entity in enumerate(new[same:], 1):
            if count % PART == 0:
                yield
            state = self.take(State(self, self.number(entity), entity))
            self.states[state.id] = state
            found.append(self.words.added(state))
            self.known.append(entity)

    def is_renamed(self, entity):
        state = WATCHED[id(entity)]
        return state.name != entity._name or state in self.selections.lost

    def remove(self, entity, found):
        state = WATCHED.get(id(entity))
        if state is None:
            return
        self.leave(state)
        del self.states[state.id]
        found.append(self.words.removed(state))

    def take_members(self, state, members):
        state.members = members
        values = list(list.__iter__(state.entity))
        if any(base_of(value) is not None for value in values):
            # It is shown as its repr, so a change inside of it is one of the members. Nothing
            # notes that members are read, and this list is ours, so it always counts as escaped.
            self.watch(state, MEMBERS, values)
        else:
            self.unwatch(state, MEMBERS)

    def members(self, state, found):
        members, before = members_of(state.entity), state.members
        self.take_members(state, members)
        if members != before:
            found.append(self.words.members(state))

    def everything(self):
        """The changes that make the whole context out of an empty one."""
        for _ in self.search([], whole=True):
            pass
        root = self.root
        found = [self.words.datum(root, key_text(key), root.shown[key]) for key in list(root.shown)]
        found.extend(self.words.added(WATCHED[id(entity)]) for entity in self.known)
        return found

    def instance(self, number):
        """The instance with this id, or None."""
        state = self.states.get(number)
        return None if state is None else state.entity
