# -*- coding: utf-8 -*-
"""The modules and the one file that is made of them.

In the one file, a name that a module forgot to import still exists. So the names that each module
uses are compared with its imports.
"""
import importlib
import os
import re
import symtable
import sys
import unittest

import modules
from client import BRIDGE

NAMES = sorted(name[:-3] for name in os.listdir(modules.PACKAGE) if name.endswith(".py"))

# Names of both Pythons that one of them does not have.
OTHERS = ("unicode", "long")


def source(path):
    with open(path, "rb") as file:
        # Python 2 refuses text with a coding.
        text = file.read()
    return text if sys.version_info[0] == 2 else text.decode("utf-8")


def global_names(table, is_top=True):
    """The names that code takes from its module or from Python."""
    found = set()
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (is_top or symbol.is_global()):
            found.add(symbol.get_name())
    for child in table.get_children():
        found |= global_names(child, False)
    return found


class Modules(unittest.TestCase):
    def test_imports_are_exact(self):
        builtins = dir(__builtins__) if not isinstance(__builtins__, dict) else list(__builtins__)
        for name in NAMES:
            text = source(os.path.join(modules.PACKAGE, name + ".py"))
            module = importlib.import_module("pyblish_endpoint_bridge" if name == "__init__" else "pyblish_endpoint_bridge." + name)
            used = global_names(symtable.symtable(text, name, "exec"))
            missing = [it for it in used if not hasattr(module, it) and it not in builtins and it not in OTHERS]
            self.assertEqual(missing, [], name)
            if name == "__init__":
                continue
            head = re.split(r"(?m)^(?:def|class|[A-Z_a-z, ]+ =|if|try)\b", text)[0]
            imports = re.findall(r"(?ms)^(?:from (?!__future__)\S+ )?import (\([^)]*\)|[^(\n]*)", head)
            named = set(re.findall(r"\w+", " ".join(imports)))
            self.assertEqual(sorted(named - used), [], name)

    def test_modules_are_short(self):
        for name in NAMES:
            self.assertLessEqual(source(os.path.join(modules.PACKAGE, name + ".py")).count("\n"), 400, name)

    def test_one_file_has_every_name(self):
        namespace = {"__name__": "one_file", "__file__": BRIDGE}
        exec(compile(source(BRIDGE), BRIDGE, "exec"), namespace)
        for name in NAMES:
            module = importlib.import_module("pyblish_endpoint_bridge." + name)
            own = [it for it in vars(module) if getattr(vars(module)[it], "__module__", None) == module.__name__]
            self.assertEqual([it for it in own if it not in namespace], [], name)
        # The names that start-up files, menus and plug-ins use.
        for name in ("BridgeError", "Cancelled", "__version__", "add_host", "cancelled", "is_alive", "main", "progress", "start", "stop"):
            self.assertIn(name, namespace)

    def test_one_file_is_current(self):
        # All other tests would pass with a file of an earlier build.
        text = source(BRIDGE).replace("\r\n", "\n")
        for name in NAMES:
            module = source(os.path.join(modules.PACKAGE, name + ".py")).replace("\r\n", "\n")
            first = re.search(r"(?m)^(def |class |[A-Z_a-z, ]+ = |if |try:)", module)
            if first is not None:
                self.assertIn(module[first.start():].rstrip("\n"), text, "%s: run `cargo xtask build`" % name)

    def test_reload_keeps_running_bridge(self):
        namespace = {"__name__": "one_file", "__file__": BRIDGE}
        code = compile(source(BRIDGE), BRIDGE, "exec")
        exec(code, namespace)
        namespace["know_entity"](Modules)
        namespace["RUNNING"] = running = object()
        current, watched = namespace["CURRENT"], namespace["WATCHED"]
        exec(code, namespace)
        self.assertIs(namespace["CURRENT"], current)
        self.assertIs(namespace["WATCHED"], watched)
        self.assertIs(namespace["RUNNING"], running)
        self.assertTrue(namespace["is_entity"](self))
