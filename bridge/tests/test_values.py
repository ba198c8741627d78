# -*- coding: utf-8 -*-
"""Values as JSON, and what JSON cannot hold as a mark."""
import json
import sys
import unittest

import modules  # noqa: F401
from pyblish_endpoint_bridge import limits
from pyblish_endpoint_bridge.containers import member_text
from pyblish_endpoint_bridge.selecting import name_of
from pyblish_endpoint_bridge.snapshots import base_of
from pyblish_endpoint_bridge.values import is_marked, key_text, mark, plain, str_key, unicode_to_host, value_json

LONE = json.loads('"\\ud800"')


class Removed(object):
    """As an object of Blender that it has removed: it does not even say its class."""

    def __getattribute__(self, name):
        raise ReferenceError("StructRNA of type Object has been removed")

    def __repr__(self):
        return "<removed>"


class Values(unittest.TestCase):
    def test_json_values_stay(self):
        value = {"a": [1, 2.5, None, True, u"h\xe9ros"], "b": {"c": []}}
        self.assertEqual(plain(value), value)
        self.assertEqual(plain((1, 2)), [1, 2])

    def test_non_json_values_are_marked(self):
        for value in (object(), float("inf"), float("nan"), 2 ** 64, -2 ** 63 - 1, {1: 2}, LONE, {LONE: 1}, {"$repr": 1}):
            self.assertIn("$repr", plain(value), value)
        self.assertEqual(plain([2 ** 64 - 1, -2 ** 63]), [2 ** 64 - 1, -2 ** 63])
        self.assertEqual(mark(set([2, 1]))["$repr"], "set({1, 2})")
        self.assertEqual(mark(object)["$type"], "type")

    def test_integers_are_written_as_json(self):
        for value in (0, -7, True, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1, -2 ** 63):
            self.assertEqual(value_json(value), json.dumps(value))

    def test_raising_repr_is_shown(self):
        class Mute(object):
            def __repr__(self):
                raise ValueError()

        self.assertEqual(plain(Mute())["$repr"], "<Mute, whose repr raises ValueError>")

    def test_removed_object_is_shown(self):
        removed = Removed()
        for value in (removed, [removed], {"a": removed}):
            self.assertIn("<removed>", json.dumps(plain(value)))
        self.assertIsNone(base_of(removed))
        self.assertEqual(member_text(removed), "<removed>")
        self.assertIsNone(name_of(removed))

    def test_limits_are_exact(self):
        def nested(depth):
            value = 1
            for _ in range(depth):
                value = [value]
            return value

        self.assertFalse(is_marked(plain(nested(limits.DEPTH_LIMIT))))
        self.assertTrue(is_marked(plain(nested(limits.DEPTH_LIMIT + 1))))
        self.assertFalse(is_marked(plain([0] * (limits.PARTS_LIMIT - 1))))
        self.assertTrue(is_marked(plain([0] * limits.PARTS_LIMIT)))
        self.assertEqual(plain(u"x" * limits.TEXT_LIMIT), u"x" * limits.TEXT_LIMIT)
        long = plain(u"x" * (limits.TEXT_LIMIT + 1))
        self.assertEqual((len(long["$repr"]), long["$cut"]), (limits.TEXT_LIMIT, True))
        parts = [u"x" * 1021] * 1024  # with quotes and comma 1,024 characters each
        self.assertEqual(json.loads(value_json(parts[:-1])), parts[:-1])
        self.assertIn("$repr", json.loads(value_json(parts)))

    def test_recursive_value_is_marked(self):
        value = []
        value.append(value)
        self.assertIn("$repr", plain(value))

    def test_marks_are_found_inside(self):
        self.assertTrue(is_marked({"a": [mark(object())]}))
        self.assertFalse(is_marked({"a": ["$repr"]}))

    def test_new_value_keeps_old_type(self):
        self.assertEqual(unicode_to_host((1, 2), [3, 4]), (3, 4))
        self.assertEqual(unicode_to_host([1, 2], [3, 4]), [3, 4])
        self.assertIs(type(str_key(u"key")), str)
        if sys.version_info[0] == 2:
            self.assertIs(type(unicode_to_host(u"old", u"new")), type(u""))

    def test_non_text_keys_use_repr(self):
        self.assertEqual(key_text("key"), u"key")
        self.assertEqual(key_text(7), u"$key 7")
