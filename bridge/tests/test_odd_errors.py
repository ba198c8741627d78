# -*- coding: utf-8 -*-
"""Errors that raise while they are described: each is told as itself, and the host lives."""
import os
import shutil
import sys
import tempfile
import unittest

from support import PYTHON, WithHost

FILE = u"""# -*- coding: utf-8 -*-
import sys
import pyblish.api

def fail(*_, **__):
    raise SystemExit("in the middle")

class Texts(Exception):
    __str__ = __repr__ = fail

class Attributes(Exception):
    title = detail = description = property(fail)

class Anything(Exception):
    def __getattr__(self, name):
        raise RuntimeError(name)

class Sealed(Exception):
    __setattr__ = fail

class Refuses(Exception):
    def __setattr__(self, name, value):
        raise TypeError("no " + name)

class Traceback(Exception):
    formatted_traceback = traceback = property(fail, lambda self, value: None)

class Base(BaseException):
    pass

class Typed(Exception):
    title, detail = 5, ["a", "list"]

def circle():
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    return one

def unsourced():
    names = {}
    exec(compile("def raising():\\n    raise ValueError('unsourced')", "<nowhere>", "exec"), names)
    try:
        names["raising"]()
    except ValueError as error:
        return error

ERRORS = [Texts("a"), Attributes("a"), Anything("a"), Sealed("a"), Refuses("a"), Traceback("a"), Base("a"), Typed("a"), circle(), unsourced(),
          UnicodeDecodeError("utf-8", b"\\xfc", 0, 1, "bad"), SyntaxError("a", ("no file", 3, 1, None)), GeneratorExit("a"), OSError(2, "gone", "x")]
if sys.version_info >= (3, 11):
    ERRORS.append(ExceptionGroup("group", [ValueError("one"), Texts("two")]))
    ERRORS[1].add_note("noted")

class Reads(Exception):
    def __getattribute__(self, name):
        raise SystemExit("in the middle")

class Class(Exception):
    __class__ = property(fail)

class Chain(Exception):
    __traceback__ = __context__ = __cause__ = __notes__ = property(fail)

class Meta(type):
    __name__ = property(fail)

Named = Meta("Named", (Exception,), {})

class Number(Exception):
    formatted_traceback = property(lambda self: 5)

for name, class_ in [("Reads", Reads), ("Class", Class), ("Chain", Chain), ("Named", Named), ("Number", Number)]:
    # As an explicit and as an implicit plug-in.
    for _base in (pyblish.api.ContextPlugin, pyblish.api.Validator):
        def make(class_=class_):
            def process(self, context):
                raise class_("a")
            return process
        globals()[name + _base.__name__] = type(_base)(name + _base.__name__, (_base,), {"process": make()})

for at, error in enumerate(ERRORS):
    def process(self, context, error=error):
        raise error
    globals()["Fail%d" % at] = type(pyblish.api.ContextPlugin)("Fail%d" % at, (pyblish.api.ContextPlugin,), {
        "process": lambda self, context, process=process: process(self, context), "doc": type(error).__name__})
"""


class OddErrors(WithHost):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        with open(os.path.join(cls.folder, "odd.py"), "wb") as file:
            file.write(FILE.encode("utf-8"))
        cls.paths = [cls.folder]
        super(OddErrors, cls).setUpClass()

    @classmethod
    def tearDownClass(cls):
        super(OddErrors, cls).tearDownClass()
        shutil.rmtree(cls.folder)

    def test_each_is_told_as_itself(self):
        kinds = ["Texts", "Attributes", "Anything", "Sealed", "Refuses", "Traceback", "Base", "Typed", "ValueError", "ValueError",
                 "UnicodeDecodeError", "SyntaxError", "GeneratorExit"]
        told = [self.failure("Fail%d" % at) for at in range(len(kinds))]
        self.assertEqual([failed["kind"] for failed in told], kinds)
        for failed in told[1:8]:
            self.assertEqual(failed["message"], "a")
        self.assertEqual((told[7]["title"], told[7]["detail"]), (None, None))
        self.assertIn("odd.py", told[3]["traceback"])
        self.assertEqual(told[9]["message"], "unsourced")
        self.assertIn(self.failure("Fail13")["kind"], ("FileNotFoundError", "OSError"))
        self.assertIsNone(self.failure("CollectHostVersion"))

    @unittest.skipIf(sys.version_info[0] == 2, "in Python 2, errors have no attributes of their own")
    def test_class_that_lies_is_told_as_itself(self):
        for name in ("Reads", "Class", "Chain", "Named", "Number"):
            for base in ("ContextPlugin", "Validator"):
                failed = self.failure(name + base)
                self.assertEqual(failed["kind"], name)
                self.assertIn("odd.py", failed["traceback"])
        self.assertIsNone(self.failure("CollectHostVersion"))

    @unittest.skipIf(PYTHON != sys.executable or sys.version_info < (3, 11), "groups are of Python 3.11")
    def test_group_is_told(self):
        failed = self.failure("Fail14")
        self.assertEqual((failed["kind"], failed["message"]), ("ExceptionGroup", "group (2 sub-exceptions)"))
        self.assertIn("ValueError: one", failed["traceback"])


class RemovedObjects(WithHost):
    """What the host has removed raises at each question. It is shown, and stops nobody."""

    def test_another_session_finds_it(self):
        told = [change["instance-added"] for change in self.changes("HoldRemoved") if "instance-added" in change][0]
        self.assertEqual(told["members"], ["<removed>"])
        again = [change["instance-added"] for change in self.again() if "instance-added" in change]
        self.assertEqual(again[0]["members"], ["<removed>"])
        self.assertIn("<removed>", str(dict(again[0]["data"])["thing"]))
