# -*- coding: utf-8 -*-
"""Discovery, and what it says of plug-ins that cannot be used."""
import os

from support import BROKEN, PLUGINS, WithHost


class Discovery(WithHost):
    paths = [PLUGINS, BROKEN]

    def test_broken_files_are_reported(self):
        broken = {}
        for entry in self.found["broken"]:
            broken.setdefault(os.path.basename(entry["file"]), []).append(entry["failure"])
        self.assertEqual(sorted(broken), ["exits.py", "invalid.py", "missing.py", "syntax.py"])
        self.assertEqual(broken["syntax.py"][0]["location"]["line"], 4)
        self.assertIn("SyntaxError", broken["syntax.py"][0]["traceback"])
        self.assertIn("there_is_no_such_module", broken["missing.py"][0]["message"])
        self.assertEqual(broken["missing.py"][0]["location"]["line"], 2)
        self.assertEqual(broken["exits.py"][0]["kind"], "SystemExit")
        messages = sorted(failure["message"] for failure in broken["invalid.py"])
        self.assertEqual(len(messages), 2)
        self.assertIn("FamiliesAsText cannot be used: its `families` is 'model', not a list", messages[0])
        self.assertIn("FromTheFuture asks for pyblish>=99", messages[1])
        self.assertIn("Good", self.ids)

    def test_registered_path_counts_at_next_discovery(self):
        self.assertNotIn("ValidateLate", self.ids)
        self.changes("CollectRegistering")
        found = self.client.get("discover")["plugins"]
        self.assertIn("ValidateLate", [plugin["name"] for plugin in found])

    def test_stale_ids_are_refused(self):
        old = self.ids["CollectTwo"]
        self.client.get("discover")
        failure = self.client.get("process", plugin=old, instance=None)["failure"]
        self.assertIn("discover the plug-ins again", failure["message"])
