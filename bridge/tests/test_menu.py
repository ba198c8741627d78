# -*- coding: utf-8 -*-
"""The Publish entry, with a stand-in that prints what the runtime's real program prints."""
import json
import os
import shutil
import stat
import sys
import tempfile
import unittest

from client import SOURCE

sys.path.insert(0, SOURCE)
import pyblish_endpoint_menu as menu  # noqa: E402
from pyblish_endpoint_bridge import __version__ as VERSION  # noqa: E402

STAND_IN = u"""#!%s
import json, os, sys
if sys.argv[1] == "--version":
    print("pyblish-endpoint %s")
    sys.exit(0)
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "asked"), "a") as asked:
    asked.write(" ".join(sys.argv[1:]) + "\\n")
said = json.load(open(os.path.join(here, "said.json"))).get(sys.argv[1])
if said is None:
    sys.stderr.write("a line of its log\\npyblish-endpoint: it cannot\\n")
    sys.exit(1)
sys.stdout.write(said + "\\n")
"""

NOBODY = 2 ** 22 + 1  # no process has this number


@unittest.skipIf(os.name == "nt", "the stand-in is a script with a first line that names its interpreter")
class OpenPage(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.program = os.path.join(self.folder, "stand-in")
        with open(self.program, "wb") as script:
            script.write((STAND_IN % (sys.executable, VERSION)).encode("utf-8"))
        os.chmod(self.program, stat.S_IRWXU)
        self.opened = []
        self.browser = True
        former = menu.webbrowser.open
        menu.webbrowser.open = lambda address: self.opened.append(address) or self.browser
        self.addCleanup(setattr, menu.webbrowser, "open", former)
        self.addCleanup(lambda: [process.wait() for process in menu.SERVERS])

    def says(self, **said):
        with open(os.path.join(self.folder, "said.json"), "w") as out:
            json.dump(said, out)

    def asked(self):
        with open(os.path.join(self.folder, "asked")) as asked:
            return asked.read().splitlines()

    def server(self, **more):
        return dict({"address": "http://127.0.0.1:6000", "pid": 7, "hosts": ["maya"], "hostPid": 42}, **more)

    def open(self, **more):
        menu.open_page("maya", 42, self.program, **more)

    def test_runtime_is_started_for_host(self):
        self.says(list="[]", serve=json.dumps(self.server()))
        self.open()
        self.assertEqual(self.opened, ["http://127.0.0.1:6000/"])
        self.assertEqual(self.asked(), [
            "list --json", "serve --host maya --pid 42 --exit-with 42 --port auto --json --log warn"])

    def test_new_runtimes_page_is_opened(self):
        self.says(list="[]", serve=json.dumps(self.server(page="http://127.0.0.1:6000/#code=x", tokenFile="/t")))
        self.open()
        self.assertEqual(self.opened, ["http://127.0.0.1:6000/#code=x"])

    def test_running_runtime_is_used(self):
        other = self.server(address="http://127.0.0.1:6001", hostPid=43)
        self.says(list=json.dumps([other, self.server()]))
        self.open()
        self.assertEqual(self.opened, ["http://127.0.0.1:6000/"])
        self.assertEqual(self.asked(), ["list --json"])

    def test_code_is_asked_for(self):
        self.says(list=json.dumps([self.server(tokenFile="/t")]), open="http://127.0.0.1:6000/#code=y")
        self.open()
        self.assertEqual(self.opened, ["http://127.0.0.1:6000/#code=y"])
        self.assertEqual(self.asked(), ["list --json", "open --pid 7"])

    def test_runtime_of_ended_host_is_used(self):
        former = json.dumps([self.server(hostPid=NOBODY)])
        self.says(list=former)
        self.open(driven=True)
        self.assertEqual(self.asked(), ["list --json"])
        # If nothing is connected to the bridge, it does not.
        self.says(list=former, serve=json.dumps(self.server()))
        self.open()
        self.assertEqual(len(self.asked()), 3)

    def test_errors_are_explained(self):
        def told(**said):
            self.says(**said)
            with self.assertRaises(menu.MenuError) as raised:
                self.open()
            return "%s" % raised.exception

        self.assertEqual(told(), "it cannot")
        self.assertEqual(told(list="[]"), "it cannot")
        self.assertIn("Run it in a terminal", told(list="[]", serve="no JSON"))
        self.browser = False
        self.assertIn("http://127.0.0.1:6000/", told(list="[]", serve=json.dumps(self.server())))
        with open(self.program, "w") as script:
            script.write("no program")
        with self.assertRaises(menu.pyblish_endpoint_program.ProgramError) as raised:
            self.open()
        self.assertIn("no program for this machine", "%s" % raised.exception)


if __name__ == "__main__":
    unittest.main()
