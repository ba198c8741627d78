# -*- coding: utf-8 -*-
"""The run folder, where bridges and runtimes of one user meet: files of others are not trusted."""
import os
import shutil
import stat
import tempfile
import threading
import unittest

from promises import not_here, promise
from support import host


class RunFolder(unittest.TestCase):
    def setUp(self):
        if os.name == "nt":
            self.skipTest(not_here("HOST-08", "there are no modes"))
        self.runtime = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.runtime)
        self.folder = os.path.join(self.runtime, "pyblish-endpoint")
        self.secret = os.path.join(self.folder, "secret")
        os.mkdir(self.folder, 0o700)

    def start(self):
        found = host(self.runtime)
        self.addCleanup(found.end)
        return found

    def refused(self, words):
        """A host that does not start, and says why."""
        found = self.start()
        with promise("HOST-08"):
            self.assertTrue(found.first.wait(60), "it waits")
        said = found.end()
        with promise("HOST-08"):
            self.assertIn(words, said)
        self.assertNotIn("Traceback", said)
        hosts = os.path.join(self.folder, "hosts")
        with promise("HOST-08"):
            self.assertFalse(os.path.isdir(hosts) and os.listdir(hosts), "nobody is told of it")

    def write(self, text, mode=0o600):
        with open(self.secret, "w") as file:
            file.write(text)
        os.chmod(self.secret, mode)

    def test_foreign_secret_is_refused(self):
        self.write("0" * 64, 0o644)
        self.refused("is another user's, or others can read it; remove it, and it is made anew")
        self.write("0" * 64)
        if os.geteuid() == 0:
            os.chown(self.secret, 65534, 65534)
            self.refused("is another user's")

    def test_invalid_secret_is_refused(self):
        for text in ("too short", "", "0" * 63 + "g", "0" * 65, "0" * 64 + "x" * 300):
            self.write(text)
            self.refused("is not 64 hexadecimal digits")

    def test_linked_secret_is_not_followed(self):
        other = os.path.join(self.runtime, "other")
        with open(other, "w") as file:
            file.write("0" * 64)
        os.chmod(other, 0o600)
        os.symlink(other, self.secret)
        self.refused("it is a link")
        # A link to nothing is not followed either, and nothing is made at its target.
        os.remove(other)
        self.refused("it is a link")
        with promise("HOST-08"):
            self.assertFalse(os.path.exists(other))

    def test_special_file_as_secret_blocks_nothing(self):
        os.mkfifo(self.secret, 0o600)
        self.refused("is no plain file")
        os.remove(self.secret)
        os.mkdir(self.secret, 0o700)
        self.refused("is no plain file")

    def test_foreign_folder_is_refused(self):
        for mode in (0o777, 0o770, 0o750, 0o705):
            os.chmod(self.folder, mode)
            self.refused("others can enter it; remove it, and it is made anew")
        os.chmod(self.folder, 0o700)
        if os.geteuid() == 0:
            os.chown(self.folder, 65534, 65534)
            self.refused("is another user's")

    def test_link_or_file_as_folder_is_refused(self):
        other = os.path.join(self.runtime, "other")
        os.rename(self.folder, other)
        os.symlink(other, self.folder)
        self.refused("is no folder")
        with promise("HOST-08"):
            self.assertEqual(os.listdir(other), [])
        os.remove(self.folder)
        with open(self.folder, "w"):
            pass
        self.refused("is no folder")

    def test_linked_hosts_folder_is_refused(self):
        other = os.path.join(self.runtime, "other")
        os.mkdir(other, 0o700)
        os.symlink(other, os.path.join(self.folder, "hosts"))
        found = self.start()
        self.assertTrue(found.first.wait(60))
        with promise("HOST-08"):
            self.assertIn("is no folder", found.end())
        with promise("HOST-08"):
            self.assertEqual(os.listdir(other), [])

    def test_host_file_follows_no_link(self):
        # An attacker who knows the process id could have put links there.
        hosts = os.path.join(self.folder, "hosts")
        os.mkdir(hosts, 0o700)
        precious = os.path.join(self.runtime, "precious")
        with open(precious, "w") as file:
            file.write("precious")
        first = self.start().ready()
        pid = first.process.pid
        for number in range(pid + 1, pid + 200):
            for name in ("python-%d.json" % number, "python-%d.json.%d.tmp" % (number, number)):
                os.symlink(precious, os.path.join(hosts, name))
        second = self.start().ready()
        with promise("HOST-08"):
            self.assertTrue(stat.S_ISREG(os.lstat(second.file).st_mode))
        with open(precious) as file, promise("HOST-08"):
            self.assertEqual(file.read(), "precious")

    def test_host_file_is_written_atomically(self):
        hosts = os.path.join(self.folder, "hosts")
        seen, stop = set(), threading.Event()

        def watch():
            while not stop.is_set():
                for name in os.listdir(hosts) if os.path.isdir(hosts) else ():
                    if name.endswith(".json"):
                        try:
                            with open(os.path.join(hosts, name)) as file:
                                seen.add(file.read())
                        except IOError:
                            continue  # it has ended

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for _ in range(3):
                self.start().ready().end()
        finally:
            stop.set()
            watcher.join()
        self.assertTrue(seen)
        self.assertTrue(all(text.startswith("{") and text.endswith("}") for text in seen))
        self.assertEqual(os.listdir(hosts), [])
