# -*- coding: utf-8 -*-
"""What plug-ins do to whoever runs them, and how it is told."""
import os

from client import HERE, Host, wait_until
from support import BROKEN, PLUGINS, PYTHON, WithHost


class Behaviour(WithHost):
    def failure(self, name, instance=None):
        return self.process(name, instance)["failure"]

    def test_records_come_with_their_place(self):
        self.assertIsNone(self.failure("Say"))
        records = self.client.records()
        self.assertEqual([r["message"] for r in records[:2]], ["told once", u"h\xe9ros"])
        self.assertEqual([r["level"] for r in records], [20, 30, 20, 40])
        self.assertIn("cannot be formatted", records[2]["message"])
        self.assertIn("KeyError", records[3]["traceback"])
        first = records[0]
        self.assertEqual(first["logger"], "pyblish.Say")
        self.assertEqual(os.path.basename(first["location"]["file"]), "behave.py")
        self.assertEqual(first["location"]["function"], "process")
        self.assertEqual(first["location"]["text"], 'self.log.info("told %s", "once")')
        self.assertGreater(first["created"], 1e9)

    def test_records_of_a_publish_within_a_plugin_come_once(self):
        self.assertIsNone(self.failure("PublishWithin"))
        self.assertEqual(self.client.messages(), ["before", "within", "behind"])

    def test_records_come_while_the_plugin_works(self):
        self.client.ask("process", plugin=self.ids["Wait"], instance=None)
        kind, body = self.client.receive()
        self.assertEqual((kind, body["record"]["message"]), ("record", "working"))
        self.client.send("cancel", {"id": self.client.number})
        _, outcome = self.client.answer()
        self.assertEqual(outcome["failure"]["kind"], "Cancelled")
        self.assertEqual(outcome["failure"]["message"], "stopped as asked")
        # One that comes too late is for nobody.
        self.client.send("cancel", {"id": self.client.number})
        self.assertIsNone(self.failure("WhichThread"))

    def test_what_is_printed_is_a_record_and_goes_out_too(self):
        self.assertIsNone(self.failure("Print"))
        records = self.client.records()
        self.assertEqual([r["message"] for r in records], ["a line", "half a line"])
        self.assertEqual([(r["level"], r["logger"]) for r in records], [(20, "stdout")] * 2)
        wait_until(lambda: "a line\n" in self.host.output["stdout"], "the host's own stdout has it too")

    def test_a_flood_is_cut_and_says_so(self):
        self.assertIsNone(self.failure("Flood"))
        messages = self.client.messages()
        self.assertEqual(len(messages), 10001)
        self.assertIn("is left out", messages[-1])

    def test_a_failure_has_all_that_helps(self):
        failure = self.failure("Fail")
        self.assertEqual(failure["title"], "Frames")
        self.assertEqual(failure["message"], "Frames are missing")
        self.assertEqual(failure["detail"], "Render frames 3 and 4 again.\n\n3, 4")
        self.assertEqual(failure["kind"], "PublishValidationError")
        self.assertEqual(os.path.basename(failure["location"]["file"]), "behave.py")
        self.assertEqual(failure["location"]["text"], "raise PublishValidationError()")
        self.assertIn("behave.py", failure["traceback"])
        self.assertNotIn("<string>", failure["traceback"])

    def test_a_failure_without_words_has_its_kind(self):
        self.assertEqual(self.failure("FailWithoutWords")["message"], "ValueError, without a message")
        self.assertEqual(self.failure("Unspeakable")["kind"], "Mute")

    def test_leaving_is_a_failure_and_no_more(self):
        failure = self.failure("Exit")
        self.assertEqual(failure["kind"], "SystemExit")
        self.assertIn("asked the host to end: enough", failure["message"])
        self.assertEqual(failure["location"]["text"], 'sys.exit("enough")')
        (change,) = self.changes("LastError")
        self.assertEqual(change["data-set"]["value"], "SystemExit")
        self.assertEqual(self.failure("Interrupt")["kind"], "KeyboardInterrupt")
        self.assertIn(self.failure("Recurse")["kind"], ("RecursionError", "RuntimeError"))
        self.assertIsNone(self.failure("WhichThread"))

    def test_progress(self):
        self.assertIsNone(self.failure("Progress"))
        reports = [body for kind, body in self.client.told if kind == "progress"]
        self.assertEqual(reports[0]["fraction"], 0.0)
        self.assertEqual((reports[-1]["fraction"], reports[-1]["message"]), (1.0, "step 100"))
        self.assertLess(len(reports), 60)

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

    def test_callbacks_hear_of_events(self):
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

    def test_the_results_are_pyblishs_own_and_are_not_sent(self):
        self.changes("WhichThread")
        context = self.again()
        self.assertNotIn("results", [change["data-set"]["key"] for change in context if "data-set" in change])


