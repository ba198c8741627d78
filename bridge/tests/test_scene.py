# -*- coding: utf-8 -*-
"""The scene in a host: what makes a context stale, and what is said of it. The host is a stand-in."""
import json
import os
import shutil
import tempfile
import unittest

from client import HERE, Host, wait_until
from support import PYTHON

A, B = "/shots/a.scene", "/shots/b.scene"


class OnStage(unittest.TestCase):
    """A stand-in for a host with a scene, and an adapter that hears of it."""

    plugin_does = {}

    def setUp(self):
        self.runtime = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.runtime)
        self.host = Host(
            self.runtime, [PYTHON, os.path.join(HERE, "staged.py")], ["--paths", os.path.join(HERE, "scenes")],
            {"PLUGIN_DOES": json.dumps(self.plugin_does)}).ready()
        self.addCleanup(self.host.end)
        self.client = self.host.connect(hears_state=True)
        self.addCleanup(self.client.close)
        self.client.get("open", user="u", machine="m")
        self.reset()

    def reset(self):
        self.client.get("reset")
        self.ids = dict((plugin["name"], plugin["id"]) for plugin in self.client.get("discover")["plugins"])

    @property
    def state(self):
        """What was told of the scene last."""
        self.client.get("ping")
        return self.client.state

    def artist(self, deed, words=None):
        done = self.host.output["stdout"].count("done\n")
        self.host.process.stdin.write((json.dumps([deed, words]) + "\n").encode())
        self.host.process.stdin.flush()
        wait_until(lambda: self.host.output["stdout"].count("done\n") > done, "the stand-in does nothing")

    def process(self, name, instance=None):
        return self.client.get("process", plugin=self.ids[name], instance=instance)

    def collect(self):
        changes = self.process("CollectScene")["changes"]
        self.hero = [it["instance-added"]["id"] for it in changes if "instance-added" in it][0]

    def failure(self, name, instance=None):
        return self.process(name, instance or self.hero)["failure"]

    def end_run(self):
        self.client.get("notify", event="published", arguments={})


class Selecting(OnStage):
    """What instances are about is selected in the host."""

    def select(self, instances):
        return self.client.get("notify", event="selectInHost", arguments={"instances": instances})["failure"]

    def selected(self):
        return [json.loads(line)["selected"] for line in self.host.output["stdout"] if line.startswith('{"selected"')]

    def test_members_are_selected_together(self):
        self.collect()
        change = {"instance-added": {"name": "prop", "data": [], "members": ["door", "lamp"]}}
        changes = self.client.get("apply", changes=[change])["changes"]
        prop = changes[0]["instance-added"]["id"]
        self.assertIsNone(self.select([prop, self.hero]))
        # An instance without members is about what has its name.
        wait_until(self.selected, "nothing is selected")
        self.assertEqual(self.selected(), [["door", "lamp", "hero"]])

    def test_what_the_host_does_not_have_is_named(self):
        members = ["gone%d" % number for number in range(7)]
        change = {"instance-added": {"name": "prop", "data": [], "members": members + ["door"]}}
        prop = self.client.get("apply", changes=[change])["changes"][0]["instance-added"]["id"]
        self.assertEqual(
            self.select([prop])["message"],
            "python cannot select gone0, gone1, gone2, gone3, gone4 and 2 more: not in the open scene, or hidden. "
            "Show it, or collect again.")

    def test_unknown_instance_is_said(self):
        for instances in ([], ["nobody"]):
            self.assertEqual(self.select(instances)["kind"], "LookupError")

    def test_selecting_waits_for_the_artist(self):
        self.collect()
        self.artist("busy", "finish or cancel Move")
        self.client.ask("notify", event="selectInHost", arguments={"instances": [self.hero]})
        self.client.hear()
        self.assertEqual(self.client.state["waiting"], "python is busy: finish or cancel Move.")
        self.assertEqual(self.selected(), [])
        self.artist("busy")
        self.assertIsNone(self.client.answer()[1]["failure"])


class TellingLater(OnStage):
    """A plug-in takes longer than a turn: the host has one of its own before it is asked what changed."""

    plugin_does = {"CollectScene": ["take long", None]}

    def test_answer_comes_in_the_next_turn(self):
        collect = self.ids["CollectScene"]
        body = self.client.get("process", plugin=collect, instance=None, then=[[collect, None]])
        added = [it for it in body["changes"] if "instance-added" in it]
        self.assertEqual((len(added), body["next"], body["failure"]), (1, False, None))
        self.assertGreater(body["took"], 90)
        self.assertEqual(self.client.receive(), ("ran", {"id": self.client.number, "pairs": 1}))
        self.client.number += 1
        # What the artist does meanwhile counts.
        self.artist("open", B)
        self.assertEqual(self.state["stale"], "b.scene was opened after a.scene was collected.")


class TakingBack(OnStage):
    """A call is cancelled while the host gives nobody a turn."""

    def test_call_that_was_not_begun_is_answered_at_once(self):
        self.collect()
        self.artist("render")
        for more in ({}, {"then": [[self.ids["ExtractScene"], self.hero]]}):
            number = self.client.ask("process", plugin=self.ids["ValidateScene"], instance=self.hero, **more)
            self.client.send("cancel", {"id": number})
            kind, body = self.client.answer()
            self.assertEqual((kind, body["failure"]["kind"]), ("outcome", "Cancelled"))
            if more:
                self.assertIs(body["next"], False)
                self.assertEqual(self.client.receive(), ("ran", {"id": number, "pairs": 1}))
                self.client.number += 1
        self.artist("end render")
        # It is never done, and what comes then is.
        self.assertIsNone(self.failure("ValidateScene"))
        self.assertEqual(self.client.told, [])


