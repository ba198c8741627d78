# -*- coding: utf-8 -*-
"""What plug-ins do to stdout goes on working, and nothing is told twice."""
import io
import os
import sys
import tempfile
import unittest

import modules  # noqa: F401
from pyblish_endpoint_bridge.calls import CURRENT
from pyblish_endpoint_bridge.stdout import Stdout


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


class Slots(object):
    """As a host's own stdout in C: no attribute of it can be set."""

    __slots__ = ("text",)

    def __init__(self):
        self.text = u""

    def write(self, text):
        self.text += text
        return len(text)


class Through(Both):
    """Sets all attributes of what it is put over."""

    def __init__(self, stream):
        self.__dict__.update(stream=stream, kept=[])

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def __setattr__(self, name, value):
        setattr(self.stream, name, value)


class Heard(object):
    """In place of a call."""

    pending = None

    def __init__(self):
        self.lines = []

    def record(self, level, message, logger):
        self.lines.append(message)


def say(text):
    return lambda: sys.stdout.write(text + u"\n")


class WithStdout(object):
    """`console` is the host's stdout."""

    console_type = Console

    def setUp(self):
        self.addCleanup(setattr, sys, "stdout", sys.stdout)
        self.addCleanup(setattr, CURRENT, "call", None)
        self.console = sys.stdout = self.console_type()
        self.stdout = Stdout()

    def call(self, *works):
        """Calls as `Work.run` makes them, in one batch; answers the lines that were told."""
        heard = CURRENT.call = Heard()
        try:
            for work in works:
                self.stdout.put_up()
                work()
        finally:
            self.stdout.finish(heard)
            CURRENT.call = None
            self.stdout.take_down()
        return heard.lines

    def test_wrapped_stdout_prints_once(self):
        def wrap():
            sys.stdout = Both(sys.stdout)
            sys.stdout.write(u"first\n")

        self.assertEqual(self.call(wrap), [u"first"])
        both = sys.stdout
        self.assertEqual(self.call(say(u"second"), say(u"more")), [u"second", u"more"])
        self.assertIs(sys.stdout, both)
        for _ in range(3):  # it is wrapped again by each publish, as in plain Pyblish
            self.assertEqual(self.call(wrap), [u"first"])
        self.assertEqual(self.call(say(u"third")), [u"third"])
        sys.stdout.write(u"the host\n")
        self.assertEqual(self.console.text, u"first\nsecond\nmore\nfirst\nfirst\nfirst\nthird\nthe host\n")
        self.assertEqual(both.kept[-2:], [u"third\n", u"the host\n"])

    def test_many_wraps_are_no_deeper_than_the_plugins_own(self):
        def wrap():
            sys.stdout = Both(sys.stdout)

        for _ in range(300):
            self.call(wrap)
        depth, stream = 0, sys.stdout
        while isinstance(stream, Both):
            depth, stream = depth + 1, stream.stream
        self.assertEqual(depth, 300)
        self.assertEqual(self.call(say(u"deep")), [u"deep"])
        self.assertEqual(self.console.text, u"deep\n")

    def test_helper_that_asks_wraps_once(self):
        for is_there in (lambda: isinstance(sys.stdout, Both), lambda: sys.stdout is mine[-1], lambda: hasattr(sys.stdout, "kept")):
            sys.stdout, mine = self.console, [None]

            def wrap():
                if not is_there():
                    sys.stdout = Both(sys.stdout)
                    mine.append(sys.stdout)

            for _ in range(3):
                self.assertEqual(self.call(wrap, wrap, say(u"once")), [u"once"])
            self.assertEqual(len(mine), 2)
            self.assertIs(sys.stdout, mine[1])

    def test_hosts_own_wrapper_is_found(self):
        mine = sys.stdout = Both(self.console)  # by a start-up script, before any call
        seen = []
        self.call(lambda: seen.append(sys.stdout))
        self.assertEqual((seen, type(seen[0])), ([mine], Both))

    def test_wrapper_that_hands_on_attributes(self):
        sys.stdout = Through(Both(self.console))
        self.assertEqual(self.call(say(u"told")), [u"told"])
        self.assertEqual(self.console.text, u"told\n")
        self.assertNotIn("write", vars(sys.stdout.stream))

    def test_kept_write_goes_on(self):
        kept = []
        self.call(lambda: kept.append(sys.stdout.write))
        kept[0](u"between\n")
        self.assertEqual(self.call(lambda: kept[0](u"later\n")), [u"later"])
        self.assertEqual(self.console.text, u"between\nlater\n")

    def test_handler_writes_to_the_hosts_own(self):
        kept = []
        self.call(lambda: kept.append(sys.stdout))
        self.call(lambda: setattr(sys, "stdout", Both(sys.stdout)))
        # Whatever is over it, a handler of the first call is heard.
        self.assertEqual(self.call(lambda: kept[0].write(u"handler\n")), [u"handler"])

    def test_replaced_stdout_stays(self):
        mine = Console()
        self.call(lambda: setattr(sys, "stdout", mine))
        self.assertEqual(self.call(say(u"told")), [u"told"])
        self.assertEqual((sys.stdout, mine.text, self.console.text), (mine, u"told\n", u""))

    def test_stdout_that_is_put_back(self):
        def put_back():
            sys.stdout = before[0]

        before = []
        self.call(lambda: before.append(sys.stdout), lambda: setattr(sys, "stdout", Console()))
        self.call(put_back)
        self.assertIs(sys.stdout, self.console)
        self.assertEqual(self.call(say(u"told")), [u"told"])
        self.assertEqual(self.console.text, u"told\n")

    def test_no_stdout(self):
        sys.stdout = None
        self.assertEqual(self.call(say(u"told")), [u"told"])
        self.assertIsNone(sys.stdout)

    def test_deleted_stdout(self):
        def delete():
            del sys.stdout

        self.assertEqual(self.call(delete, lambda: None), [])
        self.assertFalse(hasattr(sys, "stdout"))
        sys.stdout = self.console
        self.assertEqual(self.call(say(u"told")), [u"told"])


