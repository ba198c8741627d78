"""Pyblish's own plug-ins: the date, the user, the current folder.

Pyblish finds them as files in its package, before any other, and there are no such files here. So they are kept from when the
component was built, and put where they would have been.
"""
import os
import types

import pyblish.api
import pyblish.lib
import pyblish.plugin

FOLDER = os.path.join(pyblish.lib.main_package_path(), "plugins")


def kept():
    """The classes in their files, in the order of these."""
    found = []
    for name in sorted(os.listdir(FOLDER)):
        if not name.endswith(".py") or name.startswith("_"):
            continue
        with open(os.path.join(FOLDER, name), "rb") as file:
            source = file.read()
        # A folder of the machine on which it was built is nobody's business.
        module = types.ModuleType(name[:-3])
        module.__file__ = "pyblish/plugins/" + name
        exec(compile(source, module.__file__, "exec", dont_inherit=True), module.__dict__)
        for plugin in pyblish.plugin.plugins_from_module(module):
            plugin.__module__ = module.__file__
            found.append(plugin)
    return found


OWN = kept()


def put(plugins):
    """A filter of what was discovered and sorted: they were found first, so they win over others of their name, and come before
    those of their order."""
    names = [plugin.__name__ for plugin in OWN]
    plugins[:] = [plugin for plugin in plugins if plugin.__name__ not in names]
    for plugin in OWN:
        after = [at for at, other in enumerate(plugins) if other not in OWN and other.order >= plugin.order]
        plugins.insert(after[0] if after else len(plugins), plugin)


def install():
    """While the component is built."""
    pyblish.api.deregister_plugin_path(FOLDER)
    pyblish.api.register_discovery_filter(put)
