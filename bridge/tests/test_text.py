# -*- coding: utf-8 -*-
"""Any value becomes text that can be sent."""
import json
import unittest

import modules  # noqa: F401
from pyblish_endpoint_bridge.text import clean, cut, optional_text, text_of, to_json

LONE = json.loads('"\\ud800"')


class Mute(object):
    def __str__(self):
        raise ValueError("no words")

    __unicode__ = __repr__ = __str__


class Text(unittest.TestCase):
    def test_anything_becomes_text(self):
        self.assertEqual(text_of(u"h\xe9ros"), u"h\xe9ros")
        self.assertEqual(text_of(u"h\xe9ros".encode("utf-8")), u"h\xe9ros")
        self.assertEqual(text_of(b"\xff"), u"\ufffd")
        self.assertEqual(text_of(7), u"7")
        self.assertEqual(text_of(Mute()), u"<Mute, whose text cannot be had: ValueError>")

    def test_lone_surrogates_become_escapes(self):
        self.assertEqual(clean(u"a" + LONE + u"b"), u"a\\ud800b")
        self.assertEqual(clean(u"\U0001f600"), u"\U0001f600")

    def test_long_text_is_cut_in_the_middle(self):
        self.assertEqual(cut(u"12345678", 8), u"12345678")
        self.assertEqual(cut(u"123456789", 4), u"12\n\u2026 5 characters left out \u2026\n89")

    def test_none_stays_none(self):
        self.assertIsNone(optional_text(None))
        self.assertEqual(optional_text(7), u"7")

    def test_json_is_ascii_and_finite(self):
        self.assertEqual(to_json({u"\xe9": [1, None]}), '{"\\u00e9":[1,null]}')
        self.assertRaises(ValueError, to_json, float("inf"))
