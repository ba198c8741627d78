"""A plug-in file that plays the scenario beside it, in a host and in the sandbox: the same classes as
the judge's, from the same modules.

Each discovery reads the question anew. What the one before registered is taken back first.
"""
import json
import os
import sys

import pyblish.api

FOLDER = os.path.dirname(os.path.abspath(__file__))
if os.path.join(FOLDER, "library") not in sys.path:
    sys.path.insert(0, os.path.join(FOLDER, "library"))

import scenario  # noqa: E402


def take_back():
    for class_ in scenario.REGISTERED:
        pyblish.api.deregister_plugin(class_)
    del scenario.REGISTERED[:]
    pyblish.api.deregister_test()
    pyblish.api.deregister_all_targets()


def only_these(plugins):
    """A filter: Pyblish's own plug-ins and those of the host are not compared."""
    # By name, because Pyblish makes other classes of some.
    names = [class_.__name__ for class_ in scenario.REGISTERED]
    plugins[:] = [plugin for plugin in plugins if plugin.__name__ in names]


def play():
    with open(os.path.join(FOLDER, "question.json"), "rb") as file:
        question = json.loads(file.read().decode("utf-8"))
    take_back()
    if not scenario.FILTERED:
        scenario.FILTERED.append(only_these)
        pyblish.api.register_discovery_filter(only_these)
    if question.get("test"):
        pyblish.api.register_test(scenario.own_test(question["test"]))
    for target in question.get("registered") or []:
        pyblish.api.register_target(target)
    for class_ in scenario.Player(question["scenario"]).classes:
        try:
            pyblish.api.register_plugin(class_)
        except TypeError:
            continue
        scenario.REGISTERED.append(class_)


play()
# Pyblish looks for classes in this module; they are registered instead, in the scenario's order.
