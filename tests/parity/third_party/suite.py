"""pyblish-base's own tests as plug-ins: an instance for each test, and a validator that runs it.

The tests are in `library/tests` beside this file, unchanged. They expect a Python of their own, so
Pyblish's state is restored after each.
"""
import contextlib
import importlib
import os
import re
import sys

import pyblish.api
import pyblish.plugin

LIBRARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "library")


def tests():
    """The names of the test modules and of their tests; no module is imported."""
    for folder, _, files in sorted(os.walk(os.path.join(LIBRARY, "tests"))):
        package = os.path.relpath(folder, LIBRARY).replace(os.sep, ".")
        for name in sorted(files):
            if name.startswith("test_") and name.endswith(".py"):
                with open(os.path.join(folder, name)) as file:
                    found = re.findall(r"^def (test_\w+)", file.read(), re.MULTILINE)
                yield "%s.%s" % (package, name[:-3]), sorted(set(found))


class CollectTests(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder

    def process(self, context):
        if LIBRARY not in sys.path:
            sys.path.insert(0, LIBRARY)
        for module, names in tests():
            for name in names:
                context.create_instance("%s.%s" % (module, name), family="test", module=module, test=name)


class PlayTest(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["test"]

    def process(self, instance):
        with unchanged():
            module = importlib.import_module(instance.data["module"])
            test = getattr(module, instance.data["test"])
            for step in (getattr(test, "setup", None), test, getattr(test, "teardown", None)):
                if step is not None:
                    step()


@contextlib.contextmanager
def unchanged():
    """Resets Pyblish to its state after import, and later restores what was registered, the
    streams, the environment and the folder.
    """
    registries = [
        value for name, value in vars(pyblish.plugin).items()
        if name.startswith("_registered_") and isinstance(value, (dict, list))
    ]
    registered = [value.copy() for value in registries]
    streams, environment, folder = (sys.stdout, sys.stderr), dict(os.environ), os.getcwd()
    try:
        for registry in registries:
            registry.clear()
        os.environ.pop("PYBLISHPLUGINPATH", None)
        pyblish.api.__init__()
        yield
    finally:
        for registry, value in zip(registries, registered):
            registry.clear()
            registry.update(value) if isinstance(value, dict) else registry.extend(value)
        sys.stdout, sys.stderr = streams
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
