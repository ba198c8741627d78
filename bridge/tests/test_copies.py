# -*- coding: utf-8 -*-
"""Copies of values that can change inside."""
import unittest

import modules  # noqa: F401
from pyblish_endpoint_bridge.copies import Inside, shadow


class Refuses(object):
    def __eq__(self, other):
        raise ValueError("not to be compared")

    __hash__ = object.__hash__


class Copies(unittest.TestCase):
    def test_immutable_value_has_no_copy(self):
        for value in (None, True, 1, 1.5, u"text", b"bytes", object()):
            self.assertIsNone(shadow(value))

    def test_copy_shares_only_leaves(self):
        leaf = Refuses()
        value = {"a": [leaf, ([1],)], "b": set([1])}
        copy = shadow(value)
        self.assertTrue(value == copy, "no comparison of the leaf's own is called")
        self.assertIs(copy["a"][0], leaf)
        value["a"][1][0].append(2)
        self.assertFalse(value == copy)

    def test_changes_are_found_by_place(self):
        inside, values = Inside(), [[1], [2], [3]]
        for at, value in enumerate(values):
            inside.put(at, value, shadow(value))
        self.assertEqual(list(inside.changed()), [])
        values[2].append(4)
        self.assertEqual(list(inside.changed()), [2])
        # The last one takes the place of a removed one.
        inside.drop(0)
        inside.drop("unknown")
        self.assertEqual(list(inside.changed()), [2])
        inside.put(2, values[2], shadow(values[2]))
        self.assertEqual(list(inside.changed()), [])

    def test_incomparable_counts_as_changed(self):
        class Strange(list):
            def __eq__(self, other):
                raise ValueError()

            __hash__ = None

        inside = Inside()
        inside.put("a", [1], [1])
        inside.put("b", Strange(), [])
        self.assertEqual(list(inside.changed()), ["b"])
