# -*- coding: utf-8 -*-
"""What a host shows of the problems."""
import unittest

import modules  # noqa: F401, finds the modules
from pyblish_endpoint_bridge.failures import failure
from pyblish_endpoint_bridge.problems import Problems


class Plugin(object):
    def __init__(self, id):
        self.id = id


class Instance(object):
    def __init__(self, name, **data):
        self.name, self._data = name, data


class Words(unittest.TestCase):
    def setUp(self):
        self.told = []
        self.problems = Problems()
        self.problems.listen(self.told.append)

    def fails(self, plugin, instance, message):
        self.problems.note(Plugin(plugin), instance, failure(message, "ValueError"))
        self.problems.tell()

    def test_same_words_are_one_problem(self):
        hero, prop = Instance("hero"), Instance("prop", label="Prop 1")
        self.fails("a", hero, "hero is scaled")
        self.fails("a", prop, "Prop 1 is scaled")
        self.assertEqual(self.told, ["", "1 problem"])
        self.fails("a", None, "hero is scaled")
        self.fails("b", hero, "hero is scaled")
        self.assertEqual(self.told[2:], ["2 problems", "3 problems"])
        self.problems.note(Plugin("b"), hero, None)
        self.problems.begin()
        self.assertEqual(self.told[4:], [""])

    def test_what_is_left_out_is_no_problem(self):
        hero = Instance("hero")
        self.fails("a", hero, "hero is scaled")
        hero._data["publish"] = False
        self.problems.tell()
        self.assertEqual(self.told, ["", "1 problem", ""])

    def test_file_that_cannot_be_used_is_a_problem(self):
        self.problems.broken = 1
        self.problems.end_run("published", True)
        self.assertEqual(self.told, ["", "1 problem"])

    def test_stopped_plugin_is_no_problem(self):
        self.problems.note(Plugin("a"), None, failure("Stopped", "Cancelled"))
        self.problems.end_run("published", False)
        self.assertEqual(self.told, [""])

    def test_only_a_run_that_checked_has_no_problems(self):
        self.problems.end_run("collected", True)
        self.assertEqual(self.told, [""])
        self.problems.end_run("validated", True)
        self.assertEqual(self.told, ["", "no problems"])

    def test_host_that_cannot_show_it_ends_no_work(self):
        self.problems.listen(lambda words: 1 / 0)
        self.problems.broken = 1
        self.problems.tell()
