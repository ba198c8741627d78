# -*- coding: utf-8 -*-
"""The root logger during a plug-in, between the pairs of a batch, and after it."""
import logging
import unittest

import modules  # noqa: F401
import pyblish.api
import pyblish.lib
import pyblish.plugin
from pyblish_endpoint_bridge.pyblish_base import Library
from pyblish_endpoint_bridge.records import LEVEL

SEEN = []


class Look(pyblish.api.ContextPlugin):
    def process(self, context):
        SEEN.append(logging.root.level)
        self.log.debug("a record")
        context.data.get("do", lambda: None)()


class Root(unittest.TestCase):
    def setUp(self):
        Library()
        del SEEN[:]
        root, self.context = logging.root, pyblish.api.Context()
        self.addCleanup(setattr, root, "handlers", list(root.handlers))
        self.addCleanup(root.setLevel, root.level)
        self.addCleanup(LEVEL.end)
        self.addCleanup(pyblish.api.registered_callbacks().pop, "pluginProcessed", None)
        root.setLevel(logging.ERROR)
        self.handlers = list(root.handlers)

    def process(self, do=lambda: None, records=1):
        self.context.data["do"] = do
        result = pyblish.plugin.process(Look, self.context)
        self.assertEqual([record.msg for record in result["records"]], ["a record"] * records)
        self.assertEqual(SEEN.pop(), logging.DEBUG)
        self.assertEqual(logging.root.handlers, self.handlers)
        return result

    def test_level_is_set_back_after_each_pair(self):
        self.process()
        self.assertEqual(logging.root.level, logging.ERROR)

    def test_level_is_set_back_after_a_batch(self):
        LEVEL.begin(pyblish.api.registered_callbacks())
        for do in (lambda: None, lambda: logging.root.setLevel(logging.CRITICAL), lambda: None):
            self.process(do)
        self.assertNotEqual(logging.root.level, logging.ERROR)
        LEVEL.end()
        self.assertEqual(logging.root.level, logging.ERROR)

    def test_failed_pair_sets_the_level_back(self):
        def fail():
            raise ValueError("fails")

        LEVEL.begin(pyblish.api.registered_callbacks())
        self.process()
        self.assertFalse(self.process(fail)["success"])
        self.assertEqual(logging.root.level, logging.ERROR)

    def test_callback_sees_the_level_set_back(self):
        levels = []
        pyblish.api.register_callback("pluginProcessed", lambda result: levels.append(logging.root.level))
        LEVEL.begin(pyblish.api.registered_callbacks())
        self.process()
        self.assertEqual(levels, [logging.ERROR])

    def test_publish_inside_of_a_plugin_keeps_both(self):
        LEVEL.begin(pyblish.api.registered_callbacks())
        inner = pyblish.api.Context()
        # As in Pyblish alone, the outer plug-in has the records of the inner one, too.
        self.process(lambda: pyblish.plugin.process(Look, inner), records=2)
        self.process()
        LEVEL.end()
        self.assertEqual(logging.root.level, logging.ERROR)

    def test_handlers_have_all_that_logging_sets(self):
        plain = logging.Handler()
        ours = pyblish.lib.MessageHandler([])
        self.assertEqual(sorted(set(vars(plain)) - set(vars(ours))), [])
        self.assertEqual(pyblish.lib.MessageHandler([], logging.ERROR).level, logging.ERROR)
        self.assertIs(type(ours.lock), type(plain.lock))


if __name__ == "__main__":
    unittest.main()
