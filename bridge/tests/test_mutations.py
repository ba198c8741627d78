# -*- coding: utf-8 -*-
"""A judge of what the bridge notices: random changes of nested data, in every way that a plug-in has.

After each call, what the bridge tells is applied to a mirror, as the runtime does. Then everything is
read anew, and the mirror must be the same. A change that changes nothing must not be told.

`BRIDGE_TEST_MUTATIONS` is the number of calls, `BRIDGE_TEST_SEED` the first seed.
"""
import copy
import functools
import os
import random
import threading
import unittest
import weakref
from collections import OrderedDict, defaultdict, deque

import modules  # noqa: F401
import pyblish.api
import pyblish.plugin
from families import PROBES, Alike, Family, Lazy, Loose, matches_of, told_matches
from pyblish_endpoint_bridge import snapshots
from pyblish_endpoint_bridge.changes import Watch
from pyblish_endpoint_bridge.containers import members_of
from pyblish_endpoint_bridge.limits import TOUCHES
from pyblish_endpoint_bridge.pyblish_base import Library
from pyblish_endpoint_bridge.values import is_entity, key_text, value_json

COUNT = int(os.environ.get("BRIDGE_TEST_MUTATIONS", "600"))
SEED = int(os.environ.get("BRIDGE_TEST_SEED", "1"))
CALLS = 100  # of one context


