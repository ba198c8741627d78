# -*- coding: utf-8 -*-
"""What plug-ins put over globals of the host, keep of them and remove: the same as in plain Pyblish.

The same plug-ins publish three times in one process, in plain Pyblish and over the bridge. Each
writes down what it sees, and so does the host when it ends.
"""
import os
import unittest

from plain import AsInPlain
from support import HERE, PYTHON

FILE = u"""# -*- coding: utf-8 -*-
from __future__ import print_function

import atexit
import locale
import logging
import os
import signal
import sys
import threading
import warnings

import pyblish.api
import pyblish.lib
import pyblish.plugin
import noting
import studio_helper as kept

try:
    import builtins
except ImportError:
    import __builtin__ as builtins

FOLDER = os.path.dirname(os.path.abspath(__file__))


def filters():
    return [(f[0], f[2].__name__) for f in warnings.filters if f[2] is kept.Own]


def state():
    root = logging.getLogger()
    return {
        "stdout": depth(sys.stdout, kept.Both), "is ours": sys.stdout is kept.mine, "stderr": depth(sys.stderr, kept.Both),
        "level": root.level, "handlers": sorted(type(it).__name__ for it in root.handlers), "disabled": root.manager.disable,
        "excepthook": getattr(sys.excepthook, "name", None), "thread": getattr(getattr(threading, "excepthook", None), "name", None),
        "showwarning": getattr(warnings.showwarning, "name", None), "filters": filters(), "print": getattr(getattr(builtins, "print"), "name", None),
        "cwd": os.path.basename(os.getcwd()), "environment": [os.environ.get(name) for name in ("STUDIO_SET", "STUDIO_GONE")],
        "locale": locale.setlocale(locale.LC_ALL), "signal": getattr(signal.getsignal(signal.SIGINT), "name", None),
        "path": sys.path.count("/studio"), "recursion": sys.getrecursionlimit(), "argv": sys.argv[1:] == ["changed"],
        "valid": depth(pyblish.plugin.plugin_is_valid, kept.Asks), "logger": logging.getLoggerClass().__name__,
    }


def depth(found, kind):
    count = 0
    while isinstance(found, kind):
        count, found = count + 1, found.inner
    return count


def note(name):
    noting.note(name, state())


if not hasattr(kept, "began"):
    kept.began = True
    atexit.register(note, "the end")
    # A file of plug-ins may change Pyblish, too, while it is found.
    pyblish.plugin.plugin_is_valid = kept.Asks(pyblish.plugin.plugin_is_valid)


class _Noted(pyblish.api.ContextPlugin):
    def process(self, context):
        note("before " + type(self).__name__)
        self.put(context)
        note("after " + type(self).__name__)


def plugin(order):
    def make(function):
        return type(_Noted)(str(function.__name__), (_Noted,), {
            "order": order, "put": lambda self, context: function(context), "__module__": __name__})
    return make


@plugin(0)
def CollectStreams(context):
    sys.stdout, sys.stderr = kept.Both(sys.stdout), kept.Both(sys.stderr)
    kept.mine = sys.stdout
    print("printed")


@plugin(0.1)
def CollectLogging(context):
    root = logging.getLogger()
    if not any(isinstance(it, kept.Counting) for it in root.handlers):
        root.addHandler(kept.Counting())
    kept.seen = list(root.handlers)
    root.setLevel(logging.ERROR)
    logging.getLogger("studio").setLevel(5)


@plugin(0.2)
def CollectHooks(context):
    sys.excepthook = kept.Named("excepthook", sys.excepthook)
    if hasattr(threading, "excepthook"):
        threading.excepthook = kept.Named("thread", threading.excepthook)
    warnings.showwarning = kept.Named("warning", warnings.showwarning)
    warnings.simplefilter("error", kept.Own)
    builtins.print = kept.Named("print", builtins.print)
    signal.signal(signal.SIGINT, kept.Named("signal", signal.getsignal(signal.SIGINT)))


@plugin(1)
def ValidateSystem(context):
    os.chdir(FOLDER)
    os.environ["STUDIO_SET"] = os.environ.get("STUDIO_SET", "") + "x"
    os.environ.pop("STUDIO_GONE", None)
    for name in ("C.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_ALL, name)
            break
        except locale.Error:
            pass
    sys.path.append("/studio")
    sys.setrecursionlimit(sys.getrecursionlimit() + 1)
    sys.argv[1:] = ["changed"]


@plugin(1.1)
def ValidateWarns(context):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn("one", kept.Own)
    note("caught %d" % len(caught))
    try:
        warnings.warn("two", kept.Own)
    except kept.Own:
        note("raised")


@plugin(2)
def ExtractPutsBack(context):
    sys.stderr = sys.stderr.inner
    # The handler of another pair, which fills the list of that pair for ever.
    for handler in kept.seen:
        if handler not in logging.getLogger().handlers:
            logging.getLogger().addHandler(handler)


@plugin(2.1)
def ExtractRemoves(context):
    logging.getLogger().handlers[:] = [it for it in logging.getLogger().handlers if isinstance(it, kept.Counting)]
    note("handled %s" % sorted(kept.Counting.fields))


@plugin(3)
def IntegrateAgain(context):
    if "studio" in kept.later:
        sys.stdout.write("of an earlier run\\n")
    kept.later.append("studio")
"""

HELPER = u"""
import logging

later = []
seen = []
mine = None

class Own(UserWarning):
    pass

class Both(object):
    def __init__(self, inner):
        self.inner, self.kept = inner, []
    def write(self, text):
        self.kept.append(text)
        return self.inner.write(text)
    def flush(self):
        self.inner.flush()
    def __getattr__(self, name):
        return getattr(self.inner, name)

class Asks(object):
    def __init__(self, inner):
        self.inner = inner
    def __call__(self, plugin):
        return self.inner(plugin)

class Named(object):
    def __init__(self, name, inner):
        self.name, self.inner = name, inner
    def __call__(self, *arguments, **named):
        return self.inner(*arguments, **named)

class Counting(logging.Handler):
    fields = set()
    def emit(self, record):
        self.fields.update(set(vars(record)) - set(vars(logging.LogRecord("", 0, "", 0, "", (), None))) - set(["message", "asctime"]))
"""

class Globals(AsInPlain):
    times = 3

    def test_globals_are_as_in_plain_pyblish(self):
        self.write("plugins/globals.py", FILE)
        self.write("studio_helper.py", HELPER)
        pairs, plain, printed = self.plain(STUDIO_GONE="there")
        self.assertEqual([pair for publish in pairs for pair in publish if pair[2]], [])
        ours_pairs, ours, ours_printed = self.bridge(STUDIO_GONE="there")
        self.assertGreater(len(plain), 50)
        for expected, seen in zip(plain, ours):
            self.assertEqual(seen, expected)
        self.assertEqual(len(ours), len(plain))
        self.assertEqual((ours_pairs, ours_printed), (pairs, printed))
        messages = [[record["message"] for record in records] for records in self.records]
        self.assertEqual(messages, [["printed"], ["printed", "of an earlier run"], ["printed", "of an earlier run"]])
        self.assertEqual(self.broken, [[], [], []])


class GlobalsInALoop(Globals):
    host = [PYTHON, os.path.join(HERE, "looped.py")]


if __name__ == "__main__":
    unittest.main()
