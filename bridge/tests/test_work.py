# -*- coding: utf-8 -*-
"""The requests: processing, repairs, actions, events."""
from support import Looped, WithHost


class Work(WithHost):
    def test_plugins_run_on_the_main_thread(self):
        (change,) = self.changes("WhichThread")
        self.assertEqual(change["data-set"]["value"], "MainThread")

    def test_repair(self):
        hero, _ = self.two()
        self.assertEqual(self.failure("Repaired", hero)["message"], "broken")
        outcome = self.client.get("repair", plugin=self.ids["Repaired"], instance=hero)
        self.assertEqual(outcome["changes"], [{"data-set": {"instance": hero, "key": "repaired", "value": True}}])

    def test_actions(self):
        plugin = [p for p in self.found["plugins"] if p["name"] == "WithActions"][0]
        actions = plugin["actions"]
        self.assertEqual([a["kind"] for a in actions], ["category", "action", "separator", "action"])
        self.assertEqual([a["label"] for a in actions], ["Help", "Fix it", "Separator", "FixBadly"])
        self.assertEqual((actions[1]["on"], actions[3]["on"], actions[1]["icon"]), ("failed", "sometimes", "wrench"))
        outcome = self.client.get("act", plugin=plugin["id"], action=actions[1]["id"])
        self.assertEqual(outcome["changes"], [{"data-set": {"instance": None, "key": "fixed", "value": "WithActions"}}])
        outcome = self.client.get("act", plugin=plugin["id"], action=actions[3]["id"])
        self.assertEqual(outcome["failure"]["message"], "cannot be fixed")
        outcome = self.client.get("act", plugin=plugin["id"], action="none")
        self.assertIn("has no action none", outcome["failure"]["message"])

    def test_action_gets_its_instance(self):
        hero, _ = self.two()
        plugin = [p for p in self.found["plugins"] if p["name"] == "WithImplicitActions"][0]
        outcome = self.client.get("act", plugin=plugin["id"], action=plugin["actions"][0]["id"], instance=hero)
        self.assertEqual(outcome["changes"], [{"data-set": {"instance": hero, "key": "fixed", "value": True}}])
        outcome = self.client.get("act", plugin=plugin["id"], action=plugin["actions"][0]["id"], instance="none")
        self.assertIn("There is no instance none", outcome["failure"]["message"])

    def test_callbacks_receive_events(self):
        hero, _ = self.two()
        self.assertEqual(self.changes("Listen"), [])
        outcome = self.client.get("notify", event="published", arguments={"success": True})
        self.assertEqual(outcome["changes"], [{"data-set": {"instance": None, "key": "heard", "value": "published"}}])
        outcome = self.client.get("notify", event="instanceToggled", arguments={"instance": hero, "new_value": False})
        self.assertEqual(outcome["changes"], [{"data-set": {"instance": hero, "key": "heard", "value": [False, True]}}])
        outcome = self.client.get("notify", event="commented", arguments={"comment": "x"})
        self.assertEqual(outcome["failure"]["message"], "a callback with comment, context")
        self.assertEqual(outcome["failure"]["title"], "A callback of commented failed")
        self.assertEqual(self.client.get("notify", event="nobody", arguments={})["changes"], [])

    def test_results_are_not_sent(self):
        self.changes("WhichThread")
        context = self.again()
        self.assertNotIn("results", [change["data-set"]["key"] for change in context if "data-set" in change])


class WorkInALoop(Looped, Work):
    pass
