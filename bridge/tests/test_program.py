# -*- coding: utf-8 -*-
"""Which program the Publish entry starts. The programs are stand-ins that say a version."""
import os
import shutil
import stat
import sys
import tempfile
import unittest

from client import SOURCE

sys.path.insert(0, SOURCE)
import pyblish_endpoint_program as program  # noqa: E402
from pyblish_endpoint_bridge import __version__ as OWN  # noqa: E402

STAND_IN = u"#!/bin/sh\necho 'pyblish-endpoint %s'\n"

LOADER = u"""#!/bin/sh
echo "$0: /lib/x86_64-linux-gnu/libc.so.6: version \\`GLIBC_2.34' not found (required by $0)" >&2
echo "$0: /lib/x86_64-linux-gnu/libc.so.6: version \\`GLIBC_2.4' not found (required by $0)" >&2
exit 1
"""

# A version before and one after this one, neither of which fits.
OLDER, NEWER = "0.0.9", "%d.0.0" % (program.numbers(OWN)[0] + 1)


def elf(machine):
    """The beginning of a program for Linux on this machine."""
    head = bytearray(b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x02\0\0\0\x01\0\0\0") + b"\0" * 40
    head[18], head[19] = machine & 255, machine >> 8
    return bytes(head)


def windows(machine):
    """The beginning of a program for Windows."""
    head = bytearray(b"MZ" + b"\0" * 58 + b"\x40\0\0\0" + b"PE\0\0")
    return bytes(head + bytearray([machine & 255, machine >> 8]) + b"\0" * 18)


@unittest.skipIf(os.name == "nt", "the stand-ins are scripts with a first line that names their interpreter")
class Find(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        former = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(former)))
        os.environ.update(
            HOME=os.path.join(self.folder, "home"), XDG_CONFIG_HOME=self.path("home", ".config"),
            PATH=self.path("bin") + os.pathsep + "/bin" + os.pathsep + "/usr/bin")
        for name in (program.VARIABLE, program.CONFIG):
            os.environ.pop(name, None)
        former_places = program.usual_places
        program.usual_places = lambda: [self.path("usual", "pyblish-endpoint")]
        self.addCleanup(setattr, program, "usual_places", former_places)
        former_machine = program.machine_folder
        program.machine_folder = lambda: self.path("etc")
        self.addCleanup(setattr, program, "machine_folder", former_machine)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def make(self, name, content=STAND_IN % OWN):
        path = self.path(*name.split("/"))
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode("utf-8"))
        os.chmod(path, stat.S_IRWXU)
        return path

    def configure(self, name, text):
        path = self.make(name, u"%s" % text)
        os.chmod(path, 0o644)
        return path

    def find(self, binary=""):
        return program.find("nuke", binary)

    def refused(self, binary=""):
        with self.assertRaises(program.ProgramError) as raised:
            self.find(binary)
        return "%s" % raised.exception

    def test_order_of_the_search(self):
        usual = self.make("usual/pyblish-endpoint")
        self.assertEqual(self.find(), usual)
        on_path = self.make("bin/pyblish-endpoint")
        self.assertEqual(self.find(), on_path)
        installed = self.make("installed/pyblish-endpoint")
        self.assertEqual(self.find(installed), installed)
        self.assertEqual(self.find(self.path("gone")), on_path)
        machine = self.make("machine/pyblish-endpoint")
        self.configure("etc/endpoint.toml", '[menu]\nprogram = "%s"\n' % machine)
        self.assertEqual(self.find(installed), machine)
        site = self.make("site/pyblish-endpoint")
        os.environ[program.CONFIG] = self.configure(
            "site.toml", "[common]\nkeep-days = 9\n[menu] # ours\nprogram = '%s'\n[limits]\ncpu = 1\n" % site)
        self.assertEqual(self.find(installed), site)
        user = self.make("user/pyblish-endpoint")
        self.configure("home/.config/pyblish-endpoint/endpoint.toml", '[menu]\nprogram = "%s"\n' % user)
        self.assertEqual(self.find(installed), user)
        project = self.make("project/pyblish-endpoint")
        os.environ[program.VARIABLE] = project
        self.assertEqual(self.find(installed), project)

    def test_program_that_does_not_fit_is_passed_over(self):
        old = self.make("bin/pyblish-endpoint", STAND_IN % OLDER)
        usual = self.make("usual/pyblish-endpoint")
        self.assertEqual(self.find(old), usual)
        os.remove(usual)
        said = self.refused()
        self.assertIn(old, said)
        self.assertIn("version 0.0.9, which is too old for this host's start-up files of %s" % OWN, said)
        self.assertIn('run `"%s" host install nuke`, and start the host again' % old, said)

    def test_chosen_program_is_the_only_one(self):
        self.make("bin/pyblish-endpoint")
        new = self.make("new", STAND_IN % NEWER)
        os.environ[program.VARIABLE] = new
        said = self.refused()
        self.assertIn("%s, which PYBLISH_ENDPOINT_PROGRAM names: it is version %s" % (new, NEWER), said)
        self.assertIn("too new", said)
        self.assertIn("host install nuke", said)
        # Of several, the first that fits is taken.
        fits = self.make("fits")
        os.environ[program.VARIABLE] = os.pathsep.join([new, fits])
        self.assertEqual(self.find(), fits)

    def test_versions_fit_as_in_semantic_versioning(self):
        for one, other, fit in [
            ("0.2.0", "0.2.9", True), ("0.2.9", "0.2.0", True), ("0.2.0", "0.3.0", False), ("0.9.0", "1.0.0", False),
            ("1.0.0", "1.9.3", True), ("1.9.0", "2.0.0", False), ("0.2.0", "0.2.1-rc.1", True),
        ]:
            self.assertEqual(program.fits(one, other), fit, (one, other))

    def test_nothing_found_says_where_it_was_looked_for(self):
        said = self.refused(self.path("gone"))
        for part in (self.path("gone"), self.path("usual"), "PATH", "PYBLISH_ENDPOINT_PROGRAM"):
            self.assertIn(part, said)

    def test_share_that_is_gone_is_named(self):
        os.environ[program.VARIABLE] = self.path("share", "0.2.0", "pyblish-endpoint")
        said = self.refused()
        self.assertIn("of its path only %s does. Mount its share" % self.folder, said)
        os.makedirs(self.path("share", "0.2.0"))
        self.assertIn("Install it there", self.refused())
        os.environ.pop(program.VARIABLE)
        os.environ[program.CONFIG] = self.path("share", "endpoint.toml")
        said = self.refused()
        self.assertIn(self.path("share", "endpoint.toml"), said)
        self.assertIn("Mount its share", said)

    def test_share_that_does_not_answer_is_told(self):
        """A stand-in for a share: no machine here has one that hangs."""
        former = os.stat
        def stale(path, *more, **others):
            if "share" in "%s" % path:
                raise OSError(116, "Stale file handle", path)
            return former(path, *more, **others)
        os.environ[program.VARIABLE] = self.path("share", "pyblish-endpoint")
        os.stat = stale
        try:
            said = self.refused()
        finally:
            os.stat = former
        self.assertIn("its share does not answer (Stale file handle). Mount it again", said)

    def test_program_for_another_machine_is_told(self):
        for content, words in [
            (elf(183), "it is for Linux on aarch64, and this machine is "),
            (elf(9999), "it is for Linux, and this machine is "),
            (windows(0x8664), "it is for Windows on x86_64, and this machine is "),
            (b"\xcf\xfa\xed\xfe\x0c\0\0\x01" + b"\0" * 24, "it is for macOS on aarch64"),
            (b"", "it is empty, so its package is only half there. Install it again"),
            (b"half a tar", "it is no program for this machine"),
        ]:
            if content[:2] == b"MZ" and os.path.exists("/proc/sys/fs/binfmt_misc/wine"):
                continue  # this machine runs them
            os.environ[program.VARIABLE] = self.make("other", content)
            said = self.refused()
            self.assertIn(words, said)
            self.assertIn("nstall", said)

    def test_older_glibc_is_told(self):
        """A stand-in that says what the loader of an older Linux says."""
        os.environ[program.VARIABLE] = self.make("newer", LOADER)
        said = self.refused()
        self.assertIn("it needs glibc 2.34 or later, and this machine has ", said)
        self.assertIn("Install the package for older Linuxes", said)

    def test_missing_loader_and_permission_are_told(self):
        os.environ[program.VARIABLE] = path = self.make("musl", u"#!/lib/ld-of-another-system\n")
        self.assertIn("the program loader that it needs is not on this machine", self.refused())
        os.chmod(path, 0o600)
        self.assertIn("chmod +x", self.refused())

    def test_another_program_is_told(self):
        os.environ[program.VARIABLE] = self.make("other", u"#!/bin/sh\necho hello\n")
        self.assertIn("it does not say its version, so it is another program", self.refused())

    def test_configuration_is_read_as_toml(self):
        def read(text):
            return program.read_programs("/site.toml", text)

        self.assertEqual(read(""), [])
        self.assertEqual(read("[menus]\nprogram = '/a'\n"), [])
        self.assertEqual(read("[other]\nprogram = '/a'\n[menu]\n"), [])
        self.assertEqual(read('[menu]\nprogram = "/a b/\\"c\\\\u00e9 \\u00e9"\n[x]\n'), [u'/a b/"c\\u00e9 \u00e9'])
        self.assertEqual(read("# [menu]\n[menu]\n# program = '/no'\nprogram = '/a' # '/b'\n"), ["/a"])
        several = "[menu]\nprogram = [\n  '/a#1', # first\n  \"/b\",\n  'C:\\x\\a.exe', '//server/b.exe',\n]\n[[policy]]\n"
        self.assertEqual(read(several), ["/a#1", "/b"])
        for text, words in [
            ("menu.program = '/a'\n", "write the table [menu]"),
            ("menu = { program = '/a' }\n", "write the table [menu]"),
            ("[menu]\nprogram = 3\n", "must be a text, or a list of texts"),
            ("[menu]\nprogram = 'a/b'\n", "write the whole path"),
            ("[menu]\nprogram = 'C:\\a.exe'\n", "has no path for this system"),
        ]:
            with self.assertRaises(program.ProgramError) as raised:
                read(text)
            self.assertIn(words, "%s" % raised.exception)
            self.assertIn("/site.toml", "%s" % raised.exception)

    def test_configuration_of_others_is_refused(self):
        path = self.configure("home/.config/pyblish-endpoint/endpoint.toml", "[menu]\nprogram = '/a'\n")
        os.chmod(path, 0o666)
        self.assertIn("chmod go-w", self.refused())
        os.chmod(path, 0o644)
        os.chmod(os.path.dirname(path), 0o777)
        self.assertIn("chmod go-w", self.refused())
        # One that somebody names may be anybody's.
        os.environ[program.CONFIG] = path
        os.environ["XDG_CONFIG_HOME"] = self.path("none")
        self.assertIn("/a, which %s names" % path, self.refused())


if __name__ == "__main__":
    unittest.main()
