# -*- coding: utf-8 -*-
"""Ending with another process."""
import os
import subprocess
import sys

from client import wait_until
from support import Starting


class Processes(Starting):
    def test_bridge_ends_with_process(self):
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        found = self.start("--exit-with", str(other.pid)).ready()
        other.communicate(b"\n")
        wait_until(lambda: found.process.poll() is not None, "the host ends")
        self.assertFalse(os.path.exists(found.file))
