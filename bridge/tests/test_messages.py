# -*- coding: utf-8 -*-
"""Messages that would take far more memory than their text."""
import struct

from promises import promise
from support import Strangers


class Messages(Strangers):
    def test_expanding_message_is_refused(self):
        client = self.host.connect()
        for body, words in [
            (b'{"ping":{"id":1,"x":' + b"[" * 200 + b"]" * 200 + b"}}", "deeper than 128"),
            (b'{"ping":{"id":1,"x":' + b"[" * (1 << 19), "deeper than 128"),
            (b'{"ping":{"id":1,"x":[' + b'{"":0},' * (1 << 20) + b"0]}}", "at most 1000000 are taken"),
            (b'{"ping":{"id":1,"x":' + b"9" * 5000000 + b"}}", "more than 1000 digits"),
        ]:
            client.send_bytes(struct.pack(">I", len(body)) + body)
            kind, answer = client.receive()
            with promise("HOST-07"):
                self.assertEqual((kind, answer["reason"], answer["id"]), ("error", "too-much", None))
            with promise("HOST-07"):
                self.assertIn(words, answer["message"])
        # What only looks like it, for it is text, is none.
        deep = b"[" * 127
        for text in (b'"' + b"[{,:" * (1 << 19) + b'\\"[[' + b'"', b'"' + b"7" * 100000 + b'"', deep[2:] + b"]" * len(deep[2:])):
            body = b'{"ping":{"id":1,"x":' + text + b"}}"
            client.send_bytes(struct.pack(">I", len(body)) + body)
            self.assertEqual(client.receive(), ("pong", {"id": 1}))
        client.close()
