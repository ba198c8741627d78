# -*- coding: utf-8 -*-
"""A forked child of a plug-in never answers in place of the host."""
import os
import shutil
import signal
import sys
import tempfile
import unittest

from support import Looped, WithHost

FILE = """
import os
import sys
import pyblish.api
import pyblish_endpoint_bridge as bridge

def ended(pid):
    return os.WEXITSTATUS(os.waitpid(pid, 0)[1])

def child(number, work):
    class Fork(pyblish.api.ContextPlugin):
        def process(self, context):
            self.log.info("before")
            pid = os.fork()
            if pid == 0:
                self.log.info("the child")
                print("the child")
                bridge.progress(0.5)
                bridge.cancelled()
                return work()
            context.data["code"] = ended(pid)
    Fork.__name__ = "Fork%d" % number
    globals()[Fork.__name__] = Fork

def fail():
    raise ValueError("in the child")

class Own(BaseException):
    pass

def own():
    raise Own()

for number, work in enumerate([lambda: None, lambda: sys.exit(), lambda: sys.exit(3), lambda: sys.exit("words"), fail, own, lambda: os._exit(5)]):
    child(number, work)

class Ended(pyblish.api.ContextPlugin):
    # A child is asked to end, in a host where a plug-in has a handler of its own for that.
    def process(self, context):
        import signal
        before = signal.signal(signal.SIGTERM, lambda *_: os._exit(7)) if context.data.get("own") else None
        pid = os.fork()
        if pid == 0:
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(8)
        status = os.waitpid(pid, 0)[1]
        context.data["code"] = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        if before is not None:
            signal.signal(signal.SIGTERM, before)

class Several(pyblish.api.ContextPlugin):
    def process(self, context):
        import multiprocessing
        kind = multiprocessing.get_context("fork") if hasattr(multiprocessing, "get_context") else multiprocessing
        worker = kind.Process(target=sys.exit, args=(4,))
        worker.start()
        worker.join()
        context.data["code"] = worker.exitcode
"""


@unittest.skipUnless(hasattr(os, "fork"), "there is no fork on this system")
class Children(WithHost):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        with open(os.path.join(cls.folder, "forks.py"), "w") as file:
            file.write(FILE)
        cls.paths = [cls.folder]
        super(Children, cls).setUpClass()

    @classmethod
    def tearDownClass(cls):
        super(Children, cls).tearDownClass()
        shutil.rmtree(cls.folder)

    def code(self, name):
        """The exit code of the child; the host must answer once, and go on."""
        outcome = self.process(name)
        self.assertIsNone(outcome["failure"])
        codes = [change["data-set"]["value"] for change in outcome["changes"] if change["data-set"]["key"] == "code"]
        self.assertEqual(self.client.get("ping"), {"id": self.client.number})
        return (codes or [None])[0]

    def test_children_end_with_their_codes(self):
        self.assertEqual([self.code("Fork%d" % number) for number in range(7)], [0, None, 3, 1, None, None, 5])
        self.assertEqual(self.client.messages(), ["before"] * 7)

    def test_signal_of_a_child(self):
        if sys.version_info[0] > 2:
            self.assertEqual(self.code("Ended"), -signal.SIGTERM)
        self.client.get("apply", changes=[{"data-set": {"instance": None, "key": "own", "value": True}}])
        self.assertEqual(self.code("Ended"), 7)

    def test_multiprocessing(self):
        self.assertEqual(self.code("Several"), 4)


class ChildrenInALoop(Looped, Children):
    pass
