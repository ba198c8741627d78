# -*- coding: utf-8 -*-
"""Processes and threads that plug-ins start: the same as in plain Pyblish, and nobody waits for ever."""
import os
import shutil
import sys
import tempfile
import unittest

from client import Closed, wait_until
from plain import AsInPlain
from support import HERE, PYTHON, WithHost

FILE = u"""# -*- coding: utf-8 -*-
import os
import subprocess
import sys
import threading
import pyblish.api
import studio_work
from noting import note

class Spawns(pyblish.api.ContextPlugin):
    def process(self, context):
        import multiprocessing
        for method in METHODS:
            kind = multiprocessing.get_context(method)
            pool = kind.Pool(2)
            note(method, pool.map(studio_work.square, [1, 2, 3]))
            pool.close()
            pool.join()
            queue = kind.Queue()
            for work in (studio_work.put, studio_work.leave, studio_work.leave_at_once, studio_work.fail):
                child = kind.Process(target=work, args=(queue,))
                child.start()
                child.join(30)
                note(method, work.__name__, child.exitcode)
            note(queue.get(), queue.get())

class Executes(pyblish.api.ContextPlugin):
    order = 0.1
    def process(self, context):
        import concurrent.futures
        with concurrent.futures.ProcessPoolExecutor(1) as executor:
            note(list(executor.map(studio_work.square, [4, 5])))

class Subprocesses(pyblish.api.ContextPlugin):
    order = 0.2
    def process(self, context):
        # The descriptors that the program has, beside the three that all have.
        code = "import os; print([n for n in os.listdir('/proc/self/fd') if int(n) > 2 and os.path.exists('/proc/self/fd/' + n)])"
        for how in ({"close_fds": False}, {"close_fds": True}, {"close_fds": False, "preexec_fn": lambda: None}):
            note(subprocess.check_output([sys.executable, "-c", code], **how).decode())
        note(subprocess.call([sys.executable, "-c", "import studio_work; studio_work.leave(None)"]))

class Threads(pyblish.api.ContextPlugin):
    order = 0.3
    def process(self, context):
        def work():
            started.set()
            go.wait(30)
            context.data["late"] = True
            self.log.info("of a thread")
            done.set()
        started, go, done = threading.Event(), threading.Event(), threading.Event()
        thread = threading.Thread(target=work)
        thread.start()
        started.wait(30)
        studio_work.kept[:] = [go, done]

class ThreadsGo(pyblish.api.ContextPlugin):
    order = 0.4
    def process(self, context):
        go, done = studio_work.kept
        go.set()
        done.wait(30)
        note(context.data["late"])
"""

WORK = u"""
import os
import sys

kept = []

def square(value):
    return value * value

def put(queue):
    import pyblish_endpoint_bridge as bridge
    bridge.progress(0.5)
    queue.put(bridge.cancelled())
    queue.put(2)

def leave(queue):
    sys.exit(3)

def leave_at_once(queue):
    os._exit(4)

def fail(queue):
    raise ValueError("in the child")
"""

NO_BRIDGE = u"""
def progress(*_):
    pass
def cancelled():
    return False
"""


class Spawned(AsInPlain):
    @unittest.skipUnless(sys.version_info[0] > 2, "this Python only forks")
    @unittest.skipUnless(sys.platform.startswith("linux"), "the descriptors are those of Linux")
    def test_children_are_as_in_plain_pyblish(self):
        self.times = 1
        text = FILE.replace(u"METHODS", u'("spawn", "forkserver", "fork")')
        files = {"plugins/spawns.py": text, "studio_work.py": WORK}
        for name, content in files.items():
            self.write(name, content)
        # In plain Pyblish there is none, which the helper imports.
        self.write("pyblish_endpoint_bridge.py", NO_BRIDGE)
        expected, expected_notes, _ = self.plain()
        os.remove(os.path.join(self.folder, "pyblish_endpoint_bridge.py"))
        found, notes, _ = self.bridge()
        self.assertEqual(notes, expected_notes)
        self.assertEqual(found, expected)
        self.assertEqual([pair[2] for pair in found[0]], [None] * len(found[0]))


class SpawnedInALoop(Spawned):
    # Its main script starts the bridge again in each child, without asking whether it is `__main__`.
    host = [PYTHON, os.path.join(HERE, "looped.py")]


class Lasting(WithHost):
    """What goes on when the plug-in is done."""

    FILE = u"""
import os
import threading
import time
import pyblish.api

class LeaveChild(pyblish.api.ContextPlugin):
    def process(self, context):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setsid()
            os.close(write)
            os.read(read, 1)  # until the host has ended
            time.sleep(60)
            os._exit(0)
        os.close(read)
        context.data["child"] = pid

class LeaveThread(pyblish.api.ContextPlugin):
    def process(self, context):
        threading.Thread(target=threading.Event().wait).start()
"""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        with open(os.path.join(self.folder, "lasting.py"), "w") as file:
            file.write(self.FILE)
        self.paths = [self.folder]
        type(self).paths = self.paths
        type(self).host = self.start()
        self.addCleanup(self.host.end)
        super(Lasting, self).setUp()

    @classmethod
    def setUpClass(cls):
        cls.runtime = tempfile.mkdtemp()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.runtime)

    def end(self):
        self.client.close()

    @unittest.skipUnless(hasattr(os, "register_at_fork"), "this Python tells nobody that it forks")
    def test_child_does_not_hold_the_connection(self):
        (change,) = self.changes("LeaveChild")
        child = change["data-set"]["value"]
        try:
            self.host.process.kill()
            self.host.process.wait()
            with self.assertRaises(Closed):
                self.client.receive()
            with self.assertRaises((OSError, IOError)):
                self.host.connect()
        finally:
            os.kill(child, 9)

    def test_thread_does_not_keep_the_host(self):
        self.changes("LeaveThread")
        self.host.process.terminate()
        wait_until(lambda: self.host.process.poll() is not None, "the host waits for a thread")


if __name__ == "__main__":
    unittest.main()
