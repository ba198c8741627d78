# -*- coding: utf-8 -*-
"""What exceptions of plug-ins become."""
import os
import unittest

import modules  # noqa: F401
from pyblish_endpoint_bridge import discovery, failures, work
from support import Looped, WithHost


class Failures(WithHost):
    def test_failure_has_details(self):
        failure = self.failure("Fail")
        self.assertEqual(failure["title"], "Frames")
        self.assertEqual(failure["message"], "Frames are missing")
        self.assertEqual(failure["detail"], "Render frames 3 and 4 again.\n\n3, 4")
        self.assertEqual(failure["kind"], "PublishValidationError")
        self.assertEqual(os.path.basename(failure["location"]["file"]), "behave.py")
        self.assertEqual(failure["location"]["text"], "raise PublishValidationError()")
        self.assertIn("behave.py", failure["traceback"])
        self.assertNotIn("<string>", failure["traceback"])

    def test_failure_without_message_has_kind(self):
        self.assertEqual(self.failure("FailWithoutWords")["message"], "ValueError, without a message")
        self.assertEqual(self.failure("Unspeakable")["kind"], "Mute")

    def test_exit_is_a_failure(self):
        failure = self.failure("Exit")
        self.assertEqual(failure["kind"], "SystemExit")
        self.assertIn("asked the host to end: enough", failure["message"])
        self.assertEqual(failure["location"]["text"], 'sys.exit("enough")')
        (change,) = self.changes("LastError")
        self.assertEqual(change["data-set"]["value"], "SystemExit")
        self.assertEqual(self.failure("Interrupt")["kind"], "KeyboardInterrupt")
        self.assertIn(self.failure("Recurse")["kind"], ("RecursionError", "RuntimeError"))
        self.assertIsNone(self.failure("WhichThread"))


class FailuresInALoop(Looped, Failures):
    pass


class Advice(unittest.TestCase):
    """All users of the module see what the sandbox puts into it."""

    def test_advice_is_used_everywhere(self):
        seen = []
        self.addCleanup(setattr, failures, "advice", failures.advice)
        self.addCleanup(setattr, failures, "cut_traceback", failures.cut_traceback)
        failures.advice, failures.cut_traceback = lambda error: "Do without it.", seen.append
        for failure_of in (work.failure_of, discovery.failure_of):
            try:
                raise ImportError("There is no such module.")
            except ImportError as error:
                found = failure_of(error)
                self.assertEqual(found["message"], "There is no such module. Do without it.")
                self.assertIs(seen.pop(), error)
