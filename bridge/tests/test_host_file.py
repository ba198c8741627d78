# -*- coding: utf-8 -*-
"""The host file, by which adapters find a bridge."""
import json
import os
import stat

from client import PROTOCOL
from support import Starting, WithHost


class HostFile(WithHost):
    paths = []

    def setUp(self):
        pass

    def test_host_file_is_private(self):
        with open(self.host.file) as file:
            said = json.load(file)
        self.assertEqual(said["address"], self.host.address)
        self.assertEqual(said["pid"], self.host.process.pid)
        self.assertEqual((said["host"], said["protocol"], said["pyblish"]), ("python", PROTOCOL, "1.8.12"))
        self.assertEqual(os.path.basename(self.host.file), "python-%d.json" % said["pid"])
        for path, mode in [
            (self.host.file, 0o600), (os.path.join(self.host.folder, "secret"), 0o600),
            (self.host.folder, 0o700), (os.path.join(self.host.folder, "hosts"), 0o700),
        ]:
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), mode, path)
        self.assertEqual(sorted(os.listdir(self.host.folder)), ["hosts", "secret"])


class Several(Starting):
    def test_host_file_is_removed(self):
        found = self.start().ready()
        self.assertTrue(os.path.exists(found.file))
        found.end()
        self.assertFalse(os.path.exists(found.file))

    def test_hosts_share_only_the_secret(self):
        one, two = self.start().ready(), self.start().ready()
        self.assertNotEqual(one.address, two.address)
        first, second = one.connect(), two.connect()
        self.assertEqual(first.call("ping")[0], second.call("ping")[0])
        first.close()
        second.close()

    def test_concurrent_makers_share_one_secret(self):
        hosts = [self.start() for _ in range(6)]
        for found in hosts:
            found.ready().connect().close()
        self.assertEqual(sorted(os.listdir(hosts[0].folder)), ["hosts", "secret"])