class OwnStdout(WithStdout, unittest.TestCase):
    """A stream of Python's own kinds."""

    def test_stream_is_the_same(self):
        before = dict(vars(self.console))
        seen = []
        self.call(lambda: seen.extend([sys.stdout, type(sys.stdout)]))
        self.assertEqual(seen, [self.console, Console])
        self.assertEqual(vars(self.console), before)

    def test_write_that_a_plugin_puts_there(self):
        def patch():
            write = sys.stdout.write
            sys.stdout.write = lambda text: write(u"> " + text)

        self.assertEqual(self.call(patch, say(u"one")), [u"> one"])
        patched = sys.stdout.write
        self.assertEqual(self.call(say(u"two")), [u"two"])  # what was printed, before it was changed
        self.assertIs(sys.stdout.write, patched)
        sys.stdout.write(u"the host\n")
        self.assertEqual(self.console.text, u"> one\n> two\n> the host\n")

    def test_write_that_a_plugin_puts_back(self):
        kept = []
        self.call(lambda: kept.append(sys.stdout.write), lambda: setattr(sys.stdout, "write", lambda text: None))
        self.call(lambda: setattr(sys.stdout, "write", kept[0]))
        self.assertNotIn("write", vars(self.console))
        self.assertEqual(self.call(say(u"told")), [u"told"])
        self.assertEqual(self.console.text, u"told\n")


class HostsStdout(WithStdout, unittest.TestCase):
    """A stream that gets one of ours in its place."""

    console_type = Slots

    def test_stream_of_ours_that_is_put_back(self):
        kept = []
        self.call(lambda: kept.append(sys.stdout))
        sys.stdout = kept[0]  # as a plug-in's thread does, after the call
        self.assertEqual(self.call(say(u"told")), [u"told"])
        self.assertIs(sys.stdout, self.console)


class Files(unittest.TestCase):
    def test_real_file(self):
        handle, path = tempfile.mkstemp()
        os.close(handle)
        self.addCleanup(os.remove, path)
        self.addCleanup(setattr, sys, "stdout", sys.stdout)
        self.addCleanup(setattr, CURRENT, "call", None)
        sys.stdout = file = open(path, "w") if sys.version_info[0] == 2 else io.open(path, "w", encoding="utf-8")
        stdout, heard = Stdout(), Heard()
        CURRENT.call = heard
        stdout.put_up()
        print("one")
        sys.stdout.writelines(["two\n", "three"])
        stdout.finish(heard)
        CURRENT.call = None
        stdout.take_down()
        print(" four")
        self.assertIs(sys.stdout, file)
        file.close()
        self.assertEqual(heard.lines, [u"one", u"two", u"three"])
        with io.open(path) as found:
            self.assertEqual(found.read(), u"one\ntwo\nthree four\n")


if __name__ == "__main__":
    unittest.main()
