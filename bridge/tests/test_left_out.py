# -*- coding: utf-8 -*-
"""What Pyblish leaves out without a word is told, with the reason."""
import os
import shutil
import tempfile
import unittest

import modules  # noqa: F401
import pyblish.api
from pyblish_endpoint_bridge.discovery import discover
from pyblish_endpoint_bridge.pyblish_base import Library

PLUGIN = """
import pyblish.api

class %s(pyblish.api.ContextPlugin):
    hosts = %r
    def process(self, context):
        pass
"""


class LeftOut(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        before = pyblish.api.registered_paths()
        self.addCleanup(lambda: [pyblish.api.deregister_all_paths()] + [pyblish.api.register_plugin_path(path) for path in before])
        pyblish.api.deregister_all_paths()
        self.addCleanup(pyblish.api.deregister_all_discovery_filters)
        self.addCleanup(pyblish.api.deregister_all_plugins)
        pyblish.api.register_plugin_path(self.path("one"))
        pyblish.api.register_host("tests")
        self.addCleanup(pyblish.api.deregister_host, "tests")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        if not os.path.isdir(os.path.dirname(self.path(name))):
            os.makedirs(os.path.dirname(self.path(name)))
        with open(self.path(name), "w") as file:
            file.write(text)

    def discover(self):
        """The names of the plug-ins, and of what is left out the name, the file and the reason."""
        plugins, self.broken, left_out = discover(Library())
        return sorted(p.__name__ for p in plugins), [
            (name, path and os.path.relpath(path, self.folder), why) for name, path, why in left_out]

    def only(self, expected=("Good",)):
        """The only one that is left out."""
        names, left_out = self.discover()
        self.assertEqual(names, list(expected))
        self.assertEqual(len(left_out), 1, left_out)
        return left_out[0]

    def test_two_of_one_name(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        self.write("two/b.py", PLUGIN % ("Good", ["*"]))
        pyblish.api.register_plugin_path(self.path("two"))
        name, path, why = self.only()
        self.assertEqual((name, path), ("Good", os.path.join("two", "b.py")))
        self.assertIn("%s has another one of this name" % self.path("one", "a.py"), why)

    def test_registered_one_of_the_name_of_a_file(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        pyblish.api.register_plugin(type("Good", (pyblish.api.ContextPlugin,), {"process": lambda self, context: None}))
        name, path, why = self.only()
        self.assertEqual((name, os.path.basename(path)), ("Good", os.path.basename(__file__)))
        self.assertIn("another one of this name", why)

    def test_one_class_by_two_names_is_one(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]) + "Alias = Good\n")
        self.assertEqual(self.discover(), (["Good"], []))

    def test_file_without_plugins(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        self.write("one/helper.py", "import pyblish.api\nNUMBER = 5\n")
        self.write("one/_helper.py", "NUMBER = 5\n")
        name, path, why = self.only()
        self.assertEqual((name, path), (None, os.path.join("one", "helper.py")))
        self.assertIn("begin with _", why)

    def test_other_host(self):
        self.write("one/a.py", PLUGIN % ("Good", ["tests"]))
        self.write("one/b.py", PLUGIN % ("Other", ["elsewhere", "nowhere"]))
        self.assertEqual(self.only(), (
            "Other", os.path.join("one", "b.py"), "It is for the hosts elsewhere, nowhere, and this is %s." % ", ".join(
                pyblish.api.registered_hosts())))
        pyblish.api.register_host("nowhere")  # hosts may be registered late
        self.addCleanup(pyblish.api.deregister_host, "nowhere")
        self.assertEqual(self.discover(), (["Good", "Other"], []))

    def test_folders(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        pyblish.api.register_plugin_path(self.path("gone"))
        name, path, why = self.only()
        self.assertEqual((name, path), (None, "gone"))
        self.assertIn("does not exist", why)
        os.symlink(self.path("one"), self.path("gone"))
        name, path, why = self.only()
        self.assertEqual((name, path), (None, "gone"))
        self.assertIn("is the same as", why)

    def test_files_that_cannot_be_read(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        os.symlink(self.path("gone.py"), self.path("one", "link.py"))
        self.assertEqual(self.discover(), (["Good"], []))
        (path, failed), = self.broken
        self.assertEqual((path, failed["kind"]), (self.path("one", "link.py"), "NoFile"))
        self.assertIn("cannot be read: No such file", failed["message"])
        os.remove(self.path("one", "link.py"))
        os.mkdir(self.path("one", "folder.py"))
        self.discover()
        self.assertIn("cannot be read: Is a directory", self.broken[0][1]["message"])
        os.rename(self.path("one", "folder.py"), self.path("one", "_folder.py"))
        self.assertEqual((self.discover(), self.broken), ((["Good"], []), []))

    def test_current_folder(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        self.write("two/b.py", PLUGIN % ("Here", ["*"]))
        self.addCleanup(os.chdir, os.getcwd())
        self.addCleanup(os.environ.pop, "PYBLISHPLUGINPATH", None)
        os.chdir(self.path("two"))
        os.environ["PYBLISHPLUGINPATH"] = os.pathsep  # two empty paths, which are the current folder
        names, left_out = self.discover()
        self.assertEqual(names, ["Good", "Here"])
        for name, _, why in left_out:
            self.assertIn("is the same as", why)

    def test_filters(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        self.write("one/b.py", PLUGIN % ("Filtered", ["*"]))

        def take_out(plugins):
            plugins[:] = [plugin for plugin in plugins if plugin.__name__ == "Good"]

        pyblish.api.register_discovery_filter(take_out)
        name, path, why = self.only()
        self.assertEqual((name, path), ("Filtered", os.path.join("one", "b.py")))
        self.assertIn("take_out", why)


if __name__ == "__main__":
    unittest.main()
