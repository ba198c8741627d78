# -*- coding: utf-8 -*-
"""Steps of undo, and how long work waits. The host is a stand-in in this process."""
import unittest

import modules  # noqa: F401, finds the modules
from pyblish_endpoint_bridge import patience
from pyblish_endpoint_bridge.host import Host
from pyblish_endpoint_bridge.patience import Patience
from pyblish_endpoint_bridge.scene import Scene
from pyblish_endpoint_bridge.steps import Steps


class Standin(Host):
    label = "Standin"

    def __init__(self):
        self.done = []  # the steps of undo, as the artist reads them
        self.changes = False  # whether the next step changes the scene
        self.what = None  # what it is busy with

    def end_step(self, name):
        changed, self.changes = self.changes, False
        return changed

    def push_undo(self, name):
        self.done.append(name)

    def read_busy(self):
        return self.what


class OneStep(unittest.TestCase):
    def setUp(self):
        self.host = Standin()
        self.scene = Scene(self.host)
        self.scene.is_used = True
        self.steps = Steps(self.host, self.scene)

    def work(self, kind, changes=False, failed=None, saves=0):
        self.steps.begin(kind)
        self.host.changes = changes
        for _ in range(saves):
            self.scene.saved()
        self.steps.end(kind, failed)

    def test_run_is_one_step_if_it_changed_the_scene(self):
        for changes in (False, True, True, False):
            self.work("process", changes)
        self.assertEqual(self.host.done, [])
        self.steps.end_run("published")
        self.work("process")
        self.steps.end_run("validated")
        self.assertEqual(self.host.done, ["Pyblish: Publish"])
        self.assertIsNone(self.scene.state.outdated)

    def test_each_repair_and_action_that_changed_the_scene_is_a_step(self):
        self.work("repair", changes=True)
        self.work("act", changes=True)
        self.work("act")
        self.assertEqual(self.host.done, ["Pyblish: repair", "Pyblish: act"])

    def test_repair_that_the_host_did_not_notice_is_a_step(self):
        self.work("repair")
        self.assertEqual(self.host.done, ["Pyblish: repair"])

    def test_repair_that_saves_or_fails_is_none(self):
        self.work("repair", saves=1)
        self.work("repair", failed={"message": "no"})
        self.assertEqual(self.host.done, [])

    def test_what_was_collected_is_outdated_after_a_repair(self):
        self.work("repair", changes=True)
        self.assertEqual(self.scene.state.outdated, "A repair changed the scene after it was collected.")
        self.scene.begin()
        self.assertIsNone(self.scene.state.outdated)

    def test_host_that_fails_ends_no_work(self):
        def fails(name):
            raise ValueError("no undo here")

        self.host.push_undo = fails
        self.work("repair", changes=True)


class Waiting(unittest.TestCase):
    class Connection(object):
        abandoned, cancelled = False, None

    def setUp(self):
        self.host = Standin()
        self.scene = Scene(self.host)
        self.patience = Patience(self.host, self.scene, lambda event: event == "heard")
        self.time = 100.0
        self.addCleanup(setattr, patience, "monotonic", patience.monotonic)
        patience.monotonic = lambda: self.time

    def waits(self, kind="process"):
        return self.patience.must_wait(self.Connection, kind, {"id": 1})

    def test_work_is_refused_after_a_time(self):
        self.host.what = "finish or cancel Move"
        self.assertTrue(self.waits())
        self.time += patience.BUSY_TIME
        self.assertFalse(self.waits())
        self.assertEqual(self.scene.refusal["kind"], "HostBusy")
        self.assertEqual(self.scene.refusal["message"], "Standin was busy for 60 seconds: finish or cancel Move, and begin again.")
        # What comes then is refused at once, until the host can take work.
        self.assertFalse(self.waits())
        self.host.what = None
        self.assertFalse(self.waits())
        self.assertIsNone(self.scene.refusal)

    def test_event_waits_if_somebody_hears_it(self):
        self.host.what = "close the dialog"
        for event, waits in (("heard", True), ("published", False)):
            self.assertIs(self.patience.must_wait(self.Connection, "notify", {"id": 1, "event": event}), waits)

    def test_malformed_request_does_not_wait(self):
        self.host.what = "close the dialog"
        self.assertFalse(self.patience.must_wait(self.Connection, "process", {"id": "1"}))
        self.assertFalse(self.patience.must_wait(self.Connection, None, ValueError()))
