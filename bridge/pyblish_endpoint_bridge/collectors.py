# -*- coding: utf-8 -*-
"""The collectors that the bridge brings along: file, workspace and version of the host."""
from __future__ import absolute_import, division, print_function


def register_collectors(pyblish, host):
    """Registers them, except for those of which the studio has one of the same name."""

    def collector(name, label, key, ask, doc):
        def process(self, context):
            found = ask()
            if found is not None:
                context.data[key] = found

        return type(pyblish.api.ContextPlugin)(name, (pyblish.api.ContextPlugin,), {
            "__doc__": doc,
            "__module__": __name__,
            "order": pyblish.api.CollectorOrder - 0.5,
            "label": label,
            "process": process,
            "_pyblish_endpoint": True,
        })

    there = set(plugin.__name__ for plugin in pyblish.api.registered_plugins())
    for entry in (
        ("CollectCurrentFile", "Current file", "currentFile", host.file, "The file that is open in the host."),
        ("CollectWorkspace", "Workspace", "workspaceDir", host.workspace, "The folder that the host works in."),
        ("CollectHostVersion", "Host version", "hostVersion", host.version, "The version of the host."),
    ):
        if entry[0] not in there:
            pyblish.api.register_plugin(collector(*entry))