class Batches(WithHost):
    def setUp(self):
        super(Batches, self).setUp()
        self.changes("TakeTime")

    def batch(self, *pairs):
        """Processes pairs in one request; answers the outcomes that came."""
        pairs = [[self.ids[name], instance] for name, instance in pairs]
        first = self.client.ask("process", plugin=pairs[0][0], instance=pairs[0][1], then=pairs[1:])
        outcomes = []
        while True:
            kind, body = self.client.receive()
            if kind == "ran":
                self.assertEqual(body, {"id": first, "pairs": len(outcomes)})
                self.assertFalse(outcomes[-1]["next"])
                self.client.number += len(pairs)
                return outcomes
            if kind == "outcome":
                self.assertEqual(body["id"], first + len(outcomes))
                self.assertTrue(all(outcome["next"] for outcome in outcomes))
                self.assertGreaterEqual(body["took"], 0)
                outcomes.append(body)

    def test_it_goes_on_while_nothing_happens(self):
        hero, prop = self.two()
        same = [("SetSame", hero)] * 3
        self.assertEqual(len(self.batch(*same)), 3)
        outcomes = self.batch(*same + [("SetKey", prop)] + same)
        self.assertEqual([len(outcome["changes"]) for outcome in outcomes], [0, 0, 0, 1])
        outcomes = self.batch(*same + [("FailWithoutWords", None)] + same)
        self.assertEqual(outcomes[-1]["failure"]["kind"], "ValueError")
        self.assertEqual(len(outcomes), 4)
        self.assertEqual(len(self.batch(("SetSame", "nobody"), ("SetSame", hero))), 1)
        self.assertEqual(self.client.call("ping")[0], "pong")

    def test_it_ends_when_its_time_is_over(self):
        hero, _ = self.two()
        self.changes("TakeNoTime")
        self.assertEqual(len(self.batch(*[("SetSame", hero)] * 9)), 1)

    def test_a_cancel_ends_it(self):
        hero, _ = self.two()
        self.client.ask("process", plugin=self.ids["SetSame"], instance=hero, then=[[self.ids["SetSame"], hero]] * 100000)
        self.client.send("cancel", {"id": self.client.number})
        ran = 0
        while True:
            kind, body = self.client.receive()
            if kind == "ran":
                break
            ran += 1
        self.assertEqual(body["pairs"], ran)
        self.assertLess(ran, 100001)
        self.client.number += 200000

    def test_pairs_that_are_none(self):
        for then in (7, [7], [["a"]], [["a", 7]], [[None, "a"]]):
            kind, body = self.client.call("process", plugin="a", instance=None, then=then)
            self.assertEqual((kind, body["reason"]), ("error", "malformed"))


class TakenStdout(WithHost):
    def test_a_plugin_may_put_another_stdout_in_place(self):
        self.changes("TakeStdout")
        self.changes("Print")
        self.assertEqual(self.client.messages(), ["a line", "half a line"])
        self.changes("TakeStdout")


