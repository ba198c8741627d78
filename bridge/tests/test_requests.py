# -*- coding: utf-8 -*-
"""Requests that break the protocol."""
import struct

from client import Closed
from support import Looped, WithHost


class Requests(WithHost):
    paths = []

    def setUp(self):
        pass

    def test_mistakes_are_explained(self):
        client = self.host.connect()
        for kind, body, reason, words in [
            ("process", {"id": 1, "plugin": "x", "instance": None}, "not-open", "before `open`"),
            ("dance", {"id": 1}, "unknown", "no request `dance`"),
            ("process", {"id": 1, "instance": None}, "malformed", "`plugin` of `process`"),
            ("process", {"id": 1, "plugin": "x", "instance": 7}, "malformed", "`instance` of `process`"),
            ("process", {"plugin": "x", "instance": None}, "malformed", "no `id`"),
            ("notify", {"id": 1, "event": "x", "arguments": []}, "malformed", "`arguments` of `notify`"),
        ]:
            client.send(kind, body)
            kind, answer = client.receive()
            self.assertEqual((kind, answer["reason"]), ("error", reason))
            self.assertIn(words, answer["message"])
        client.number = 0
        self.assertEqual(client.call("ping")[0], "pong")
        # A stream that can no longer be read ends the connection.
        client.send_bytes(struct.pack(">I", 1 << 30))
        kind, answer = client.receive()
        self.assertEqual((kind, answer["reason"]), ("error", "too-long"))
        with self.assertRaises(Closed):
            client.receive()
        client.close()


class Pairs(WithHost):
    def test_invalid_pairs(self):
        for then in (7, [7], [["a"]], [["a", 7]], [[None, "a"]]):
            kind, body = self.client.call("process", plugin="a", instance=None, then=then)
            self.assertEqual((kind, body["reason"]), ("error", "malformed"))


class PairsInALoop(Looped, Pairs):
    pass
