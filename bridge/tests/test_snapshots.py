# -*- coding: utf-8 -*-
"""Snapshots find what changed inside of a value, and whether somebody else can change it."""
import unittest
import weakref
from collections import OrderedDict, deque

import modules  # noqa: F401
from pyblish_endpoint_bridge import limits
from pyblish_endpoint_bridge.snapshots import DataSnapshot, Group, of_value


class Refuses(object):
    """An object that must not be compared."""

    def __eq__(self, other):
        raise ValueError("not to be compared")

    __hash__ = object.__hash__


class Shown(object):
    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return "Shown(%r)" % self.value


class Names(list):
    def __iter__(self):
        raise ValueError("not to be asked")


class Entity(object):
    """What has `data`, as the classes of Pyblish have."""

    def __init__(self):
        self.data = Data()


class Data(dict):
    pass


class Snapshots(unittest.TestCase):
    def test_immutable_value_has_no_snapshot(self):
        for value in (None, True, 1, 1.5, u"text", b"bytes", object(), object, (), (1, 2), frozenset([1])):
            self.assertIsNone(of_value(value))

    def test_each_container_is_compared(self):
        for value, change in [
            ([1], lambda it: it.append(2)),
            ([1], lambda it: it.__setitem__(0, True)),
            ([1], lambda it: it.__setitem__(0, 1.0)),
            ({"a": 1}, lambda it: it.update(a=2)),
            ({"a": 1}, lambda it: it.update(b=1)),
            (set([1]), lambda it: it.add(2)),
            (deque([1]), lambda it: it.append(2)),
            (bytearray(b"a"), lambda it: it.append(98)),
            (Names([1]), lambda it: it.append(2)),
            (OrderedDict(a=1), lambda it: it.update(a=2)),
            ((1, [1]), lambda it: it[1].append(2)),
            ([{"a": ([],)}], lambda it: it[0]["a"][0].append(2)),
            (Shown(1), lambda it: setattr(it, "value", 2)),
            ([Shown([1])], lambda it: it[0].value.append(2)),
        ]:
            found = of_value(value)
            self.assertTrue(found.is_same() and Group([found]).is_same(), value)
            change(value)
            self.assertFalse(found.is_same() or Group([found]).is_same(), value)

    def test_no_comparison_of_a_leaf_is_called(self):
        value = {"a": [Refuses()]}
        self.assertTrue(of_value(value).is_same())

    def test_value_that_holds_itself_is_compared(self):
        value = [1]
        value.append(value)
        found = of_value(value)
        self.assertTrue(found.is_same())
        value.append(2)
        self.assertFalse(found.is_same())

    def test_kept_container_has_escaped(self):
        def keep_nothing(value):
            return None

        for make, keep in [
            (lambda: [1], lambda it: it),
            (lambda: [[1]], lambda it: it[0]),
            (lambda: {"a": {"b": []}}, lambda it: it["a"]["b"]),
            (lambda: {"a": 1}, lambda it: it.update),
            (lambda: {"a": 1}, lambda it: iter(it)),
            (lambda: (1, [2]), lambda it: it),
            (lambda: [([2],)], lambda it: it[0]),
            (lambda: set([1]), weakref.ref),
            (lambda: [deque()], lambda it: weakref.ref(it[0])),
            (lambda: [Names()], lambda it: it[0]),
            (lambda: [OrderedDict(a=[])], lambda it: it[0]["a"]),
            (lambda: [Shown([1])], lambda it: it[0].value),
        ]:
            for kept in (keep_nothing, keep):
                entity = Entity()
                entity.data["a"] = make()
                data, found = DataSnapshot(entity.data), of_value(entity.data["a"])
                it = kept(entity.data["a"])
                self.assertEqual(found.has_escaped(), kept is keep, entity.data)
                self.assertEqual(Group([found]).has_escaped(), kept is keep, entity.data)
                del it, data

    def test_data_snapshot_tells_the_keys(self):
        entity = Entity()
        entity.data.update(a=1, b=2)
        found = DataSnapshot(entity.data)
        self.assertEqual(found.renew(), [])
        entity.data["a"] = True
        entity.data["c"] = 3
        del entity.data["b"]
        self.assertFalse(found.is_same())
        self.assertEqual(found.renew(), ["a", "c", "b"])
        self.assertTrue(found.is_same())

    def test_limits_are_exact(self):
        self.assertIsNotNone(of_value([0] * limits.PARTS_LIMIT))
        self.assertIsNone(of_value([0] * (limits.PARTS_LIMIT + 1)))
        for count, is_followed in ((limits.OBJECTS_LIMIT, True), (limits.OBJECTS_LIMIT + 1, False)):
            value = [Shown(1) for _ in range(count)]
            found = of_value(value)
            value[0].value = 2  # the last one that is followed
            self.assertEqual(found.is_same(), not is_followed)
        thing = Shown(1)
        for count in (limits.OBJECT_PARTS_LIMIT, limits.OBJECT_PARTS_LIMIT + 1):
            thing.__dict__.update((str(number), 0) for number in range(count - 1))
            self.assertEqual(of_value(thing) is None, count > limits.OBJECT_PARTS_LIMIT)
