# -*- coding: utf-8 -*-
"""Descriptions of plug-ins."""
import os

from support import PLUGINS, WithHost


class Plugins(WithHost):
    def test_plugin_is_described(self):
        plugin = [p for p in self.found["plugins"] if p["name"] == "CollectTwo"][0]
        self.assertEqual(plugin["doc"], "Makes a hero and a prop.")
        self.assertEqual(plugin["version"], [1, 2, 0])
        self.assertEqual((plugin["order"], plugin["base"], plugin["match"]), (0, "ContextPlugin", "intersection"))
        self.assertEqual(plugin["file"], os.path.join(PLUGINS, "collect.py"))
        self.assertEqual(plugin["processes"], {"context": True, "instance": False})
        repaired = [p for p in self.found["plugins"] if p["name"] == "Repaired"][0]
        self.assertEqual(repaired["repairs"], {"context": False, "instance": True})
        actions = [p for p in self.found["plugins"] if p["name"] == "WithActions"][0]
        self.assertEqual((actions["label"], actions["optional"]), ("Actions", True))

    def test_ids_are_unique(self):
        ids = [plugin["id"] for plugin in self.found["plugins"]]
        self.assertEqual(len(set(ids)), len(ids))
