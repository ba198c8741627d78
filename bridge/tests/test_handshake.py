# -*- coding: utf-8 -*-
"""Which runtimes are let in, and what the others are told."""
import os
import struct

from client import PROTOCOL, SOURCE, Client, Refused, prove
from promises import promise
from support import WithHost


class Handshake(WithHost):
    paths = []

    def setUp(self):
        pass

    def refused(self, **more):
        with self.assertRaises(Refused) as caught:
            self.host.connect(**more)
        return caught.exception

    def test_wrong_secret(self):
        with self.assertRaises(Refused) as caught:
            Client(self.host.address, b"x" * 32)
        with promise("HOST-02"):
            self.assertEqual(caught.exception.reason, "secret")
        self.assertIn("has another secret than python", str(caught.exception))
        self.assertIn(os.path.join(self.host.folder, "secret"), str(caught.exception))

    def test_proof_is_bound(self):
        address, key, pid = self.host.address, self.host.key, self.host.process.pid
        for spoil in (lambda _: "", lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"), lambda text: text.upper()):
            with promise("HOST-03"):
                self.assertEqual(self.refused(spoil=spoil).reason, "secret")
        for role, bridge_end, adapter_end, named, nonce in (
            ("bridge", address, None, pid, None),
            ("adapter", "127.0.0.1:1", None, pid, None),
            ("adapter", address, "127.0.0.1:1", pid, None),
            ("adapter", address, None, pid + 1, None),
            ("adapter", address, None, pid, "1" * 32),
            ("adapter", address, None, pid, None),
        ):
            client = Client(address, key, greet=False)
            client.send("hello", {"protocol": PROTOCOL, "adapter": "x", "nonce": "0" * 32, "pid": pid})
            theirs = client.expect("challenge")["nonce"]
            proof = prove(key, role, bridge_end, adapter_end or client.own_end(), named, "0" * 32, nonce or theirs)
            client.send("proof", {"proof": proof, "owner": "x"})
            kind, body = client.receive()
            client.close()
            right = (role, bridge_end, adapter_end, named, nonce) == ("adapter", address, None, pid, None)
            with promise("HOST-03"):
                self.assertEqual(kind, "welcome" if right else "refused", body)

    def test_proof_works_once(self):
        seen = []
        self.host.connect(spoil=lambda text: seen.append(text) or text).close()
        with promise("HOST-03"):
            self.assertEqual(self.refused(spoil=lambda _: seen[0]).reason, "secret")

    def test_wrong_process_is_explained(self):
        pid = self.host.process.pid
        self.host.connect(pid=pid).close()
        refused = self.refused(pid=pid + 1)
        self.assertEqual(refused.reason, "process")
        self.assertIn("the bridge of python (pid %d), and the runtime looks for the process %d" % (pid, pid + 1), str(refused))

    def test_bridge_proves_second(self):
        # A stranger gets only a challenge, in which only the nonce is new.
        client = Client(self.host.address, b"", greet=False)
        client.send("hello", {"protocol": PROTOCOL, "adapter": "x", "nonce": "0" * 32})
        challenge = client.expect("challenge")
        with promise("HOST-02"):
            self.assertEqual(sorted(challenge), ["bridge", "nonce", "protocol"])
        # One's own proof, sent back as it came.
        client.send("proof", {"proof": challenge["nonce"] * 2, "owner": "x"})
        with self.assertRaises(Refused) as caught:
            client.expect("welcome")
        with promise("HOST-02"):
            self.assertEqual(caught.exception.reason, "secret")
        client.close()

    def test_proof_matches_documentation(self):
        with open(os.path.join(SOURCE, "PROTOCOL.md")) as file:
            text = file.read()
        for role in ("adapter", "bridge"):
            self.assertIn(prove(bytes(bytearray(range(32))), role, "127.0.0.1:41234", "127.0.0.1:50022", 4711,
                                "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"), text)

    def test_other_version_is_explained(self):
        newer, older = self.refused(protocol=PROTOCOL + 1), self.refused(protocol=1)
        self.assertEqual((newer.reason, older.reason), ("protocol", "protocol"))
        self.assertIn("the bridge in python is older. Update pyblish_endpoint_bridge.py", str(newer))
        self.assertIn("the runtime is older. Update pyblish-endpoint", str(older))

    def test_invalid_handshake(self):
        for data, words in [
            (b"GET / HTTP/1.1\r\n\r\n", "a message of"),
            (struct.pack(">I", 5) + b"{nope", "no JSON"),
            (struct.pack(">I", 2) + b"[]", "one member"),
            (struct.pack(">I", 11) + b'{"ping":{}}', "no `hello`"),
            (Client.frame("hello", {"protocol": "one"}), "no `hello`"),
            (Client.frame("hello", {"protocol": PROTOCOL}), "no nonce"),
            (Client.frame("hello", {"protocol": PROTOCOL, "nonce": "0" * 31}), "no nonce"),
            (Client.frame("hello", {"protocol": PROTOCOL, "nonce": "0" * 32 + "\n"}), "no nonce"),
            (Client.frame("hello", {"protocol": PROTOCOL, "nonce": "0" * 32, "pid": "1"}), "`pid` that is no number"),
            (struct.pack(">I", 513), "at most 512"),
            (struct.pack(">I", 0xffffffff), "at most 512"),
            (struct.pack(">I", 512) + b"[" * 512, "deeper than 128"),
        ]:
            client = Client(self.host.address, b"", greet=False)
            client.send_bytes(data)
            kind, body = client.receive()
            client.close()
            self.assertEqual((kind, body["reason"]), ("refused", "handshake"))
            self.assertIn(words, body["message"])