class Shown(object):
    """An object of a studio's own class, which shows what it holds."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def __repr__(self):
        return "Shown(%s)" % ", ".join("%s=%r" % item for item in sorted(vars(self).items()))


class Names(list):
    pass


class Settings(dict):
    pass


def seen(selection):
    return None if selection is None else (list(selection.families), selection.skipped)


def deep_copy(value):
    try:
        return copy.deepcopy(value)
    except (TypeError, RuntimeError):
        return copy.copy(value) if is_entity(value) else value  # it has keys of a dictionary


class Words(object):
    """Writes changes as they are told, for the mirror."""

    @staticmethod
    def added(state):
        return "added", state.id, (state.entity._name, dict((key_text(key), json) for key, json in state.shown.items()), list(state.members), seen(state.selection))

    @staticmethod
    def removed(state):
        return "removed", state.id, None

    @staticmethod
    def members(state):
        return "members", state.id, list(state.members)

    @staticmethod
    def datum(state, key, shown):
        return "datum", state.id, (key, shown)

    @staticmethod
    def selected(state):
        return "selected", state.id, seen(state.selection)

    @staticmethod
    def activated(plugin, active):
        return "activated", plugin, active

    @staticmethod
    def plugin(told):
        return "plugin", told["id"], dict(told)


class Mirror(object):
    """What the other side knows, from what it was told alone."""

    def __init__(self, plugins):
        self.data, self.instances, self.plugins = {}, OrderedDict(), dict((told["id"], told) for told in plugins)

    def apply(self, change):
        """Makes one change; raises `AssertionError` for one that changes nothing."""
        kind, of, what = change
        if kind == "added":
            assert of not in self.instances, change
            self.instances[of] = list(what)
        elif kind == "removed":
            del self.instances[of]
        elif kind == "activated":
            assert self.plugins[of]["active"] != what, change
            self.plugins[of]["active"] = what
        elif kind == "plugin":
            assert self.plugins[of] != what, change
            self.plugins[of] = what
        elif kind == "members":
            assert self.instances[of][2] != what, change
            self.instances[of][2] = what
        elif kind == "selected":
            assert self.instances[of][3] != what, change
            self.instances[of][3] = what
        else:
            data = self.data if of is None else self.instances[of][1]
            key, shown = what
            assert data.get(key) != shown, change
            data.pop(key, None)
            if shown is not None:
                data[key] = shown


def picture(watch, plugins):
    """The same, of everything as it is now."""
    def data_of(entity):
        return dict((key_text(key), value_json(value)) for key, value in entity.__dict__["_data"].items() if key != "results")

    numbers = dict((id(state.entity), number) for number, state in watch.states.items())
    instances = OrderedDict()
    for entity in list.__iter__(watch.context):
        if is_entity(entity) and id(entity) in numbers:
            instances[numbers[id(entity)]] = [entity._name, data_of(entity), members_of(entity), matches_of(entity)]
    known = set(id(entity) for entity in list.__iter__(watch.context) if is_entity(entity))
    assert known == set(numbers), "instances that nobody was told of"
    return data_of(watch.context), instances, dict((plugin.id, description_of(plugin)) for plugin in plugins)


def description_of(plugin):
    """In place of the whole description."""
    return {
        "id": plugin.id, "active": bool(plugin.active), "families": list(plugin.families), "targets": list(plugin.targets),
        "hosts": list(plugin.hosts), "order": plugin.order, "optional": bool(plugin.optional), "label": plugin.label,
        "match": plugin.match, "actions": [(action.label, action.on) for action in plugin.actions]}


def kind_of(value):
    """The kind of container, or None. An instance is none: its list of members has its own changes."""
    return None if is_entity(value) else next((base for base in (dict, list, set, deque, bytearray, tuple, Shown) if isinstance(value, base)), None)


class Player(object):
    """Makes random values, and changes them in random ways."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.context = pyblish.api.Context()
        self.kept = []  # containers that a plug-in kept in an earlier call
        self.later = []  # functions that change something, kept in an earlier call
        self.plugins = [type("Plugin%d" % at, (pyblish.api.InstancePlugin,), {}) for at in range(3)]
        # Its `active` is not in a plug-in's class. Without it, such a class notes each change.
        self.mixed = type("Mixed", (object,), {"active": True})
        self.base = type("Base", (pyblish.api.InstancePlugin,), {"families": ["a"], "actions": []})
        self.action = type("Act", (pyblish.api.Action,), {})
        if seed % 2:
            self.plugins.append(type("PluginMixed", (self.mixed, pyblish.api.InstancePlugin), {}))
        if seed % 3:
            self.plugins += [type("PluginUnder%d" % at, (self.base,), {}) for at in range(2)]
        if not seed % 5:
            label = pyblish.lib.classproperty(lambda owner: "label %d" % (len(self.kept) % 3))
            self.plugins.append(type("PluginComputed", (self.base,), {"label": label}))

    def leaf(self):
        return self.random.choice([
            None, True, False, 0, 1, 1.0, 0.0, 2, 7, u"", u"a", u"h\xe9ros", 2 ** 70, float("nan"), b"bytes", 1001, self.random.random(),
            frozenset([1]), object, "k%d" % self.random.randrange(100)])

    def value(self, depth=0):
        kind = self.random.randrange(16 if depth < 4 else 4)
        some = range(self.random.randrange(4))
        if kind < 4:
            return self.leaf()
        if kind < 7:
            return [self.value(depth + 1) for _ in some]
        if kind < 10:
            return dict(("k%d" % at, self.value(depth + 1)) for at in some)
        if kind == 10:
            return tuple(self.value(depth + 1) for _ in some)
        if kind == 11:
            return set(self.random.randrange(9) for _ in some)
        if kind == 12:
            return deque(self.value(depth + 1) for _ in some)
        if kind == 13:
            return Shown(one=self.value(depth + 1), two=self.leaf())
        if kind == 14:
            return self.random.choice([Names, bytearray, OrderedDict, Settings, lambda: defaultdict(list), lambda: {1: [2]}])()
        return self.random.choice(self.kept) if self.kept else []

    def family(self):
        name = self.random.choice(["a", "b", "A", "1", u"h\xe9ros", "ab"])
        return self.random.choice([str if name.isalnum() else lambda it: it, Alike, Loose, Family] + [lambda it: it] * 4)(name) \
            if u"\xe9" not in name and self.random.random() < 0.95 else self.random.choice([name, 1, None, ("a",), [1], 2.5])

    def families(self):
        some = [self.family() for _ in range(self.random.randrange(3))]
        kind = self.random.choice([
            list, list, tuple, set, frozenset, deque, dict.fromkeys, lambda it: dict.fromkeys(it).keys(), lambda it: Lazy(*it), "".join, OrderedDict.fromkeys,
            Names, lambda it: None, lambda it: 7])
        try:
            return kind(some)
        except TypeError:
            return some

    def select(self):
        """Sets or changes what the rules of Pyblish read."""
        entity = self.entity()
        if entity is self.context:
            return
        data, way = entity.data, self.random.randrange(8)
        if way < 2:
            data["family"] = self.family()
        elif way < 5:
            data["families"] = self.families()
        elif way == 5:
            data["publish"] = self.random.choice([False, True, 0, None])
        elif way == 6:
            data.pop(self.random.choice(["family", "families", "publish"]), None)
        elif isinstance(data.get("families"), Lazy):
            data["families"].names = tuple(self.family() for _ in range(2))
        elif isinstance(data.get("families"), (set, deque, list)):
            try:
                getattr(data["families"], "add" if isinstance(data["families"], set) else "append")(self.family())
            except TypeError:
                pass

    # Where

    def entity(self):
        entities = [it for it in self.context if is_entity(it)]
        return self.random.choice(entities + [self.context])

    def descend(self, value, objects=True):
        """A random container in a value, by way of others."""
        for _ in range(20):
            if isinstance(value, (dict, Shown)):
                inside = list((vars(value) if isinstance(value, Shown) else value).values())
            else:
                inside = list(value)
            inside = [it for it in inside if kind_of(it) and (objects or not isinstance(it, Shown))]
            if not inside or self.random.random() < 0.3:
                return value
            value = self.random.choice(inside)
        return value

    def container(self, objects=True):
        """A container of an entity's `data`.

        Without `objects`, none that is inside of an object: that is only noticed if a plug-in comes
        to it by way of the `data` that it is in.
        """
        data = self.entity().data
        values = [value for key, value in data.items() if key != "results" and kind_of(value)
                  and (objects or not isinstance(value, Shown))]
        return self.descend(self.random.choice(values), objects) if values and self.random.random() < 0.8 else data

    # How

    def change(self, value):
        """A function that changes a container."""
        pick, new, kind = self.random.random, self.value(), kind_of(value)
        key = "k%d" % self.random.randrange(5)
        if kind is tuple:
            inside = [it for it in value if kind_of(it) not in (None, Shown)]
            return self.change(inside[0]) if inside else lambda: None
        if kind is dict:
            return self.random.choice([
                lambda: value.__setitem__(key, new), lambda: value.pop(key, None), lambda: value.update({key: new}, k7=1),
                lambda: value.setdefault(key, new), lambda: value.clear() if pick() < 0.2 else None,
                lambda: value.popitem() if value and pick() < 0.5 else None,
                lambda: (dict if type(value) is dict else type(value)).__setitem__(value, key, new), lambda: value.__setitem__(key, self.same(value.get(key)))])
        if kind is Shown:
            return lambda: setattr(value, self.random.choice(["one", "two", "three"]), new)
        if kind is set:
            return self.random.choice([lambda: value.add(self.leaf()), lambda: value.discard(1), value.clear])
        if kind is bytearray:
            return self.random.choice([lambda: value.append(7), lambda: value.__setitem__(slice(0, 1), b"x")])
        at = self.random.randrange(len(value) + 1)
        ways = [lambda: value.append(new), lambda: value.extend([new, 1]), lambda: value.reverse(),
                lambda: value.pop() if value else None, lambda: value.remove(value[0]) if value else None,
                lambda: value.__setitem__(at, new) if at < len(value) else None,
                lambda: value.__setitem__(at, self.same(value[at])) if at < len(value) else None,
                lambda: value.__iadd__([new]), lambda: value.__delitem__(at) if at < len(value) else None]
        if kind is list:
            ways += [lambda: value.insert(at, new), lambda: value.__setitem__(slice(0, at), [new]),
                     lambda: value.sort(key=repr), lambda: list.append(value, new)]
        return self.random.choice(ways)

    def keep(self, value):
        """A function that changes a container in a later call, which it refers to in its own way."""
        way = self.random.randrange(4)
        new = self.value()
        if way == 0 and isinstance(value, (list, deque)):
            return functools.partial(value.append, new)
        if way == 1 and isinstance(value, (set, deque)):
            weak = weakref.ref(value)
            return lambda: weak() is not None and self.change(weak())()
        if way == 2:
            parts = iter([value])
            return lambda: [self.change(part)() for part in parts]
        return self.change(value)

    @staticmethod
    def same(value):
        """What is equal to the value in Python, but is another value in JSON; or a copy."""
        if isinstance(value, (bool, int, float)):
            return {bool: int, int: float, float: float}.get(type(value), float)(value) if abs(value) < 2 ** 60 else value
        return deep_copy(value)

    def of_entities(self):
        """A change of the context's list, of members, or of attributes."""
        context, pick = self.context, self.random
        entity = pick.choice(list(context) or [None])
        way = pick.randrange(16)
        if way < 4 or entity is None or entity is context:
            new = context.create_instance("i%d" % pick.randrange(9), value=self.value(), families=["a", "b"])
            new.append("member")
        elif way == 4:
            context.remove(entity)
        elif way == 5:
            context.sort(key=lambda it: it.name)
        elif way == 6:
            pick.shuffle(context)
        elif way == 7:
            entity._name = "renamed%d" % pick.randrange(9)
        elif way == 8:
            entity.append(self.random.choice(["geo", [1], {"a": [2]}, object, context[0]]) if pick.random() < 0.8 else "x")
        elif way == 9:
            inside = [it for it in list.__iter__(entity) if kind_of(it) in (list, dict)]
            if inside:
                self.change(inside[0])()
        elif way == 10:
            entity[:] = [str(number) for number in range(pick.randrange(3))]
        elif way == 11:
            new = deep_copy(entity) if pick.random() < 0.5 else copy.copy(entity)
            context.insert(pick.randrange(len(context) + 1), new)
        elif way == 12:
            plugin = pick.choice(self.plugins)
            plugin.active = not plugin.active
        elif way == 13:
            self.mixed.active = not self.mixed.active
        elif way == 14:
            new = pyblish.plugin._Dict(entity)
            new["replaced"] = [self.value()]
            entity._data = new
        else:
            context.data["shared"] = entity.data.setdefault("shared", [self.value()])

    def of_plugins(self):
        """A change of a plug-in, of a class that it is made of, or of an action."""
        pick = self.random
        plugin = pick.choice(self.plugins + [self.base, self.mixed])
        way, key = pick.randrange(8), pick.choice(["families", "targets", "hosts"])
        if way == 0:
            setattr(plugin, key, [pick.choice("abc") for _ in range(pick.randrange(3))])
        elif way == 1 and "families" in dir(plugin) and plugin.families is not pyblish.api.InstancePlugin.families:
            pick.choice([plugin.families.reverse, lambda: plugin.families.append(pick.choice("abc")), lambda: plugin.families.__delitem__(slice(1))])()
        elif way == 2:
            plugin.order = pick.choice([0, 1, 1.5])
        elif way == 3:
            plugin.optional = pick.random() < 0.5
        elif way == 4 and plugin.__name__ != "PluginComputed":
            plugin.label = pick.choice(["one", None])
        elif way == 5:
            plugin.match = pick.choice([1, 2, 4])
        elif way == 6 and pick.random() < 0.5:
            plugin.actions = [self.action]
        elif way == 6:
            self.action.on = pick.choice(["all", "failed"])
        elif key in vars(plugin) and plugin not in (self.base, self.mixed):
            delattr(plugin, key)

    def call(self):
        """What one call of a plug-in does: a few changes, by a few ways to come to what is changed."""
        for _ in range(self.random.choice([0, 1, 1, 1, 2, 3])):
            way = self.random.randrange(18)
            if way > 15:
                self.of_plugins()
            elif way > 13:
                self.select()
            elif way < 4:
                self.change(self.container())()
            elif way == 4:
                entity = self.entity()
                entity.data[self.random.choice(["a", "b", "c", 5, ("t", 1)])] = self.value()
            elif way == 5:
                self.kept.append(self.container(objects=False))
            elif way == 6 and self.kept:
                value = self.random.choice(self.kept)
                self.change(self.descend(value, objects=False))()
            elif way == 7:
                self.later.append(self.keep(self.container(objects=False)))
            elif way == 8 and self.later:
                self.later.pop(self.random.randrange(len(self.later)))()
            elif way == 9:
                thread = threading.Thread(target=self.change(self.container()))
                thread.start()
                thread.join()
            elif way == 10 and self.random.random() < 0.3:
                del self.kept[:], self.later[:]
            elif way == 11 and self.random.random() < 0.1:
                for _ in range(TOUCHES):
                    self.context.data.get("a")
                self.change(self.container())()
            else:
                self.of_entities()


