"""Publishes with a folder of plug-ins in plain pyblish-base, and then acts as a user: repairs
failures, runs each action, and processes plug-ins that the publish left out.

    judge.py FOLDER         prints the result of each step, as JSON
"""
import json
import sys

import pyblish.api
import pyblish.logic
import pyblish.plugin
import pyblish.util


def came(result):
    """The result of one pair."""
    error, instance = result["error"], result["instance"]
    return {
        "plugin": result["plugin"].__name__,
        "instance": None if instance is None else instance.name,
        "error": None if error is None else str(error),
        "records": [[record.levelno, record.getMessage()] for record in result["records"]],
    }


def step(does, plugin, instance, result, action=None):
    return dict(came(result), does=does, action=action)


def publish(folder):
    pyblish.api.register_plugin_path(folder)
    plugins = pyblish.api.discover()
    context = pyblish.util.publish(plugins=plugins)
    published = [step("publish", None, None, result) for result in context.data["results"]]
    return context, plugins, published


def then(context, plugins, published):
    """The steps that are possible after it."""
    named = {plugin.__name__: plugin for plugin in plugins}
    there = {instance.name: instance for instance in context}
    for result in published:
        plugin, instance = named[result["plugin"]], there.get(result["instance"])
        if result["error"] is not None and hasattr(plugin, "repair"):
            yield step("repair", plugin, instance, pyblish.plugin.repair(plugin, context, instance))
    for plugin in plugins:
        for action in plugin.actions:
            if action.__type__ == "action":
                result = pyblish.plugin.process(plugin, context, action=action.id)
                yield step("action", plugin, None, result, action.label or action.__name__)
    ran = {result["plugin"] for result in published}
    for plugin in plugins:
        if plugin.__name__ in ran or not plugin.active:
            continue
        instances = [None]
        if plugin.__instanceEnabled__:
            instances = pyblish.logic.instances_by_plugin(context, plugin)
        for instance in instances:
            yield step("process", plugin, instance, pyblish.plugin.process(plugin, context, instance))


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr
    context, plugins, published = publish(sys.argv[1])
    steps = published + list(then(context, plugins, published))
    json.dump({"plugins": [plugin.__name__ for plugin in plugins], "steps": steps}, out)
