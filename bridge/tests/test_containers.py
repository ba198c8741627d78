# -*- coding: utf-8 -*-
"""Pyblish's classes tell who may have changed something."""
import unittest

import modules  # noqa: F401
from pyblish_endpoint_bridge.containers import (
    ALTERED, MEMBERS, TOUCHED, WATCHED, State, install_touch, note_attributes, note_members, wrap)


class Entity(list):
    def __init__(self):
        list.__init__(self)
        self._data, self._name = {}, "name"

    @property
    def data(self):
        """What is known of it."""
        return self._data


wrap(Entity, "append", note_members)
install_touch(Entity)


class Meta(type):
    pass


note_attributes(Meta)


class Watch(object):
    def __init__(self):
        self.notes, self.moved, self.is_whole = {}, False, False


class Containers(unittest.TestCase):
    def setUp(self):
        self.watch, self.entity = Watch(), Entity()
        self.state = State(self.watch, u"id", self.entity)
        WATCHED[id(self.entity)] = self.state
        self.addCleanup(WATCHED.pop, id(self.entity))
        TOUCHED.clear()

    def test_reading_data_is_noted(self):
        self.entity.data["a"] = 1
        self.entity._data.get("a")
        self.assertEqual(list(TOUCHED), [id(self.state.data)] * 2)
        self.assertEqual(Entity.data.__doc__, "What is known of it.")
        self.assertEqual(self.state.data, {"a": 1})

    def test_class_without_data_raises(self):
        with self.assertRaises(AttributeError):
            Entity.__new__(Entity).data

    def test_members_are_noted(self):
        self.entity.append("member")
        self.assertEqual(list(self.watch.notes), [(self.state, MEMBERS)])

    def test_raising_change_is_noted(self):
        with self.assertRaises(TypeError):
            self.entity.append()
        self.assertIn((self.state, MEMBERS), self.watch.notes)

    def test_new_name_and_new_data_are_noted(self):
        for name, value, is_whole in (("other", 1, False), ("_name", "new", True), ("_data", {}, True)):
            self.watch.is_whole = False
            setattr(self.entity, name, value)
            self.assertEqual((getattr(self.entity, name), self.watch.is_whole), (value, is_whole))

    def test_unwatched_container_notes_nothing(self):
        Entity().append("member")
        Entity()._name = "new"
        self.assertEqual((self.watch.notes, self.watch.is_whole), ({}, False))

    def test_wrapping_twice_changes_nothing(self):
        before = dict(vars(Entity)), Meta.__setattr__
        wrap(Entity, "append", note_members)
        wrap(Entity, "there_is_no_such_method", note_members)
        install_touch(Entity)
        note_attributes(Meta)
        self.assertEqual((dict(vars(Entity)), Meta.__setattr__), before)

    def test_attributes_of_plugins_are_noted(self):
        plugin = Meta("Plugin", (object,), {"active": True, "families": []})
        ALTERED.clear()
        plugin.cache = plugin._id = 1  # nobody is told of these
        self.assertEqual(list(ALTERED), [])
        plugin.active = False
        del plugin.families
        self.assertEqual((plugin.active, hasattr(plugin, "families"), list(ALTERED)), (False, False, [plugin, plugin]))
