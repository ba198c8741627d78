# -*- coding: utf-8 -*-
"""Attributes that plug-ins declare: how they are told, and how their values reach the plug-in."""
import os
import shutil
import tempfile
import unittest

import modules  # noqa: F401
import pyblish.api
from pyblish_endpoint_bridge.attributes import Declared
from support import WithHost

FILE = """
import pyblish.api

class Collect(pyblish.api.ContextPlugin):
    order = 0
    def process(self, context):
        context.create_instance("one", family="thing")

class Frames(pyblish.api.InstancePlugin):
    order = 1
    tolerance = 2
    attribute_defs = [
        {"key": "tolerance", "type": "integer", "minimum": 0, "maximum": 10, "help": "So many."},
        {"key": "quality", "type": "choice", "scope": "instance", "choices": [("draft", "Draft"), "final"]},
        {"key": "wrong", "type": "colour"},
    ]
    def process(self, instance):
        instance.data["found"] = [self.tolerance, type(self.tolerance).__name__]

class Ayon(pyblish.api.InstancePlugin):
    order = 1.1

    @classmethod
    def get_attribute_defs(cls):
        return [{"type": "label", "label": "Farm"},
                {"type": "bool", "key": "active", "label": "Active", "tooltip": "On or off", "default": True},
                {"type": "number", "key": "priority", "decimals": 0, "minimum": 0, "maximum": 100, "default": 50},
                {"type": "bool", "key": "secret", "hidden": True}]

    def process(self, instance):
        instance.data["read"] = instance.data["publish_attributes"]["Ayon"]
"""


class Attributes(WithHost):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        with open(os.path.join(cls.folder, "plugins.py"), "w") as file:
            file.write(FILE)
        cls.paths = [cls.folder]
        super(Attributes, cls).setUpClass()

    @classmethod
    def tearDownClass(cls):
        super(Attributes, cls).tearDownClass()
        shutil.rmtree(cls.folder)

    def declared(self, name):
        plugin, = [plugin for plugin in self.discover()["plugins"] if plugin["name"] == name]
        return dict((it["key"], it) for it in plugin["attributes"])

    def test_declarations_are_told(self):
        found = self.declared("Frames")
        self.assertEqual(sorted(found), ["quality", "tolerance"])
        tolerance = found["tolerance"]
        self.assertEqual((tolerance["type"], tolerance["scope"], tolerance["default"]), ("integer", "plugin", 2))
        self.assertEqual((tolerance["minimum"], tolerance["maximum"], tolerance["help"]), (0, 10, "So many."))
        self.assertEqual(found["quality"]["choices"], [{"value": "draft", "label": "Draft"}, {"value": "final", "label": None}])

    def test_wrong_declaration_is_told(self):
        broken = [it["failure"]["message"] for it in self.discover()["broken"]]
        self.assertTrue(any("An attribute of Frames is not offered: the type of wrong is colour" in it for it in broken), broken)

    def test_ayons_are_told(self):
        found = self.declared("Ayon")
        self.assertEqual(sorted(found), ["Ayon.active", "Ayon.priority"])
        active = found["Ayon.active"]
        self.assertEqual((active["group"], active["help"], active["scope"]), ("Farm", "On or off", "instance"))
        self.assertEqual(found["Ayon.priority"]["type"], "integer")


class Plugins(unittest.TestCase):
    """What a plug-in gets, without a host between."""

    def setUp(self):
        self.context = pyblish.api.Context()
        self.instance = self.context.create_instance("one")

    @staticmethod
    def declared(**attributes):
        wrong = []
        plugin = type("Frames", (pyblish.api.InstancePlugin,), attributes)
        declared = Declared(plugin, wrong)
        return plugin, declared, wrong

    def test_setting_is_a_class_attribute(self):
        plugin, declared, wrong = self.declared(tolerance=2, attribute_defs=[{"key": "tolerance", "type": "integer"}])
        self.assertEqual(wrong, [])
        self.context.data["Frames.tolerance"] = 5
        declared.begin(self.context, self.instance)
        self.assertEqual(plugin.tolerance, 5)
        # It is discovered again: what a user chose is not its default.
        again = Declared(plugin, [])
        self.assertEqual(again.described[0]["default"], 2)
        del self.context.data["Frames.tolerance"]
        again.begin(self.context, self.instance)
        self.assertEqual(plugin.tolerance, 2)

    def test_ayon_finds_the_values(self):
        defs = classmethod(lambda cls: [{"type": "bool", "key": "active", "default": True}])
        _, declared, _ = self.declared(get_attribute_defs=defs)
        self.instance.data["publish_attributes"] = {"Other": {"a": 1}}
        self.instance.data["Frames.active"] = False
        declared.begin(self.context, self.instance)
        self.assertEqual(self.instance.data["publish_attributes"], {"Other": {"a": 1}, "Frames": {"active": False}})

    def test_other_uses_of_the_name_are_left_alone(self):
        for value in (None, "text", {"a": 1}, ["a"], lambda: 1):
            _, declared, wrong = self.declared(attribute_defs=value)
            self.assertEqual((declared.described, wrong), ([], []), value)

    def test_reasons(self):
        for entry, why in (
                ({"type": "text"}, "an attribute has no key"),
                ({"key": "a", "type": "text", "scope": "all"}, "the scope of a is all"),
                ({"key": "a", "type": "integer", "minimum": "0"}, "the range of a is no number"),
                ({"key": "a", "type": "choice"}, "a has no list of choices"),
                ({"key": "a", "type": "choice", "choices": [object()]}, "a choice of a is no text"),
                ({"key": "a", "type": "text", "default": object()}, "the default of a is no JSON")):
            _, declared, wrong = self.declared(attribute_defs=[entry])
            self.assertEqual(declared.described, [])
            self.assertIn(why, wrong[0])

    def test_declarations_that_raise_are_told(self):
        def raises(cls):
            raise RuntimeError("no server")
        _, declared, wrong = self.declared(get_attribute_defs=classmethod(raises))
        self.assertEqual(wrong, ["its attributes cannot be read: no server"])


if __name__ == "__main__":
    unittest.main()
