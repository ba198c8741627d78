# -*- coding: utf-8 -*-
"""What plug-ins put in place of stdout goes on working, and nothing is told twice."""
import sys
import unittest

import modules  # noqa: F401
from pyblish_endpoint_bridge.calls import CURRENT
from pyblish_endpoint_bridge.records import put_up


class Both(object):
    """What a helper for logging puts over stdout."""

    def __init__(self, stream):
        self.stream, self.kept = stream, []

    def write(self, text):
        self.kept.append(text)
        return self.stream.write(text)

    def flush(self):
        pass


class Console(object):
    def __init__(self):
        self.text = u""

    def write(self, text):
        self.text += text
        return len(text)


class Heard(object):
    """In place of a call."""

    pending = None

    def __init__(self):
        self.lines = []

    def record(self, level, message, logger):
        self.lines.append(message)


class Stdout(unittest.TestCase):
    def setUp(self):
        self.addCleanup(setattr, sys, "stdout", sys.stdout)
        self.addCleanup(setattr, CURRENT, "call", None)
        self.console = sys.stdout = Console()
        self.tee = None

    def call(self, work):
        """One call, as `Work.run` makes it; answers the lines that were told."""
        self.tee = put_up(self.tee)
        heard = CURRENT.call = Heard()
        try:
            work()
        finally:
            self.tee.finish(heard)
            CURRENT.call = None
            self.tee.take_down()
        return heard.lines

    def test_wrapped_stdout_prints_once(self):
        def wrap():
            sys.stdout = Both(sys.stdout)
            sys.stdout.write(u"first\n")

        self.assertEqual(self.call(wrap), [u"first"])
        both = sys.stdout
        self.assertEqual(self.call(lambda: sys.stdout.write(u"second\n")), [u"second"])
        self.assertIs(sys.stdout, both)
        for _ in range(3):  # it is wrapped again by each publish, as in plain Pyblish
            self.assertEqual(self.call(wrap), [u"first"])
        self.assertEqual(self.call(lambda: sys.stdout.write(u"third\n")), [u"third"])
        sys.stdout.write(u"the host\n")
        self.assertEqual(self.console.text, u"first\nsecond\nfirst\nfirst\nfirst\nthird\nthe host\n")
        self.assertEqual(both.kept[-2:], [u"third\n", u"the host\n"])

    def test_kept_stdout_goes_on_writing(self):
        kept = []
        self.call(lambda: kept.append(sys.stdout))
        self.assertIs(sys.stdout, self.console)
        kept[0].write(u"later\n")
        other = sys.stdout = Console()  # the host opens another console
        self.assertEqual(self.call(lambda: kept[0].write(u"handler\n")), [u"handler"])
        self.assertEqual((self.console.text, other.text), (u"later\nhandler\n", u""))

    def test_replaced_stdout_stays(self):
        mine = Console()
        self.call(lambda: setattr(sys, "stdout", mine))
        self.assertEqual(self.call(lambda: sys.stdout.write(u"told\n")), [u"told"])
        self.assertEqual((sys.stdout, mine.text, self.console.text), (mine, u"told\n", u""))

    def test_no_stdout(self):
        sys.stdout = None
        self.assertEqual(self.call(lambda: sys.stdout.write(u"told\n")), [u"told"])
        self.assertIsNone(sys.stdout)


if __name__ == "__main__":
    unittest.main()
