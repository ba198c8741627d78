"""pyblish-base's own tests as plug-ins: an instance for each test, and a validator that plays it.

The tests lie beside this file, in `library/tests`, as pyblish-base has them. They are written for a Python that is
theirs alone, so what they leave behind in Pyblish is put back behind each.
"""
import contextlib
import importlib
import os
import sys

import pyblish.api
import pyblish.plugin

LIBRARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "library")


def modules():
    """The names of the modules with tests."""
    for folder, _, files in sorted(os.walk(os.path.join(LIBRARY, "tests"))):
        package = os.path.relpath(folder, LIBRARY).replace(os.sep, ".")
        for name in sorted(files):
            if name.startswith("test_") and name.endswith(".py"):
                yield "%s.%s" % (package, name[:-3])


class CollectTests(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder

    def process(self, context):
        if LIBRARY not in sys.path:
            sys.path.insert(0, LIBRARY)
        for name in modules():
            with unchanged():
                module = importlib.import_module(name)
            for test in sorted(dir(module)):
                if test.startswith("test_"):
                    context.create_instance("%s.%s" % (name, test), family="test", module=name, test=test)


class PlayTest(pyblish.api.InstancePlugin):
    order = pyblish.api.ValidatorOrder
    families = ["test"]

    def process(self, instance):
        module = importlib.import_module(instance.data["module"])
        test = getattr(module, instance.data["test"])
        with unchanged():
            for step in (getattr(test, "setup", None), test, getattr(test, "teardown", None)):
                if step is not None:
                    step()


@contextlib.contextmanager
def unchanged():
    """Makes Pyblish as it is when it is imported; and puts back what was registered, the streams, the environment and
    the folder."""
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
