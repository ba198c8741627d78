# -*- coding: utf-8 -*-
"""Who is let in, and what those who are not are told."""
import json
import os
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

from client import BRIDGE, Client, Closed, Host, Refused, wait_until
from support import PYTHON, WithHost, host


class Greeting(WithHost):
    paths = []

    def setUp(self):
        pass

    def refused(self, **more):
        with self.assertRaises(Refused) as caught:
            self.host.connect(**more)
        return caught.exception

    def test_the_host_file_says_where_and_is_the_users_alone(self):
        with open(self.host.file) as file:
            said = json.load(file)
        self.assertEqual(said["address"], self.host.address)
        self.assertEqual(said["pid"], self.host.process.pid)
        self.assertEqual((said["host"], said["protocol"], said["pyblish"]), ("python", 1, "1.8.12"))
        self.assertEqual(os.path.basename(self.host.file), "python-%d.json" % said["pid"])
        for path, mode in [
            (self.host.file, 0o600), (os.path.join(self.host.folder, "secret"), 0o600),
            (self.host.folder, 0o700), (os.path.join(self.host.folder, "hosts"), 0o700),
        ]:
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), mode, path)
        self.assertEqual(sorted(os.listdir(self.host.folder)), ["hosts", "secret"])

    def test_a_wrong_secret(self):
        with self.assertRaises(Refused) as caught:
            Client(self.host.address, b"x" * 32)
        self.assertEqual(caught.exception.reason, "secret")
        self.assertIn("has another secret than python", str(caught.exception))
        self.assertIn(os.path.join(self.host.folder, "secret"), str(caught.exception))

    def test_a_proof_of_the_other_role_or_another_address_is_none(self):
        from client import prove
        address, key = self.host.address, self.host.key
        for spoil in (lambda _: "", lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"), lambda text: text.upper()):
            self.assertEqual(self.refused(spoil=spoil).reason, "secret")
        for role, place in (("bridge", address), ("adapter", "127.0.0.1:1"), ("adapter", address)):
            client = Client(address, key, greet=False)
            client.send("hello", {"protocol": 1, "adapter": "x", "nonce": "0" * 32})
            _, challenge = client.receive()
            client.send("proof", {"proof": prove(key, role, place, "0" * 32, challenge["nonce"]), "owner": "x"})
            kind, _ = client.receive()
            client.close()
            self.assertEqual(kind, "welcome" if (role, place) == ("adapter", address) else "refused")
        self.assertNotEqual(challenge["nonce"], "")

    def test_a_proof_is_good_for_one_handshake(self):
        from client import prove
        seen = []
        self.host.connect(spoil=lambda text: seen.append(text) or text).close()
        self.assertEqual(self.refused(spoil=lambda _: seen[0]).reason, "secret")
        del prove

    def test_the_proof_is_that_of_the_documentation(self):
        from client import prove
        with open(os.path.join(os.path.dirname(BRIDGE), "PROTOCOL.md")) as file:
            text = file.read()
        for role in ("adapter", "bridge"):
            self.assertIn(prove(bytes(bytearray(range(32))), role, "127.0.0.1:41234", "00112233445566778899aabbccddeeff",
                                "ffeeddccbbaa99887766554433221100"), text)

    def test_another_version_is_told_which_side_is_older(self):
        newer, older = self.refused(protocol=2), self.refused(protocol=0)
        self.assertEqual((newer.reason, older.reason), ("protocol", "protocol"))
        self.assertIn("the bridge in python is older. Update pyblish_endpoint_bridge.py", str(newer))
        self.assertIn("the adapter is older. Update pyblish-endpoint", str(older))

    def test_a_second_adapter_is_told_who_is_there(self):
        first = self.host.connect(owner="session hero of pid 7")
        refused = self.refused()
        self.assertEqual(refused.reason, "owned")
        self.assertIn("is driven by session hero of pid 7 since", str(refused))
        # Whoever has no secret is not told.
        with self.assertRaises(Refused) as caught:
            Client(self.host.address, b"x" * 32)
        self.assertEqual(caught.exception.reason, "secret")
        # The first is none the worse for it, and when it ends the next is let in at once.
        self.assertEqual(first.call("ping")[0], "pong")
        first.close()
        second = self.host.connect()
        self.assertEqual(second.call("ping")[0], "pong")
        second.close()

    def test_what_is_no_handshake(self):
        for data, words in [
            (b"GET / HTTP/1.1\r\n\r\n", "a message of"),
            (struct.pack(">I", 5) + b"{nope", "no JSON"),
            (struct.pack(">I", 2) + b"[]", "one member"),
            (struct.pack(">I", 11) + b'{"ping":{}}', "no `hello`"),
            (struct.pack(">I", 28) + b'{"hello":{"protocol":"one"}}', "no `hello`"),
            (struct.pack(">I", 24) + b'{"hello":{"protocol":1}}', "no nonce"),
            (struct.pack(">I", 5000), "at most 4096"),
        ]:
            client = Client(self.host.address, b"", greet=False)
            client.send_bytes(data)
            kind, body = client.receive()
            client.close()
            self.assertEqual((kind, body["reason"]), ("refused", "handshake"))
            self.assertIn(words, body["message"])

    def test_those_who_say_nothing_do_not_keep_others_out(self):
        silent = [Client(self.host.address, b"", greet=False) for _ in range(5)]
        self.host.connect().close()
        for client in silent:
            client.close()

    def test_mistakes_are_answered_in_words(self):
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
        # What can no longer be read ends the connection.
        client.send_bytes(struct.pack(">I", 1 << 30))
        kind, answer = client.receive()
        self.assertEqual((kind, answer["reason"]), ("error", "too-long"))
        with self.assertRaises(Closed):
            client.receive()
        client.close()

    def test_close_is_answered_and_ends_the_connection(self):
        client = self.host.connect()
        self.assertEqual(client.call("close")[0], "closed")
        with self.assertRaises(Closed):
            client.receive()
        client.close()


class Starting(unittest.TestCase):
    def setUp(self):
        self.runtime = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.runtime)

    def start(self, *arguments, **environment):
        found = host(self.runtime, *arguments, **environment)
        self.addCleanup(found.end)
        return found

    def fails(self, *arguments, **environment):
        found = self.start(*arguments, **environment)
        self.assertTrue(found.first.wait(60))
        return found.end()

    def test_a_port_that_is_taken(self):
        other = socket.socket()
        self.addCleanup(other.close)
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        port = other.getsockname()[1]
        words = self.fails("--port", str(port))
        self.assertIn("cannot listen on port %d of 127.0.0.1: another program has it" % port, words)
        self.assertIn("Leave the port out", words)

    def test_no_pyblish_is_told_to_who_starts_it_and_to_who_connects(self):
        # Isolated from the packages beside the interpreter.
        found = Host(self.runtime, [PYTHON, "-S", BRIDGE], environment={"PYTHONPATH": ""}).ready()
        client = found.connect()
        kind, body = client.call("open", user="u", machine="m")
        self.assertEqual(kind, "failed")
        self.assertIn("There is no pyblish-base in", body["failure"]["message"])
        self.assertIn("pip install pyblish-base==1.8.12", body["failure"]["message"])
        client.close()
        self.assertIn("There is no pyblish-base in", found.end())

    def test_a_pyblish_that_is_too_old(self):
        old = os.path.join(self.runtime, "old", "pyblish")
        os.makedirs(old)
        for name in ("__init__", "api", "lib", "plugin"):
            with open(os.path.join(old, name + ".py"), "w") as file:
                file.write("version = '1.4.2'\n")
        found = self.start(PYTHONPATH=os.path.dirname(old)).ready()
        client = found.connect()
        kind, body = client.call("open", user="u", machine="m")
        client.close()
        self.assertEqual(kind, "failed")
        self.assertIn("pyblish-base 1.4.2 in", body["failure"]["message"])
        self.assertIn("is too old; the bridge needs 1.8.0 or later", body["failure"]["message"])

    def test_it_takes_its_file_with_it(self):
        found = self.start().ready()
        self.assertTrue(os.path.exists(found.file))
        found.end()
        self.assertFalse(os.path.exists(found.file))

    def test_two_hosts_share_the_secret_and_nothing_else(self):
        one, two = self.start().ready(), self.start().ready()
        self.assertNotEqual(one.address, two.address)
        first, second = one.connect(), two.connect()
        self.assertEqual(first.call("ping")[0], second.call("ping")[0])
        first.close()
        second.close()

    def test_of_many_makers_one_secret_comes(self):
        hosts = [self.start() for _ in range(6)]
        for found in hosts:
            found.ready().connect().close()
        self.assertEqual(sorted(os.listdir(hosts[0].folder)), ["hosts", "secret"])

    @unittest.skipIf(os.name == "nt", "there are no modes")
    def test_a_secret_that_others_can_read_is_refused(self):
        folder = os.path.join(self.runtime, "pyblish-endpoint")
        os.mkdir(folder, 0o700)
        path = os.path.join(folder, "secret")
        with open(path, "w") as file:
            file.write("0" * 64)
        os.chmod(path, 0o644)
        self.assertIn("others can read it; remove it", self.fails())
        os.chmod(path, 0o600)
        with open(path, "w") as file:
            file.write("too short")
        self.assertIn("is not 64 hexadecimal digits", self.fails())
        os.remove(path)
        os.chmod(folder, 0o777)
        self.assertIn("others can write in it", self.fails())

    def test_an_unknown_host(self):
        self.assertIn("There is no host gimp; there are blender", self.fails("--host", "gimp"))

    def test_it_ends_with_the_process_that_it_was_told(self):
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        found = self.start("--exit-with", str(other.pid)).ready()
        other.communicate(b"\n")
        wait_until(lambda: found.process.poll() is not None, "the host ends")
        self.assertFalse(os.path.exists(found.file))
