# -*- coding: utf-8 -*-
"""A host without a Pyblish that can be used."""
import os

import modules  # noqa: F401, finds the modules
from client import BRIDGE, Host
from pyblish_endpoint_bridge.hosts import HOSTS
from support import PYTHON, Starting


class PyblishBase(Starting):
    def test_missing_pyblish_is_explained(self):
        # Isolated from the interpreter's installed packages.
        found = Host(self.runtime, [PYTHON, "-S", BRIDGE], environment={"PYTHONPATH": ""}).ready()
        client = found.connect()
        kind, body = client.call("open", user="u", machine="m")
        self.assertEqual(kind, "failed")
        self.assertIn("There is no pyblish-base in", body["failure"]["message"])
        self.assertIn("pip install pyblish-base==1.8.12", body["failure"]["message"])
        client.close()
        self.assertIn("There is no pyblish-base in", found.end())

    def test_advice_is_that_of_host_install(self):
        self.assertIn("`pyblish-endpoint host install blender`", HOSTS["blender"]().install_advice())
        self.assertIn("pip install pyblish-base", HOSTS["python"]().install_advice())

    def test_old_pyblish_is_explained(self):
        old = os.path.join(self.runtime, "old", "pyblish")
        os.makedirs(old)
        for name in ("__init__", "api", "lib", "plugin"):
            with open(os.path.join(old, name + ".py"), "w") as file:
                file.write("version = '1.4.2'\n")
        found = self.start(PYTHONPATH=os.path.dirname(old)).ready()
        client = found.connect()
        kind, body = client.call("open", user="u", machine="m")
        client.close()
        self.assertEqual(kind, "failed")
        self.assertIn("pyblish-base 1.4.2 in", body["failure"]["message"])
        self.assertIn("is too old; the bridge needs 1.8.0 or later", body["failure"]["message"])
