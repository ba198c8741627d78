"""What the tests share: a host for each class of tests, started once."""
import os
import shutil
import sys
import tempfile
import unittest

from client import BRIDGE, HERE, Host

PLUGINS = os.path.join(HERE, "plugins")
BROKEN = os.path.join(HERE, "broken")
# The interpreter that the host is; another than runs the tests, where this says so.
PYTHON = os.environ.get("BRIDGE_TEST_PYTHON", sys.executable)


def host(runtime, *arguments, **environment):
    return Host(runtime, [PYTHON, BRIDGE], arguments, environment)


class WithHost(unittest.TestCase):
    """A host with the plug-ins beside this file, and an adapter that has opened, reset and discovered."""

    paths = [PLUGINS]
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.runtime = tempfile.mkdtemp()
        cls.host = cls.start()

    @classmethod
    def start(cls):
        arguments = list(cls.arguments) + (["--paths"] + cls.paths if cls.paths else [])
        return host(cls.runtime, *arguments).ready()

    @classmethod
    def tearDownClass(cls):
        cls.host.end()
        shutil.rmtree(cls.runtime)

    def setUp(self):
        self.client = self.host.connect()
        self.opened = self.client.get("open", user="u", machine="m")
        self.client.get("reset")
        self.found = self.client.get("discover")
        self.ids = dict((plugin["name"], plugin["id"]) for plugin in self.found["plugins"])
        self.addCleanup(self.end)

    def end(self):
        self.client.call("close")
        self.client.close()

    def again(self):
        """Closes the session and opens another; answers the context that it begins with."""
        self.end()
        self.client = self.host.connect()
        return self.client.get("open", user="u", machine="m")["context"]

    def process(self, name, instance=None):
        return self.client.get("process", plugin=self.ids[name], instance=instance)

    def two(self):
        """The ids of the hero and the prop."""
        changes = self.process("CollectTwo")["changes"]
        return [change["instance-added"]["id"] for change in changes if "instance-added" in change]

    def changes(self, name, instance=None):
        """The changes of a plug-in that must not fail."""
        outcome = self.process(name, instance)
        self.assertIsNone(outcome["failure"])
        return outcome["changes"]
