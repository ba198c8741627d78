"""Build real Pyblish classes from a scenario, and play their steps.

components/scenario/README.md explains the steps. Pyblish itself does the rest: matching, order,
skipping and stopping. Nothing here decides what runs.
"""
import logging

import pyblish.api
import pyblish.logic
import pyblish.plugin

from values import real, told

# Steps with nothing to compare: time, progress and the faults of a sandbox.
SILENT = {"sleep", "progress"}
FAULTS = {"trap", "spin", "allocate", "panic"}
FLOOD_LIMIT = 100000  # records; more is a mistake in a scenario, not something to compare

ORDERS = {"Selector": 0, "Collector": 0, "Validator": 1, "Extractor": 2, "Conformer": 3, "Integrator": 3}
MATCH = {"intersection": pyblish.api.Intersection, "subset": pyblish.api.Subset, "exact": pyblish.api.Exact}
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


# What `play.py` has registered, which is executed anew for each discovery.
REGISTERED, FILTERED = [], []


class ScenarioError(Exception):
    """The scenario cannot be played here, because it is invalid."""


class StepFailed(Exception):
    """What a `fail` step raises."""


def equal(left, right):
    """Whether two values are the same JSON: 1 is 1.0, but true is not 1 (it is in Python)."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return left == right


def own_test(asked):
    """A studio's test of when to stop: Pyblish's own unless it is lenient, and another for some errors."""
    def test(**variables):
        default = None if asked.get("lenient") else pyblish.logic.default_test(**variables)
        if default:
            return default
        if variables["nextOrder"] >= asked["from"] and any(
                asked["of"] <= order < asked["from"] for order in variables["ordersWithError"]):
            return asked["message"]

    return test


class Player:
    """Plays the steps of one scenario on one context."""

    def __init__(self, scenario, context=None):
        # Without one, it is that of the first pair.
        self.context = context
        self.classes = []
        # The keys that the scenario set, by an instance's id: Pyblish adds some of its own.
        self.owned = {}
        # The numbers of the pairs whose instance was already gone when its turn came.
        self.gone = []
        plugins = scenario.get("plugins") if isinstance(scenario, dict) else None
        if not isinstance(plugins, list):
            raise ScenarioError("the scenario has no list of plugins")
        names = {plugin["name"] for plugin in plugins}
        for plugin in plugins:
            self.classes.append(self.build(plugin, names))

    def build(self, plugin, names):
        """A class of Pyblish's for one plug-in of the scenario."""
        name = plugin["name"]
        order = real(plugin.get("order", ORDERS.get(plugin.get("type"))))
        if order is None:
            raise ScenarioError("plug-in %s has no order" % name)
        members = {
            "__doc__": plugin.get("doc"),
            "__module__": __name__,
            "order": order,
            "families": real(plugin.get("families", ["*"])),
            "hosts": real(plugin.get("hosts", ["*"])),
            "targets": real(plugin.get("targets", ["default"])),
            "version": tuple(plugin.get("version", (0, 0, 0))),
            "optional": plugin.get("optional", False),
            "active": plugin.get("active", True),
            "label": plugin.get("label"),
            "match": MATCH[plugin.get("match", "intersection")],
            "requires": plugin.get("requires") or "pyblish>=1",
        }
        on_context, on_instance = plugin.get("context"), plugin.get("instance")
        for steps in (on_context, on_instance):
            check(name, steps or [], names)

        play = self.play

        # The names of the arguments matter, `self` too: Pyblish reads them.
        def process_context(self, context):
            play(self, on_context, context)

        def process_instance(self, instance):
            play(self, on_instance, instance)

        def process(self):
            pass

        if on_context is not None and on_instance is not None:
            # Only plug-ins from before 1.1 say both; Pyblish rewrites them.
            base = pyblish.api.Plugin
            members.update(process_context=process_context, process_instance=process_instance)
        elif on_context is not None:
            base, members["process"] = pyblish.api.ContextPlugin, process_context
        elif on_instance is not None:
            base, members["process"] = pyblish.api.InstancePlugin, process_instance
        else:
            base, members["process"] = pyblish.api.Plugin, process
        return type(base)(name, (base,), members)

    def play(self, plugin, steps, target):
        if self.context is None:
            self.context = target if isinstance(target, pyblish.api.Context) else target.context
        if target is not self.context and target not in self.context:
            self.gone.append(len(self.context.data.get("results", ())))
            return
        for step in steps:
            data = self.visible(target)
            if not holds(step.get("when"), data, True) or holds(step.get("unless"), data, False):
                continue
            self.step(plugin, step, target)
            if "remove" in step and target is not self.context and target not in self.context:
                return  # nothing is left to play on

    def step(self, plugin, step, target):
        if "log" in step:
            plugin.log.log(LEVELS[step["log"]], "%s", step["message"])
        elif "create" in step:
            instance = self.context.create_instance(step["create"])
            instance[:] = step.get("children", [])
            self.set(instance, step.get("data", {}))
        elif "set" in step:
            self.set(self.named(step, target), step["set"])
        elif "unset" in step:
            self.unset(self.named(step, target), step["unset"])
        elif "remove" in step:
            gone = target if step["remove"] is True else self.find(step["remove"])
            self.context.remove(gone)
        elif "activate" in step:
            for class_ in self.classes:
                if class_.__name__ == step["activate"]:
                    class_.active = step["active"]
        elif "change" in step:
            for class_ in self.classes:
                if class_.__name__ == step["change"]:
                    for name, value in step["to"].items():
                        setattr(class_, name, real(value))
        elif "flood" in step:
            for number in range(1, step["flood"] + 1):
                plugin.log.info("record %d of %d", number, step["flood"])
        elif "fail" in step:
            raise StepFailed(step["fail"])

    def set(self, entity, values):
        entity.data.update((key, real(value)) for key, value in values.items())
        self.owned.setdefault(entity.id, set()).update(values)

    def unset(self, entity, keys):
        for key in keys:
            self.owned.get(entity.id, set()).discard(key)
            entity.data.pop(key, None)

    def named(self, step, target):
        return self.find(step["on"]) if step.get("on") is not None else target

    def find(self, name):
        for instance in self.context:
            if instance.name == name:
                return instance
        raise StepFailed("no instance is named %s" % name)

    def visible(self, entity):
        """An entity's data without Pyblish's own values: an instance's `name` and the context's
        `results`.

        An instance's `family` stays; it is `default` if nobody set it.
        """
        owned = self.owned.get(entity.id, ())
        return {key: entity.data[key] for key in entity.data if key in owned or self.shared(entity, key)}

    def told(self, entity):
        """The same for an answer."""
        return {key: told(value) for key, value in self.visible(entity).items()}

    def shared(self, entity, key):
        return key == "family" and entity is not self.context