class Mutations(unittest.TestCase):
    def test_every_random_change_is_told(self):
        counts = [self.play(SEED + first // CALLS, min(CALLS, COUNT - first)) for first in range(0, COUNT, CALLS)]
        calls, told, compared, known = map(sum, zip(*counts))
        # Otherwise the judge judges nothing: most calls change something, and what is compared
        # after each call is only a part of what there is.
        self.assertGreater(told, calls // 2)
        self.assertLess(compared, known * 3 // 4)

    def test_nothing_is_missed_without_counts(self):
        # A Python that does not count references.
        counting, snapshots.COUNTING = snapshots.COUNTING, None
        try:
            self.play(SEED, CALLS)
        finally:
            snapshots.COUNTING = counting

    def play(self, seed, calls):
        """Plays one context; answers the numbers of calls, of changes, of snapshots that were
        compared after each call, and of all snapshots.
        """
        counts = [calls, 0, 0, 0]
        library = Library()
        player = Player(seed)
        watch = Watch(player.context, library.plugin, Words)
        self.addCleanup(watch.end)
        told = [description_of(plugin) for plugin in player.plugins]
        watch.plugins.begin(player.plugins, told, description_of)
        for probe in PROBES:
            watch.selections.names.learn(probe.families)
        mirror = Mirror([description_of(plugin) for plugin in player.plugins])
        for call in range(calls):
            where = "seed %d, call %d" % (seed, call)
            player.call()
            told = []
            for _ in watch.search(told, whole=player.random.random() < 0.02):
                pass
            for change in told:
                mirror.apply(change)
            for at, count in enumerate((len(told), len(watch.open), len(watch.datas) + len(watch.values))):
                counts[at + 1] += count
            data, instances, plugins = picture(watch, player.plugins)
            self.assertEqual(mirror.data, data, where)
            for entity in mirror.instances.values():
                entity[3:] = [told_matches(entity[1], entity[3]), entity[3]]
            known_as = [(number, entity[:4]) for number, entity in mirror.instances.items()]
            self.assertEqual(known_as, list(instances.items()), where)
            for entity in mirror.instances.values():
                del entity[3]
            self.assertEqual(mirror.plugins, plugins, where)
        return counts


if __name__ == "__main__":
    unittest.main()
