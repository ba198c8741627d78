# -*- coding: utf-8 -*-
"""The root logger during a plug-in, between the pairs of a batch, and after it."""
import logging
import unittest

import modules  # noqa: F401
import pyblish.api
import pyblish.lib
import pyblish.plugin
from pyblish_endpoint_bridge.calls import CURRENT, Call
from pyblish_endpoint_bridge.pyblish_base import Library
from pyblish_endpoint_bridge.records import LEVEL

SEEN = []


class Look(pyblish.api.ContextPlugin):
    def process(self, context):
        SEEN.append(logging.root.level)
        self.log.debug("a record")
        context.data.get("do", lambda: None)()


class Told(Call):
    def __init__(self):
        Call.__init__(self, "the tests")
        self.messages = []

    def tell_record(self, record):
        self.messages.append(record["message"])


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
        if records is not None:
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

    def test_level_that_is_set_between_pairs(self):
        # By a thread, as in plain Pyblish.
        LEVEL.begin(pyblish.api.registered_callbacks())
        self.process()
        logging.root.setLevel(logging.INFO)
        self.process()
        LEVEL.end()
        self.assertEqual(logging.root.level, logging.INFO)

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

    def told(self, do):
        """The messages that are told in one call."""
        call = Told()
        CURRENT.begin(call)
        self.addCleanup(setattr, CURRENT, "call", None)
        self.process(do, None)
        CURRENT.call = None
        return call.messages

    def test_handler_of_another_call_tells_nothing(self):
        kept = []
        self.assertEqual(self.told(lambda: kept.extend(logging.root.handlers)), ["a record"])
        old = next(handler for handler in kept if isinstance(handler, pyblish.lib.MessageHandler))
        other = logging.Logger("pyblish.other")
        other.addHandler(old)
        self.assertEqual(self.told(lambda: other.error("of a later call")), ["a record"])
        # It fills the list of its own pair, as in Pyblish.
        self.assertEqual([record.msg for record in old.records], ["a record", "of a later call"])

    def test_records_hold_what_logging_puts_there(self):
        self.told(lambda: None)
        (record,) = self.context.data["results"][-1]["records"]
        plain = logging.LogRecord("", 0, "", 0, "", (), None)
        self.assertEqual(set(vars(record)) - set(vars(plain)), set(["message"]) & set(vars(record)))

    def test_other_handler_of_a_plugin_is_heard(self):
        class Other(logging.Handler):
            def __init__(self, records):
                logging.Handler.__init__(self)
                self.records = records

            def emit(self, record):
                self.records.append(record)

        library, before = Library(), pyblish.lib.MessageHandler
        self.addCleanup(setattr, pyblish.lib, "MessageHandler", before)
        pyblish.lib.MessageHandler = Other
        library.listen()
        self.assertEqual(self.told(lambda: logging.getLogger("studio").error("heard")), ["a record", "heard"])

    def test_handlers_have_all_that_logging_sets(self):
        plain = logging.Handler()
        ours = pyblish.lib.MessageHandler([])
        self.assertEqual(sorted(set(vars(plain)) - set(vars(ours))), [])
        self.assertEqual(pyblish.lib.MessageHandler([], logging.ERROR).level, logging.ERROR)
        self.assertIs(type(ours.lock), type(plain.lock))


if __name__ == "__main__":
    unittest.main()
