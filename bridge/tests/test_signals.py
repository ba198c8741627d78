# -*- coding: utf-8 -*-
"""A signal that a plug-in set up, and that comes when the plug-in is long done."""
import os
import shutil
import signal
import tempfile
import unittest

from client import wait_until
from support import WithHost

FILE = """
import signal
import pyblish.api

def ring(*_):
    raise RuntimeError("a late alarm")

class Late(pyblish.api.ContextPlugin):
    def process(self, context):
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
"""


@unittest.skipUnless(hasattr(signal, "setitimer"), "there is no alarm on this system")
class Signals(WithHost):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        with open(os.path.join(cls.folder, "late.py"), "w") as file:
            file.write(FILE)
        cls.paths = [cls.folder]
        super(Signals, cls).setUpClass()

    @classmethod
    def tearDownClass(cls):
        super(Signals, cls).tearDownClass()
        shutil.rmtree(cls.folder)

    def rung(self):
        return sum(line.startswith("RuntimeError: a late alarm") for line in self.host.output["stderr"])

    def test_late_alarm_does_not_end_the_host(self):
        self.process("Late")
        wait_until(lambda: self.rung() == 1, "nothing was rung")
        self.assertEqual(self.client.get("ping"), {"id": self.client.number})
        # Without an adapter, too.
        self.process("Late")
        self.client.get("close")
        self.client.close()
        wait_until(lambda: self.rung() == 2, "nothing was rung")
        self.client = self.host.connect()
        self.client.get("open", user="u", machine="m")


if __name__ == "__main__":
    unittest.main()
