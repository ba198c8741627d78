# -*- coding: utf-8 -*-
"""One owner at a time, and the pairs that a request brings along."""
import os

from client import Client, Closed, Refused, wait_until
from support import Looped, WithHost


class Owners(WithHost):
    paths = []

    def setUp(self):
        pass

    def refused(self, **more):
        with self.assertRaises(Refused) as caught:
            self.host.connect(**more)
        return caught.exception

    def test_second_adapter_learns_the_owner(self):
        first = self.host.connect(owner="session hero of pid 7")
        refused = self.refused()
        self.assertEqual(refused.reason, "owned")
        self.assertIn("is driven by session hero of pid 7 since", str(refused))
        # A program without the secret is not told.
        with self.assertRaises(Refused) as caught:
            Client(self.host.address, b"x" * 32)
        self.assertEqual(caught.exception.reason, "secret")
        # The first owner works on, and when it ends the next is let in at once.
        self.assertEqual(first.call("ping")[0], "pong")
        first.close()
        second = self.host.connect()
        self.assertEqual(second.call("ping")[0], "pong")
        second.close()

    def test_close_ends_the_connection(self):
        client = self.host.connect()
        self.assertEqual(client.call("close")[0], "closed")
        with self.assertRaises(Closed):
            client.receive()
        client.close()


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

    def test_pairs_continue(self):
        hero, prop = self.two()
        same = [("SetSame", hero)] * 3
        self.assertEqual(len(self.batch(*same)), 3)
        outcomes = self.batch(*same + [("SetKey", prop)] + same)
        self.assertEqual([len(outcome["changes"]) for outcome in outcomes], [0, 0, 0, 1, 0, 0, 0])
        outcomes = self.batch(*same + [("SetElsewhere", prop), ("AppendElsewhere", prop)] + same)
        self.assertEqual([len(outcome["changes"]) for outcome in outcomes], [0, 0, 0, 4, 1])
        outcomes = self.batch(*same + [("FailWithoutWords", None)] + same)
        self.assertEqual(outcomes[-1]["failure"]["kind"], "ValueError")
        self.assertEqual(len(outcomes), 4)
        self.assertEqual(len(self.batch(("SetSame", "nobody"), ("SetSame", hero))), 1)
        self.assertEqual(self.client.call("ping")[0], "pong")

    def test_pairs_end_on_time(self):
        hero, _ = self.two()
        self.changes("TakeNoTime")
        self.assertEqual(len(self.batch(*[("SetSame", hero)] * 9)), 1)

    def test_cancel_ends_pairs(self):
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


class OwnersThatVanish(WithHost):
    def test_call_outlives_its_owner(self):
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

    def test_plugin_sees_the_lost_owner(self):
        self.client.ask("process", plugin=self.ids["Wait"], instance=None)
        self.client.receive()
        self.client.close()
        found = []
        wait_until(lambda: found or self.try_to(found), "the call ends by itself")
        self.client = found[0]


class BatchesInALoop(Looped, Batches):
    pass


class OwnersThatVanishInALoop(Looped, OwnersThatVanish):
    pass
