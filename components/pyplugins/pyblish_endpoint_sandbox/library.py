"""Python's own modules, kept in memory.

A component has no files of its own: after the build it only has what was imported. So the build
keeps the sources of Python's library in memory, compressed, and plug-ins can import them. The
modules that most plug-ins use are imported during the build, and cost nothing later.
"""
import importlib
import importlib.abc
import importlib.util
import os
import sys
import textwrap
import zlib

import pyblish

from . import fences

# Programs and tests, modules for windows, and modules for installing.
LEFT_OUT = frozenset((
    "__phello__", "antigravity", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "site-packages", "test",
    "this", "tkinter", "turtle", "turtledemo", "venv",
))

WARM = """
abc argparse ast base64 binascii bisect collections.abc configparser contextlib copy csv dataclasses datetime decimal difflib
encodings.ascii encodings.cp1252 encodings.idna encodings.latin_1 encodings.utf_16 encodings.utf_8_sig enum errno fnmatch fractions
functools getpass glob hashlib heapq inspect io itertools json linecache locale logging math numbers operator os pathlib pickle
platform pprint queue random re shlex shutil signal socket stat string struct subprocess sys tempfile textwrap threading time
traceback types typing urllib.parse uuid warnings weakref xml.etree.ElementTree zipfile zlib concurrent.futures.thread
""".split()


class Library(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds modules in memory."""

    def __init__(self):
        self.kept = {}  # name: whether it is a package, its file, its compressed source

    def keep(self, folder, package=""):
        for entry in sorted(os.listdir(folder)):
            path = os.path.join(folder, entry)
            if entry.endswith(".py"):
                name = entry[:-3]
                if name == "__init__":
                    self.add(package[:-1], True, path)
                elif package or name not in LEFT_OUT:
                    self.add(package + name, False, path)
            elif os.path.isfile(os.path.join(path, "__init__.py")) and entry not in LEFT_OUT:
                self.keep(path, package + entry + ".")

    def add(self, name, is_package, path):
        with open(path, "rb") as file:
            self.kept[name] = is_package, path, zlib.compress(file.read(), 9)

    def find_spec(self, fullname, path=None, target=None):
        kept = self.kept.get(fullname)
        if kept is None:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=kept[1], is_package=kept[0])

    def get_source(self, fullname):
        return importlib.util.decode_source(zlib.decompress(self.kept[fullname][2]))

    def get_code(self, fullname):
        return compile(zlib.decompress(self.kept[fullname][2]), self.kept[fullname][1], "exec", dont_inherit=True)

    def is_package(self, fullname):
        return self.kept[fullname][0]

    def exec_module(self, module):
        module.__file__ = self.kept[module.__name__][1]
        exec(self.get_code(module.__name__), module.__dict__)
        fences.add_advice(module)


def install():
    """During the build: keeps the library, imports the most used modules, and removes all folders
    from the path.
    """
    library = Library()
    # Not the folder of `os`, which is frozen into Python.
    library.keep(os.path.dirname(textwrap.__file__))
    # Modules of Pyblish that most plug-ins do not use.
    library.keep(os.path.dirname(pyblish.__file__), "pyblish.")
    for name in WARM:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # it needs something that the sandbox does not have; importing it will raise the explanation
    sys.meta_path.append(library)
    # Tracebacks get the lines of a file from its module's loader.
    for name, module in list(sys.modules.items()):
        if name in library.kept and getattr(module, "__spec__", None) is not None:
            module.__loader__ = module.__spec__.loader = library
    # The folders of this machine do not exist later.
    sys.path[:] = []
    sys.path_importer_cache.clear()


def blank():
    """Last of all: fills with zeros what was used and is free again, for of zeros a component holds
    none, and the less there is in it the sooner it is loaded.
    """
    size = 1 << 20
    while size >= 4096:
        kept = [bytearray(size) for _ in range((4 << 20) // size)]
        del kept
        size //= 2
