# -*- coding: utf-8 -*-
"""Ending with another process."""
import os
import subprocess
import sys

from client import wait_until
from support import Starting

# Python calls `__enter__` of a condition for each wait of an event.
BETWEEN = """
import os
import signal
import threading

enter = threading.Condition.__enter__


def entered(condition):
    result = enter(condition)
    if threading.get_ident() == threading.main_thread().ident and os.path.exists(os.environ["NOW"]):
        os.remove(os.environ["NOW"])
        os.kill(os.getpid(), signal.SIGTERM)
    return result


threading.Condition.__enter__ = entered
"""


class Processes(Starting):
    def test_bridge_ends_with_process(self):
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        found = self.start("--exit-with", str(other.pid)).ready()
        other.communicate(b"\n")
        wait_until(lambda: found.process.poll() is not None, "the host ends")
        self.assertFalse(os.path.exists(found.file))

    def test_bridge_ends_whatever_its_main_thread_did(self):
        # SIGTERM raises where the main thread is: here just after it took the lock of an event that
        # it waits for, which it then never gives back.
        with open(os.path.join(self.runtime, "sitecustomize.py"), "w") as file:
            file.write(BETWEEN)
        now = os.path.join(self.runtime, "now")
        found = self.start(PYTHONPATH=self.runtime, NOW=now).ready()
        open(now, "w").close()
        wait_until(lambda: found.process.poll() is not None, "the host ends")
        self.assertFalse(os.path.exists(found.file))
        self.assertFalse(os.path.exists(now))
