"""Two versions of the bridge in one host."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from client import BRIDGE

OLD = "0.0.1"


class Copies(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        for name in ("site", "user", "run"):
            os.mkdir(os.path.join(self.folder, name), 0o700)
        shutil.copy(BRIDGE, self.path("site", "pyblish_endpoint_bridge.py"))

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def user_has(self, text):
        with open(self.path("user", "pyblish_endpoint_bridge.py"), "w") as file:
            file.write(text)

    def started_twice(self):
        """What a host prints whose two start-up files start the bridge."""
        script = (
            "import sys\n"
            "for folder in sys.argv[1:]:\n"
            "    sys.path.append(folder)\n"
            "    import pyblish_endpoint_bridge\n"
            "    pyblish_endpoint_bridge.start('python')\n"
            "pyblish_endpoint_bridge.start('python')\n"
            "pyblish_endpoint_bridge.stop()\n")
        process = subprocess.Popen(
            [sys.executable, "-c", script, self.path("site"), self.path("user")], stderr=subprocess.PIPE,
            env=dict(os.environ, XDG_RUNTIME_DIR=self.path("run"), PYTHONDONTWRITEBYTECODE="1"))
        said = process.communicate()[1].decode("utf-8")
        self.assertEqual(process.returncode, 0, said)
        return said

    def test_another_version_is_told_once(self):
        self.user_has('"""A bridge."""\n__version__ = "%s"\n' % OLD)
        said = self.started_twice()
        self.assertEqual(said.count("has the bridge twice"), 1, said)
        self.assertIn("version %s in %s is not" % (OLD, self.path("user")), said)
        self.assertIn("host remove HOST", said)

    def test_same_version_is_fine(self):
        shutil.copy(BRIDGE, self.path("user", "pyblish_endpoint_bridge.py"))
        self.assertEqual(self.started_twice(), "")

    def test_what_is_no_bridge_is_left_alone(self):
        self.user_has("nothing\n")
        self.assertEqual(self.started_twice(), "")


if __name__ == "__main__":
    unittest.main()