def holds(condition, data, empty):
    """Whether all values of a condition are in the data; `empty` where there is no condition."""
    if not condition:
        return empty
    return all(equal(data.get(key), value) for key, value in condition.items())


KNOWN = {"log", "create", "set", "unset", "remove", "activate", "change", "flood", "fail"} | SILENT


def check(name, steps, names):
    """Refuses steps that Pyblish does not have, before anything runs."""
    for number, step in enumerate(steps, 1):
        kinds = KNOWN.intersection(step)
        if FAULTS.intersection(step):
            raise ScenarioError("plug-in %s, step %d: a fault has no counterpart in Pyblish" % (name, number))
        if len(kinds) != 1:
            raise ScenarioError("plug-in %s, step %d: no step that is known here" % (name, number))
        if "activate" in step and (step["activate"] not in names or not isinstance(step.get("active"), bool)):
            raise ScenarioError("plug-in %s, step %d: activate takes a plug-in's name, and active" % (name, number))
        if step.get("flood", 0) > FLOOD_LIMIT:
            raise ScenarioError("plug-in %s, step %d: too many records" % (name, number))


def quiet():
    """Keeps Pyblish's log out of stderr, at the lowest cost."""
    logging.getLogger().addHandler(logging.NullHandler())
    logging.raiseExceptions = False
    # A placeholder in its place would keep each plug-in's logger for ever.
    logging.getLogger("pyblish")
