"""Tests of packages.txt in the template for Python (`runtime/cli/templates/python/build.py`). In
place of pip, a function writes the packages, so nothing is fetched.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[3]
spec = importlib.util.spec_from_file_location("build", ROOT / "runtime/cli/templates/python/build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)


class Packages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.project = pathlib.Path(folder.name)
        self.installed = {"plain/__init__.py": "", "fast/_fast.cpython-314.so": "", "fast/__init__.py": ""}
        self.runs = []
        vendor = self.project / "vendor"
        for name, value in {
            "PROJECT": self.project,
            "VENDOR": vendor,
            "LEFT_OUT": vendor / "left-out.txt",
            "tool": lambda: self.project / "bin" / "componentize-py",
        }.items():
            patch = mock.patch.object(build, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        patch = mock.patch.object(build.subprocess, "run", self.pip)
        patch.start()
        self.addCleanup(patch.stop)

    def pip(self, command, **_):
        self.runs.append(command)
        for path, text in self.installed.items():
            place = self.project / "vendor" / path
            place.parent.mkdir(exist_ok=True)
            place.write_text(text)
        return subprocess.CompletedProcess(command, 0 if self.installed else 1)

    def vendor(self, wanted):
        (self.project / "packages.txt").write_text(wanted)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            build.vendor()
        return said.getvalue()

    def test_packages_are_installed_once(self):
        self.vendor("# A comment.\nplain==1\n")
        self.assertEqual(len(self.runs), 1)
        self.vendor("# A comment.\nplain==1\n")
        self.assertEqual(len(self.runs), 1)
        self.vendor("plain==2\n")
        self.assertEqual(len(self.runs), 2)

    def test_pip_is_not_asked_for_nothing(self):
        self.assertEqual(self.vendor("# A comment.\n\n"), "")
        self.assertEqual(self.runs, [])

    def test_native_code_is_left_out_and_named(self):
        said = self.vendor("plain==1\nfast==1\n")
        self.assertEqual(said, "fast has native code, which the sandbox cannot load: it is left out\n")
        left = sorted(os.listdir(self.project / "vendor" / "fast"))
        self.assertEqual(left, ["__init__.py"])
        # The build that fails later names it, also when nothing was installed anew.
        self.assertEqual(self.vendor("plain==1\nfast==1\n"), "")
        self.assertIn("one of fast, whose native code is left out", build.hint())

    def test_package_that_is_not_there_ends_the_build(self):
        self.installed = {}
        with self.assertRaises(SystemExit) as caught:
            self.vendor("no-such-package==1\n")
        self.assertIn("pip says above why", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
