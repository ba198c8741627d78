"""The code of the guide "Drive a tool through a socket" works: its adapter passes its own tests."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from test_sdk import BINDINGS, ROOT

GUIDE = pathlib.Path(ROOT) / "docs" / "src" / "guides" / "drive-a-tool.md"
TEMPLATE = pathlib.Path(ROOT) / "runtime" / "cli" / "templates" / "python"
# In place of the project's own, which installs componentize-py.
BUILD = f"VENDOR = ''\ndef bindings():\n    return {BINDINGS!r}\n"


class Guide(unittest.TestCase):
    def test_adapter_passes_its_tests(self):
        blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
        adapter = [block for block in blocks if "sdk.service(PainterAdapter)" in block]
        tests = [block for block in blocks if "class Plugins(unittest.TestCase)" in block]
        with tempfile.TemporaryDirectory() as folder:
            project = pathlib.Path(folder)
            for name, text in (("adapter.py", adapter[0]), ("test.py", tests[0]), ("build.py", BUILD)):
                (project / name).write_text(text, "utf-8")
            (project / "sdk").symlink_to(TEMPLATE / "sdk")
            ran = subprocess.run([sys.executable, "-B", "test.py"], cwd=project, stderr=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertRegex(ran.stderr, r"Ran [1-9]")


if __name__ == "__main__":
    unittest.main()
