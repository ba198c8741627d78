# -*- coding: utf-8 -*-
"""A studio's own test of when to stop: what it says is told after each pair."""
import os
import shutil
import tempfile

from support import WithHost

FILE = """
import pyblish.api
import pyblish.logic

def test(**variables):
    if MODE == "lenient":
        return None
    default = pyblish.logic.default_test(**variables)
    if default:
        return default
    if MODE == "early" and variables["nextOrder"] == 0.2:
        return "early"
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

class ValidateFails(pyblish.api.InstancePlugin):
    order = 1.1
    def process(self, instance):
        raise ValueError("wrong")

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


class StopTest(WithHost):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        with open(os.path.join(cls.folder, "stop.py"), "w") as file:
            file.write(FILE)
        cls.paths = [cls.folder]
        super(StopTest, cls).setUpClass()

    @classmethod
    def tearDownClass(cls):
        super(StopTest, cls).tearDownClass()
        shutil.rmtree(cls.folder)

    def run_until(self, *names):
        """Runs plug-ins; answers what the test says after each, where that changed."""
        told, by_id = [], dict((number, name) for name, number in self.ids.items())
        one = None
        for name in names:
            on_instance = not name.startswith(("Collect", "Default"))
            changes = self.process(name, one if on_instance else None)["changes"]
            one = one or ([c["instance-added"]["id"] for c in changes if "instance-added" in c] or [None])[0]
            tests = [change["stop-test-set"] for change in changes if "stop-test-set" in change]
            told.append([None if stops is None else [(by_id[stop["plugin"]], stop["reason"]) for stop in stops]
                         for stops in tests])
        return told

    def mode(self, mode):
        self.client.get("apply", changes=[{"data-set": {"instance": None, "key": "mode", "value": mode}}])

    def end(self):
        self.process("Default")
        super(StopTest, self).end()

    COLLECT = "CollectIt", "CollectMode", "CollectLast"
    STOPPED = [("Integrate", "failed extraction"), ("Default", "failed extraction")]

    def test_failed_extractor_stops_integration(self):
        told = self.run_until(*self.COLLECT + ("ValidateIt", "ExtractFails", "ExtractMore"))
        self.assertEqual(told, [[], [[]], [], [], [self.STOPPED], []])
        # The event that ends the run ends what it says of its errors.
        changes = self.client.get("notify", event="published", arguments={})["changes"]
        self.assertEqual(changes, [{"stop-test-set": []}])

    def test_test_without_errors(self):
        self.mode("dry")
        self.assertEqual(self.run_until(*self.COLLECT), [
            [], [[("Integrate", "dry run"), ("Default", "dry run")]], []])

    def test_stop_before_a_collector(self):
        self.mode("early")
        # As in Pyblish, the collectors go on with the test that was registered when they began.
        self.assertEqual(self.run_until(*self.COLLECT[:2]), [[], [[]]])
        changes = self.client.get("reset")["changes"]
        last = {"plugin": self.ids["CollectLast"], "reason": "early"}
        self.assertIn({"stop-test-set": [last]}, changes)

    def test_lenient_test_goes_on_after_a_failed_validation(self):
        self.mode("lenient")
        told = self.run_until(*self.COLLECT + ("ValidateFails", "ExtractFails", "Integrate"))
        self.assertEqual(told, [[], [[]], [], [], [], []])

    def test_test_that_raises_stops(self):
        self.mode("raises")
        why = "the studio's test of when to stop, which raised ValueError: no idea"
        self.assertEqual(self.run_until("CollectIt", "CollectMode")[1], [
            [(name, why) for name in ("ExtractFails", "ExtractMore", "Integrate", "Default")]])

    def test_pyblishs_own_test_is_the_runtimes(self):
        self.mode("late")
        told = self.run_until(*self.COLLECT + ("ValidateIt", "ExtractFails", "ExtractMore"))
        self.assertEqual(told, [[]] * 6)

    def test_discovery_tells_what_is_registered(self):
        self.run_until("CollectIt", "CollectMode")
        self.client.get("reset")
        found = self.discover()
        self.assertEqual((found["targets"], found["stop-test"]), ([], []))
        self.process("Default")
        self.client.get("reset")
        self.assertEqual(self.discover()["stop-test"], None)
