# -*- coding: utf-8 -*-
"""What a plug-in puts over a cover, keeps of it or puts back goes on working."""
import functools
import types
import unittest

import modules  # noqa: F401
from pyblish_endpoint_bridge.covers import CannotCover, Cover


class Covers(unittest.TestCase):
    def setUp(self):
        self.module = types.ModuleType("module")
        self.module.ask = self.original = lambda: "original"
        self.asked = 0

    def cover(self, **how):
        def instead(covered):
            self.asked += 1
            return "ours of " + covered()

        return Cover(self.module, "ask", instead, **how)

    def test_cover_is_taken_down(self):
        cover = self.cover()
        self.assertEqual(self.module.ask(), "ours of original")
        cover.take_down()
        self.assertIs(self.module.ask, self.original)
        self.assertEqual((cover(), self.asked), ("original", 1))  # somebody kept it

    def test_cover_that_stays_in_use(self):
        cover = self.cover(stays=True)
        cover.take_down()
        self.assertEqual(cover(), "ours of original")

    def theirs(self):
        covered = self.module.ask
        self.module.ask = functools.wraps(covered, assigned=())(lambda: "theirs of " + covered())
        return self.module.ask

    def test_what_is_put_over_a_cover_stays(self):
        first = self.cover()
        theirs = self.theirs()
        self.assertEqual(self.module.ask(), "theirs of ours of original")
        first.take_down()
        self.assertIs(self.module.ask, theirs)
        self.assertEqual(self.module.ask(), "theirs of original")
        second = self.cover()
        self.assertEqual(self.module.ask(), "ours of theirs of original")
        second.take_down()
        self.assertIs(self.module.ask, theirs)

    def test_cover_that_is_put_back(self):
        first = self.cover()
        first.take_down()
        self.module.ask = first
        second = self.cover()
        self.assertEqual(self.module.ask(), "ours of original")
        self.module.ask = first
        second.take_down()
        self.assertIs(self.module.ask, self.original)

    def test_what_is_removed_stays_removed(self):
        cover = self.cover()
        del self.module.ask
        cover.take_down()
        self.assertFalse(hasattr(self.module, "ask"))

    def test_what_cannot_be_covered(self):
        class Fixed(object):
            ask = property(lambda self: self.__class__)

        fixed = Fixed()
        for owner in (object(), [], fixed):
            with self.assertRaises(CannotCover):
                Cover(owner, "ask", None)
        self.assertEqual(vars(fixed), {})


if __name__ == "__main__":
    unittest.main()
