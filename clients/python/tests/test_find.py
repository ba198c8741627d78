"""Tests of finding the running servers, and of each way to connect."""
import json
import os
import ssl
import subprocess
import sys
import unittest
from unittest import mock

import support
from support import SHOTS, client

from pyblish_endpoint_client import running


class Finding(support.Case):
    def listed(self):
        """The servers that the binary finds."""
        said = subprocess.run(
            [support.BINARY, "list", "--json"], env=self.environment, stdout=subprocess.PIPE, timeout=support.TIME, check=True
        )
        return json.loads(said.stdout.decode())

    def test_none(self):
        self.assertEqual(client.find(), [])
        for wish in ({}, {"host": "blender"}, {"session": "x"}):
            with self.assertRaises(client.NoEndpoint) as caught:
                client.connect(**wish)
            self.assertIn("start one with `pyblish-endpoint serve`", str(caught.exception))

    def test_one_as_list_has_it(self):
        server = self.serve(self.scenario(SHOTS))
        found = client.find()
        self.assertEqual([it.address for it in found], [server.address])
        listed = self.listed()
        ours = [
            {
                "address": it.address, "tokenFile": it.token_file, "pid": it.pid, "adapter": it.adapter, "hosts": it.hosts,
                "hostPid": it.host_pid, "session": it.session, "started": it.started,
            }
            for it in found
        ]
        self.assertEqual(ours, listed)
        self.assertEqual(found[0].pid, server.process.pid)
        self.assertEqual(client.connect().session().id, found[0].session)
        self.assertEqual(client.connect(server.address).sessions(), client.connect().sessions())

    def test_several_and_which(self):
        first = self.serve(self.scenario(SHOTS))
        second = self.serve(self.folders())
        third = self.serve(self.scenario(SHOTS, "again"), "--no-auth")
        found = client.find()
        self.assertEqual([it.address for it in found], [first.address, second.address, third.address])
        with self.assertRaises(client.NoEndpoint) as caught:
            client.connect()
        for server in found:
            self.assertIn(server.address, str(caught.exception))
            self.assertIn(server.session, str(caught.exception))
            self.assertEqual(client.connect(session=server.session).address, server.address)
            self.assertEqual(client.connect(server.address).session().id, server.session)
        self.assertEqual(client.connect(host=found[1].hosts[0]).address, second.address)
        self.assertIsNone(found[2].token())

    def test_one_that_was_killed_is_stale(self):
        scenario = self.scenario(SHOTS)
        killed = self.serve(scenario)
        killed.kill()
        left = sorted(os.listdir(self.run_folder))
        self.assertEqual(left, ["%d.json" % killed.process.pid, "%d.token" % killed.process.pid])
        self.assertEqual(client.find(), [])
        # `find` only reads: `list` removes them.
        self.assertEqual(sorted(os.listdir(self.run_folder)), left)
        server = self.serve(scenario)
        self.assertEqual([it.address for it in client.find()], [server.address])
        self.assertEqual(len(self.listed()), 1)

    def test_what_tells_of_no_server_is_passed_over(self):
        server = self.serve(self.scenario(SHOTS))
        for name, text in (("a.json", "{}"), ("b.json", "{"), ("c.json", "[]"), ("d.json", '{"pid": "x"}'), ("e.txt", "")):
            with open(os.path.join(self.run_folder, name), "w") as file:
                file.write(text)
        self.assertEqual([it.address for it in client.find()], [server.address])

    @unittest.skipIf(os.name == "nt", "a user's own folders are private there")
    def test_what_others_may_have_written_is_not_believed(self):
        server = self.serve(self.scenario(SHOTS))
        path = os.path.join(self.run_folder, "%d.json" % server.process.pid)
        with open(path) as file:
            told = json.load(file)
        for change in (
            {"address": "http://192.0.2.1:6000"},
            {"address": "http://127.0.0.1.example:6000"},
            {"address": "http://127.0.0.1:1@192.0.2.1:6000"},
            {"tokenFile": "/etc/hostname"},
        ):
            with open(path, "w") as file:
                json.dump(dict(told, **change), file)
            self.assertEqual(client.find(), [], change)
        with open(path, "w") as file:
            json.dump(told, file)
        os.mkfifo(os.path.join(self.run_folder, "pipe.json"))
        self.assertEqual(len(client.find()), 1)
        os.chmod(path, 0o666)
        self.assertEqual(client.find(), [])
        os.chmod(path, 0o600)
        os.chmod(self.run_folder, 0o777)
        with self.assertRaises(client.NoEndpoint) as caught:
            client.find()
        self.assertIn("mode 700", str(caught.exception))
        os.chmod(self.run_folder, 0o700)
        self.assertEqual(len(client.find()), 1)

    def test_a_token_that_others_can_read_is_none(self):
        server = self.serve(self.scenario(SHOTS))
        path = server.started["tokenFile"]
        os.chmod(path, 0o640)
        with self.assertRaises(client.NoEndpoint) as caught:
            client.connect()
        self.assertIn("mode 600", str(caught.exception))
        os.remove(path)
        with self.assertRaises(client.NoEndpoint) as caught:
            client.connect()
        self.assertIn(path, str(caught.exception))

    def test_processes(self):
        self.assertTrue(running.alive(os.getpid()))
        self.assertTrue(running.alive(1))
        for nobody in (0, -1, 2**31 - 1, 2**40):
            self.assertFalse(running.alive(nobody))
        child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
        # It has ended when its output has; its parent has not waited for it yet.
        child.stdout.read()
        child.stdout.close()
        for _ in range(10**7):
            if not running.alive(child.pid):
                break
        self.assertFalse(running.alive(child.pid))
        child.wait()

    def test_the_folder_of_each_system(self):
        # As in the runtime's `user::run_folder`.
        none = {"HOME": "/home/u", "XDG_RUNTIME_DIR": "", "XDG_DATA_HOME": "relative"}
        with mock.patch.dict(os.environ, none):
            with mock.patch.object(sys, "platform", "linux"):
                self.assertEqual(running.run_folder(), "/home/u/.local/share/pyblish-endpoint/run")
                os.environ["XDG_DATA_HOME"] = "/data"
                self.assertEqual(running.run_folder(), "/data/pyblish-endpoint/run")
                os.environ["XDG_RUNTIME_DIR"] = "/run/user/1"
                self.assertEqual(running.run_folder(), "/run/user/1/pyblish-endpoint")
            with mock.patch.object(sys, "platform", "darwin"):
                self.assertEqual(running.run_folder(), "/home/u/Library/Application Support/pyblish-endpoint/run")
            with mock.patch.object(os, "name", "nt"), mock.patch.dict(os.environ, {"APPDATA": "/roaming"}):
                self.assertEqual(running.run_folder(), "/roaming/pyblish-endpoint/data/run")


