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
        """The names of the plug-ins, and of what is left out the file, the kind and the message."""
        plugins, broken = discover(Library())
        return sorted(p.__name__ for p in plugins), [
            (os.path.relpath(path, self.folder), failed["kind"], failed["message"]) for path, failed in broken]

    def only(self, expected=("Good",)):
        """The only one that is left out."""
        names, broken = self.discover()
        self.assertEqual(names, list(expected))
        self.assertEqual(len(broken), 1, broken)
        return broken[0]

    def test_two_of_one_name(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        self.write("two/b.py", PLUGIN % ("Good", ["*"]))
        pyblish.api.register_plugin_path(self.path("two"))
        path, kind, message = self.only()
        self.assertEqual((path, kind), (os.path.join("two", "b.py"), "SameName"))
        self.assertIn("Good is left out: %s has another" % self.path("one", "a.py"), message)

    def test_registered_one_of_the_name_of_a_file(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        pyblish.api.register_plugin(type("Good", (pyblish.api.ContextPlugin,), {"process": lambda self, context: None}))
        self.assertEqual(self.only()[1], "SameName")

    def test_one_class_by_two_names_is_one(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]) + "Alias = Good\n")
        self.assertEqual(self.discover(), (["Good"], []))

    def test_file_without_plugins(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        self.write("one/helper.py", "import pyblish.api\nNUMBER = 5\n")
        self.write("one/_helper.py", "NUMBER = 5\n")
        path, kind, message = self.only()
        self.assertEqual((path, kind), (os.path.join("one", "helper.py"), "NoPlugin"))
        self.assertIn("begin with _", message)

    def test_other_host(self):
        self.write("one/a.py", PLUGIN % ("Good", ["tests"]))
        self.write("one/b.py", PLUGIN % ("Other", ["elsewhere", "nowhere"]))
        # A studio keeps the plug-ins of all its hosts in one folder: this is no mistake.
        self.assertEqual(self.discover(), (["Good"], []))
        pyblish.api.register_host("nowhere")  # hosts may be registered late
        self.addCleanup(pyblish.api.deregister_host, "nowhere")
        self.assertEqual(self.discover(), (["Good", "Other"], []))

    def test_folders(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        pyblish.api.register_plugin_path(self.path("gone"))
        self.assertEqual(self.only()[:2], ("gone", "NoFolder"))
        os.symlink(self.path("one"), self.path("gone"))
        self.assertEqual(self.only()[:2], ("gone", "SameFolder"))

    def test_files_that_cannot_be_read(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        os.symlink(self.path("gone.py"), self.path("one", "link.py"))
        path, kind, message = self.only()
        self.assertEqual((path, kind), (os.path.join("one", "link.py"), "NoFile"))
        self.assertIn("cannot be read: No such file", message)
        os.remove(self.path("one", "link.py"))
        os.mkdir(self.path("one", "folder.py"))
        self.assertIn("cannot be read: Is a directory", self.only()[2])
        os.rename(self.path("one", "folder.py"), self.path("one", "_folder.py"))
        self.assertEqual(self.discover(), (["Good"], []))

    def test_current_folder(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        self.write("two/b.py", PLUGIN % ("Here", ["*"]))
        self.addCleanup(os.chdir, os.getcwd())
        self.addCleanup(os.environ.pop, "PYBLISHPLUGINPATH", None)
        os.chdir(self.path("two"))
        os.environ["PYBLISHPLUGINPATH"] = os.pathsep  # two empty paths, which are the current folder
        names, broken = self.discover()
        self.assertEqual((names, [kind for _, kind, _ in broken]), (["Good", "Here"], ["SameFolder"] * len(broken)))

    def test_filters(self):
        self.write("one/a.py", PLUGIN % ("Good", ["*"]))
        self.write("one/b.py", PLUGIN % ("Filtered", ["*"]))

        def take_out(plugins):
            plugins[:] = [plugin for plugin in plugins if plugin.__name__ == "Good"]

        pyblish.api.register_discovery_filter(take_out)
        path, kind, message = self.only()
        self.assertEqual((path, kind), (os.path.join("one", "b.py"), "Filtered"))
        self.assertIn("take_out", message)


if __name__ == "__main__":
    unittest.main()
