"""A stand-in for the start-up of four hosts: registers them, and the collectors and validators of their
packages, which are in `library/packages`, unchanged. `library` has stand-ins for the modules of the
hosts. Extractors and integrators write with the host itself, so they are left out.
"""
import os
import sys

import pyblish.api

FOLDER = os.path.dirname(os.path.abspath(__file__))
for name in ("library", os.path.join("library", "packages")):
    if os.path.join(FOLDER, name) not in sys.path:
        sys.path.insert(0, os.path.join(FOLDER, name))

for host in ("maya", "nuke", "houdini", "photoshop"):
    pyblish.api.register_host(host)

for package in ("pyblish_starter", "maya_plugins", "nuke_plugins", "houdini_plugins", "photoshop_plugins"):
    found = os.path.join(FOLDER, "library", "packages", package)
    if os.path.isdir(os.path.join(found, "plugins")):
        found = os.path.join(found, "plugins")
    for plugin in pyblish.api.discover(paths=[found]):
        if plugin.order < pyblish.api.ValidatorOrder + 0.5:
            pyblish.api.register_plugin(plugin)


class CollectedData(pyblish.api.ContextPlugin):
    """Ours: records what the collectors set, so that it is compared, too."""

    order = pyblish.api.CollectorOrder + 0.4

    def process(self, context):
        # The bridge's own collectors set the new names of these, too.
        for key in ("current_file", "workspace_dir"):
            self.log.info("%s is %s", key, context.data.get(key))
        for instance in context:
            self.log.info("%s: %s, %s", instance, list(instance), sorted(instance.data.items()))