class Discovery(WithHost):
    paths = [PLUGINS, BROKEN]

    def test_a_plugin_is_described(self):
        plugin = [p for p in self.found["plugins"] if p["name"] == "CollectTwo"][0]
        self.assertEqual(plugin["doc"], "Makes a hero and a prop.")
        self.assertEqual(plugin["version"], [1, 2, 0])
        self.assertEqual((plugin["order"], plugin["base"], plugin["match"]), (0, "ContextPlugin", "intersection"))
        self.assertEqual(plugin["file"], os.path.join(PLUGINS, "collect.py"))
        self.assertEqual(plugin["processes"], {"context": True, "instance": False})
        repaired = [p for p in self.found["plugins"] if p["name"] == "Repaired"][0]
        self.assertEqual(repaired["repairs"], {"context": False, "instance": True})
        actions = [p for p in self.found["plugins"] if p["name"] == "WithActions"][0]
        self.assertEqual((actions["label"], actions["optional"]), ("Actions", True))

    def test_ids_are_unique(self):
        ids = [plugin["id"] for plugin in self.found["plugins"]]
        self.assertEqual(len(set(ids)), len(ids))

    def test_broken_files_are_reported_each_with_why(self):
        broken = {}
        for entry in self.found["broken"]:
            broken.setdefault(os.path.basename(entry["file"]), []).append(entry["failure"])
        self.assertEqual(sorted(broken), ["exits.py", "invalid.py", "missing.py", "syntax.py"])
        self.assertEqual(broken["syntax.py"][0]["location"]["line"], 4)
        self.assertIn("SyntaxError", broken["syntax.py"][0]["traceback"])
        self.assertIn("there_is_no_such_module", broken["missing.py"][0]["message"])
        self.assertEqual(broken["missing.py"][0]["location"]["line"], 2)
        self.assertEqual(broken["exits.py"][0]["kind"], "SystemExit")
        messages = sorted(failure["message"] for failure in broken["invalid.py"])
        self.assertEqual(len(messages), 2)
        self.assertIn("FamiliesAsText cannot be used: its `families` is 'model', not a list", messages[0])
        self.assertIn("FromTheFuture asks for pyblish>=99", messages[1])
        self.assertIn("Good", self.ids)

    def test_what_a_plugin_registers_is_there_at_the_next_discovery(self):
        self.assertNotIn("ValidateLate", self.ids)
        self.changes("CollectRegistering")
        found = self.client.get("discover")["plugins"]
        self.assertIn("ValidateLate", [plugin["name"] for plugin in found])

    def test_the_collectors_that_every_integration_ships(self):
        changes = self.changes("CollectHostVersion") + self.changes("CollectWorkspace")
        self.assertEqual([change["data-set"]["key"] for change in changes], ["hostVersion", "workspaceDir"])
        self.assertEqual(self.changes("CollectCurrentFile"), [])  # a plain Python has none

    def test_ids_of_an_earlier_discovery_are_refused_in_words(self):
        old = self.ids["CollectTwo"]
        self.client.get("discover")
        failure = self.client.get("process", plugin=old, instance=None)["failure"]
        self.assertIn("discover the plug-ins again", failure["message"])


class OwnersThatVanish(WithHost):
    def test_its_call_goes_on_and_the_next_is_told(self):
        waiting = os.path.join(self.runtime, "go")
        self.client.get("apply", changes=[{"data-set": {"instance": None, "key": "waitFor", "value": waiting}}])
        self.client.ask("process", plugin=self.ids["WaitForFile"], instance=None)
        self.client.receive()
        self.client.close()
        with self.assertRaises(Exception) as caught:
            self.host.connect()
        self.assertEqual(caught.exception.reason, "busy")
        self.assertIn("still busy with WaitForFile, since", str(caught.exception))
        open(waiting, "w").close()
        found = []
        wait_until(lambda: found or self.try_to(found), "the next owner is let in")
        self.client = found[0]
        context = self.client.get("open", user="u", machine="m")["context"]
        self.assertIn({"data-set": {"instance": None, "key": "waitFor", "value": waiting}}, context)

    def try_to(self, found):
        try:
            found.append(self.host.connect())
        except Exception as refused:
            assert getattr(refused, "reason", None) == "busy", refused
        return found

    def test_a_plugin_that_asks_hears_that_nobody_waits(self):
        self.client.ask("process", plugin=self.ids["Wait"], instance=None)
        self.client.receive()
        self.client.close()
        found = []
        wait_until(lambda: found or self.try_to(found), "the call ends by itself")
        self.client = found[0]


class Looped(object):
    """The same in a host with a main loop of its own, where a thread reads the socket."""

    @classmethod
    def start(cls):
        return Host(cls.runtime, [PYTHON, os.path.join(HERE, "looped.py"), "--paths"] + cls.paths).ready()


class BehaviourInALoop(Looped, Behaviour):
    pass


class BatchesInALoop(Looped, Batches):
    pass


class OwnersThatVanishInALoop(Looped, OwnersThatVanish):
    pass
