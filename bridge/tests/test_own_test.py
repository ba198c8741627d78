# -*- coding: utf-8 -*-
"""A studio's own test of when to stop: the plug-ins that it stops are told as switched off."""
import os
import shutil
import tempfile

from support import WithHost

FILE = """
import pyblish.api
import pyblish.logic

def test(**variables):
    default = pyblish.logic.default_test(**variables)
    if default:
        return default
    if MODE == "raises" and variables["nextOrder"] >= 2:
        raise ValueError("no idea")
    if MODE == "dry" and variables["nextOrder"] >= 2.5:
        return "dry run"
    if variables["nextOrder"] >= 2.5 and any(order >= 1.5 for order in variables["ordersWithError"]):
        return "failed extraction"

MODE = None

class CollectIt(pyblish.api.ContextPlugin):
    order = 0
    def process(self, context):
        context.create_instance("one")

class CollectMode(pyblish.api.ContextPlugin):
    order = 0.1
    def process(self, context):
        global MODE
        MODE = context.data.get("mode")
        if MODE != "late":
            pyblish.api.register_test(test)

class CollectLast(pyblish.api.ContextPlugin):
    order = 0.2
    def process(self, context):
        pass

class ValidateIt(pyblish.api.InstancePlugin):
    order = 1
    def process(self, instance):
        pass

class ExtractFails(pyblish.api.InstancePlugin):
    order = 2
    def process(self, instance):
        raise RuntimeError("the disk is full")

class ExtractMore(pyblish.api.InstancePlugin):
    order = 2.4
    def process(self, instance):
        pass

class Integrate(pyblish.api.InstancePlugin):
    order = 3
    def process(self, instance):
        pass

class Default(pyblish.api.ContextPlugin):
    order = 9
    def process(self, context):
        pyblish.api.deregister_test()
"""


class OwnTest(WithHost):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        with open(os.path.join(cls.folder, "stop.py"), "w") as file:
            file.write(FILE)
        cls.paths = [cls.folder]
        super(OwnTest, cls).setUpClass()

    @classmethod
    def tearDownClass(cls):
        super(OwnTest, cls).tearDownClass()
        shutil.rmtree(cls.folder)

    def run_until(self, *names):
        """Runs plug-ins; answers which are told as switched off or on, after each."""
        told, by_id = [], dict((number, name) for name, number in self.ids.items())
        one = None
        for name in names:
            on_instance = not name.startswith(("Collect", "Default"))
            changes = self.process(name, one if on_instance else None)["changes"]
            one = one or ([c["instance-added"]["id"] for c in changes if "instance-added" in c] or [None])[0]
            told.append([(by_id[c["plugin-activated"]["plugin"]], c["plugin-activated"]["active"])
                         for c in changes if "plugin-activated" in c])
        return told

    def mode(self, mode):
        self.client.get("apply", changes=[{"data-set": {"instance": None, "key": "mode", "value": mode}}])

    def end(self):
        self.process("Default")
        super(OwnTest, self).end()

    OFF = [("Integrate", False), ("Default", False)]

    def test_failed_extractor_stops_integration(self):
        told = self.run_until("CollectIt", "CollectMode", "CollectLast", "ValidateIt", "ExtractFails", "ExtractMore")
        self.assertEqual(told, [[], [], [], [], self.OFF, []])
        (record,) = [record for record in self.client.records() if record["logger"] == "stdout"]
        self.assertIn("Stopped due to failed extraction. It is the studio's own test; Integrate", record["message"])
        # The event that ends the run brings them back.
        changes = self.client.get("notify", event="published", arguments={})["changes"]
        self.assertEqual([change["plugin-activated"]["active"] for change in changes], [True, True])

    def test_test_without_errors(self):
        self.mode("dry")
        self.assertEqual(self.run_until("CollectIt", "CollectMode", "CollectLast"), [[], self.OFF, []])
        changes = self.client.get("reset")["changes"]
        self.assertEqual([change["plugin-activated"]["active"] for change in changes], [True, True])

    def test_test_that_raises_stops(self):
        self.mode("raises")
        told = self.run_until("CollectIt", "CollectMode")[1]
        self.assertEqual([name for name, _ in told], ["ExtractFails", "ExtractMore", "Integrate", "Default"])
        (record,) = [record for record in self.client.records() if record["logger"] == "stdout"]
        self.assertIn("raised ValueError: no idea", record["message"])

    def test_pyblishs_own_test_is_the_runtimes(self):
        self.mode("late")
        told = self.run_until("CollectIt", "CollectMode", "CollectLast", "ValidateIt", "ExtractFails", "ExtractMore")
        self.assertEqual(told, [[]] * 6)
