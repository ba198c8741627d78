"""Pyblish's own plug-ins: the date, the user, the current folder.

Pyblish finds them as files in its package, before all others, but here are no such files. So they
are kept from the build, and inserted at their usual positions.
"""
import os
import types

import pyblish.api
import pyblish.lib
import pyblish.plugin

FOLDER = os.path.join(pyblish.lib.main_package_path(), "plugins")


def kept():
    """The classes of these files, in the order of the files."""
    found = []
    for name in sorted(os.listdir(FOLDER)):
        if not name.endswith(".py") or name.startswith("_"):
            continue
        with open(os.path.join(FOLDER, name), "rb") as file:
            source = file.read()
        # Do not reveal a folder of the build machine.
        module = types.ModuleType(name[:-3])
        module.__file__ = "pyblish/plugins/" + name
        exec(compile(source, module.__file__, "exec", dont_inherit=True), module.__dict__)
        for plugin in pyblish.plugin.plugins_from_module(module):
            plugin.__module__ = module.__file__
            found.append(plugin)
    return found


OWN = kept()
# What else is in that folder in a normal Python, about which Pyblish writes a line in its log.
SKIPPED = "__pycache__"


def put(plugins):
    """A filter of the discovered and sorted plug-ins. Pyblish finds its own plug-ins first, so they
    replace others with the same name, and come before others with the same order.
    """
    pyblish.plugin.log.debug("Skipped: \"%s\", starts with _", SKIPPED)
    names = [plugin.__name__ for plugin in OWN]
    plugins[:] = [plugin for plugin in plugins if plugin.__name__ not in names]
    for plugin in OWN:
        after = [at for at, other in enumerate(plugins) if other not in OWN and other.order >= plugin.order]
        plugins.insert(after[0] if after else len(plugins), plugin)


def install():
    """Called during the build."""
    pyblish.api.deregister_plugin_path(FOLDER)
    pyblish.api.register_discovery_filter(put)