class Scene(OnStage):
    def test_scene_is_told_from_the_start(self):
        self.assertEqual(self.state, {"file": A, "stale": None, "outdated": None, "waiting": None})

    def test_opened_file_makes_the_context_stale(self):
        self.collect()
        self.artist("open", B)
        self.assertEqual((self.state["file"], self.state["stale"]), (B, "b.scene was opened after a.scene was collected."))
        for name in ("ValidateScene", "ExtractScene"):
            failure = self.failure(name)
            self.assertEqual(failure["kind"], "StaleContext")
            self.assertIn("b.scene was opened after a.scene was collected. Reset, and collect again.", failure["message"])
        self.reset()
        self.assertIsNone(self.state["stale"])
        self.collect()
        self.assertIsNone(self.failure("ExtractScene"))

    def test_same_file_that_is_opened_again_makes_it_stale(self):
        self.collect()
        self.artist("open", A)
        self.assertEqual(self.state["stale"], "a.scene was opened after a.scene was collected.")

    def test_nothing_collected_is_not_stale(self):
        self.artist("open", B)
        self.artist("undo")
        self.assertIsNone(self.state["stale"])
        self.collect()
        self.artist("save", B)
        self.assertIsNone(self.failure("ExtractScene"))

    def test_saving_elsewhere_makes_it_stale_and_saving_does_not(self):
        self.collect()
        self.artist("save", A)
        self.assertIsNone(self.state["stale"])
        self.artist("save", B)
        self.assertEqual(self.state["stale"], "The scene is b.scene now, and was a.scene when it was collected.")

    def test_undo_makes_it_stale(self):
        self.collect()
        self.artist("undo")
        self.assertEqual(self.failure("ValidateScene")["kind"], "StaleContext")
        self.assertEqual(self.client.get("repair", plugin=self.ids["ValidateScene"], instance=self.hero)["failure"]["kind"], "StaleContext")

    def test_repair_that_saves_elsewhere_makes_it_stale(self):
        self.collect()
        self.client.get("repair", plugin=self.ids["ValidateScene"], instance=self.hero)
        self.assertIn("the repair of ValidateScene saved the scene as repaired.scene", self.state["stale"])

    def test_edit_after_validation_is_said_once(self):
        self.collect()
        self.artist("edit")
        self.failure("ValidateScene")
        self.failure("ExtractScene")
        self.assertEqual(self.records(), [])
        self.artist("edit")
        self.failure("ExtractScene")
        self.failure("ExtractScene")
        self.assertEqual(self.records(), ["The scene was changed after it was validated."])

    def records(self):
        return [body["record"]["message"] for kind, body in self.client.told if kind == "record"]

    def test_host_file_names_the_scene(self):
        self.artist("open", u"/shots/\xe4.scene")
        with open(self.host.file, "rb") as file:
            self.assertEqual(json.loads(file.read().decode("utf-8"))["file"], u"/shots/\xe4.scene")


class OpensWhileItCollects(OnStage):
    plugin_does = {"CollectScene": ["open", B]}

    def test_collector_may_open_what_it_collects(self):
        self.collect()
        self.assertIsNone(self.failure("ExtractScene"))
        self.end_run()
        self.assertIsNone(self.state["stale"])


class OpensWhileItExtracts(OnStage):
    plugin_does = {"ExtractScene": ["open", B]}

    def test_plugin_that_opens_a_file_counts_after_its_run(self):
        self.collect()
        self.assertIsNone(self.failure("ExtractScene"))
        self.assertIsNone(self.failure("ValidateScene"))
        self.assertIsNone(self.state["stale"])
        self.end_run()
        self.assertEqual(self.state["stale"], "ExtractScene opened b.scene after it was collected.")


class Busy(OnStage):
    def test_work_waits_while_the_host_is_busy(self):
        self.collect()
        self.artist("busy", "finish or cancel Move")
        self.client.ask("process", plugin=self.ids["ExtractScene"], instance=self.hero)
        wait_until(lambda: self.client.hear() and self.client.state["waiting"] is not None, "it does not wait")
        self.assertEqual(self.client.state["waiting"], "Python is busy: finish or cancel Move.".replace("Python", "python"))
        self.artist("busy")
        self.assertIsNone(self.client.answer()[1]["failure"])
        self.assertIsNone(self.client.state["waiting"])

    def test_waiting_work_can_be_stopped(self):
        self.collect()
        self.artist("busy", "finish or cancel Move")
        number = self.client.ask("process", plugin=self.ids["ExtractScene"], instance=self.hero, then=[[self.ids["ExtractScene"], self.hero]])
        wait_until(lambda: self.client.hear() and self.client.state["waiting"] is not None, "it does not wait")
        self.client.send("cancel", {"id": number})
        outcome = self.client.answer()[1]
        self.assertEqual((outcome["failure"]["kind"], outcome["next"]), ("Cancelled", False))
        self.assertIsNone(self.client.state["waiting"])

    def test_what_touches_no_scene_does_not_wait(self):
        self.artist("busy", "close the dialog")
        self.reset()
        self.assertIsNone(self.state["waiting"])
