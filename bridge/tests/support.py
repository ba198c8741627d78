"""What the tests share: a host for each class of tests, started once."""
import os
import shutil
import sys
import tempfile
import unittest

from client import BRIDGE, HERE, Client, Host, Refused

PLUGINS = os.path.join(HERE, "plugins")
BROKEN = os.path.join(HERE, "broken")
# The interpreter of the host, by default the one that runs the tests.
PYTHON = os.environ.get("BRIDGE_TEST_PYTHON", sys.executable)
ROOM = 64  # connections that have not proven themselves


def host(runtime, *arguments, **environment):
    return Host(runtime, [PYTHON, BRIDGE], arguments, environment)


class WithHost(unittest.TestCase):
    """A host with the plug-ins beside this file, and an adapter that has opened, reset and
    discovered.
    """

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
        self.discover()
        self.addCleanup(self.end)

    def discover(self):
        self.found = self.client.get("discover")
        self.ids = dict((plugin["name"], plugin["id"]) for plugin in self.found["plugins"])
        return self.found

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

    def failure(self, name, instance=None):
        return self.process(name, instance)["failure"]

    def two(self):
        """The ids of the hero and the prop."""
        changes = self.process("CollectTwo")["changes"]
        return [change["instance-added"]["id"] for change in changes if "instance-added" in change]

    def changes(self, name, instance=None):
        """The changes that a plug-in makes, which must not fail."""
        outcome = self.process(name, instance)
        self.assertIsNone(outcome["failure"])
        return outcome["changes"]


class Looped(object):
    """The same in a host with a main loop of its own, where a thread reads the socket."""

    @classmethod
    def start(cls):
        return Host(cls.runtime, [PYTHON, os.path.join(HERE, "looped.py"), "--paths"] + cls.paths).ready()


class Starting(unittest.TestCase):
    """Hosts that a test starts itself."""

    def setUp(self):
        self.runtime = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.runtime)

    def start(self, *arguments, **environment):
        found = host(self.runtime, *arguments, **environment)
        self.addCleanup(found.end)
        return found

    def fails(self, *arguments, **environment):
        found = self.start(*arguments, **environment)
        self.assertTrue(found.first.wait(60))
        return found.end()


class Strangers(WithHost):
    """A host, and programs that do not prove themselves."""

    def setUp(self):
        pass

    def silent(self):
        client = Client(self.host.address, b"", greet=False)
        self.addCleanup(client.close)
        return client

    def works(self):
        """Whether an adapter with the secret is let in and served."""
        client = self.host.connect()
        client.get("open", user="u", machine="m")
        client.get("reset")
        client.get("close")
        client.close()

    def refusal(self, client):
        with self.assertRaises(Refused) as caught:
            client.expect("challenge")
        return caught.exception
