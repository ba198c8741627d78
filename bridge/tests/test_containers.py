# -*- coding: utf-8 -*-
"""Pyblish's containers note what changes in them."""
import unittest

import modules  # noqa: F401
from pyblish_endpoint_bridge.containers import MEMBERS, WATCHED, State, note_all, note_key, note_members, wrap


class Data(dict):
    def __setitem__(self, key, value):
        dict.__setitem__(self, key, value)
        if value == "refused":
            raise ValueError(value)


class Entity(list):
    def __init__(self):
        list.__init__(self)
        self._data = Data()


for name, note in (("__setitem__", note_key), ("update", note_all)):
    wrap(Data, name, note)
wrap(Entity, "append", note_members)


class Watch(object):
    def __init__(self):
        self.notes, self.suspects, self.moved = {}, {}, False


class Containers(unittest.TestCase):
    def setUp(self):
        self.watch, self.entity = Watch(), Entity()
        self.state = State(self.watch, u"id", self.entity)
        for watched in (self.entity, self.entity._data):
            WATCHED[id(watched)] = self.state
            self.addCleanup(WATCHED.pop, id(watched))

    def test_keys_and_members_are_noted(self):
        self.entity._data["a"] = 1
        self.entity._data.update({"b": 2}, c=3)
        self.entity.append("member")
        keys = set(key for _, key in self.watch.notes)
        self.assertEqual(keys, set(["a", "b", "c", MEMBERS]))
        self.entity._data.update([("d", 4)])
        self.assertEqual(list(self.watch.suspects), [self.state])

    def test_raising_change_is_noted(self):
        with self.assertRaises(ValueError):
            self.entity._data["a"] = "refused"
        self.assertIn((self.state, "a"), self.watch.notes)

    def test_unwatched_container_notes_nothing(self):
        Entity().append("member")
        Entity()._data["a"] = 1
        self.assertEqual(self.watch.notes, {})

    def test_wrapping_twice_changes_nothing(self):
        before = Data.__dict__["__setitem__"]
        wrap(Data, "__setitem__", note_key)
        self.assertIs(Data.__dict__["__setitem__"], before)
        wrap(Data, "there_is_no_such_method", note_key)
