# -*- coding: utf-8 -*-
"""Progress and cancelling."""
import unittest

import modules  # noqa: F401
from pyblish_endpoint_bridge import calls
from support import Looped, WithHost


class Calls(WithHost):
    def test_records_are_sent_live(self):
        self.client.ask("process", plugin=self.ids["Wait"], instance=None)
        kind, body = self.client.receive()
        self.assertEqual((kind, body["record"]["message"]), ("record", "working"))
        self.client.send("cancel", {"id": self.client.number})
        _, outcome = self.client.answer()
        self.assertEqual(outcome["failure"]["kind"], "Cancelled")
        self.assertEqual(outcome["failure"]["message"], "stopped as asked")
        # A cancel that comes too late has no effect.
        self.client.send("cancel", {"id": self.client.number})
        self.assertIsNone(self.failure("WhichThread"))

    def test_progress(self):
        self.assertIsNone(self.failure("Progress"))
        reports = [body for kind, body in self.client.told if kind == "progress"]
        self.assertEqual(reports[0]["fraction"], 0.0)
        self.assertEqual((reports[-1]["fraction"], reports[-1]["message"]), (1.0, "step 100"))
        self.assertLess(len(reports), 60)


class CallsInALoop(Looped, Calls):
    pass


class Noted(calls.Call):
    """A call whose records and reports are kept."""

    def __init__(self):
        calls.Call.__init__(self, "a test")
        self.records, self.reports = [], []

    def tell_record(self, record):
        self.records.append(record["message"])

    def tell_progress(self, fraction, message):
        self.reports.append((fraction, message))

    def cancelled(self):
        return True


class OneCall(unittest.TestCase):
    def test_nothing_happens_outside_calls(self):
        calls.progress(0.5, "half way")
        self.assertFalse(calls.cancelled())

    def test_doing_names_the_call(self):
        self.addCleanup(setattr, calls.CURRENT, "call", None)
        calls.CURRENT.call = call = Noted()
        self.assertTrue(calls.cancelled())
        for fraction in (-1, "0.5", 2, None, float("nan")):
            calls.progress(fraction, "on the way")
            call.reported = 0.0  # as if time had passed
        self.assertEqual([fraction for fraction, _ in call.reports], [0.0, 0.5, 1.0])

    def test_records_are_capped(self):
        call = Noted()
        for number in range(calls.RECORDS_LIMIT):
            call.record(20, "x", "log")
        self.assertEqual(call.records[-1], "x")
        for number in range(2):
            call.record(20, "x", "log")
        self.assertEqual(len(call.records), calls.RECORDS_LIMIT + 1)
        self.assertIn("is left out: there were %d records" % calls.RECORDS_LIMIT, call.records[-1])