class Doors(support.Case):
    def test_a_unix_socket(self):
        path = os.path.join(self.place, "s.sock")
        self.serve(self.scenario(SHOTS), listen=("--socket", path))
        endpoint = client.connect()
        self.assertEqual(endpoint.address, "unix:" + path)
        self.publish(endpoint)

    def test_tls(self):
        folder = os.environ["PYBLISH_ENDPOINT_TLS"]
        certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
        server = self.serve(self.scenario(SHOTS), "--tls-cert", certificate, "--tls-key", key)
        self.assertTrue(server.address.startswith("https://"))
        with self.assertRaises(client.Unreachable) as caught:
            client.connect().sessions()
        self.assertIn("certificate", str(caught.exception).lower())
        # A machine whose store of certificates is empty.
        with mock.patch.dict(os.environ, SSL_CERT_FILE=os.devnull, SSL_CERT_DIR=os.path.join(folder, "none")):
            with self.assertRaises(client.Unreachable) as caught:
                client.connect().sessions()
        said = str(caught.exception)
        for part in (server.address, "this Python trusts none", "has no certificates", "SSL_CERT_FILE"):
            self.assertIn(part, said)
        self.publish(client.connect(tls=ssl.create_default_context(cafile=certificate)))

    def publish(self, endpoint):
        session = endpoint.session()
        with session.events() as events:
            run = session.start(until="collect")
            seen = support.until(events, "runEnded")
            self.assertEqual(seen[-1].run.id, run.id)
            reading = self.thread(list, events)
            events.close()
            reading.join()
        self.assertEqual(run.wait().state, "succeeded")


if __name__ == "__main__":
    unittest.main()
