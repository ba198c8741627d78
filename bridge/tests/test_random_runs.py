# -*- coding: utf-8 -*-
"""A judge of runs: random plug-ins that change instances, plug-ins and targets in odd ways.

Each scenario is published by plain Pyblish, and by Pyblish's rules on what the bridge tells (see
`plain`), here in one process. The pairs must be the same.

`BRIDGE_TEST_RUNS` is the number of scenarios, `BRIDGE_TEST_SEED` the first seed.
"""
from __future__ import print_function

import copy
import json
import logging
import os
import random
import unittest
from collections import deque
from decimal import Decimal
from fractions import Fraction

import modules  # noqa: F401
import pyblish.api
import pyblish.util
from families import Alike, Family
from plain import Adapter
from pyblish_endpoint_bridge.host import Host
from pyblish_endpoint_bridge.session import Request, Session

COUNT = int(os.environ.get("BRIDGE_TEST_RUNS", "200"))
SEED = int(os.environ.get("BRIDGE_TEST_SEED", "1"))

ORDERS = [-1, -0.5, 0, 0, 0.4, 0.4999, 0.5, 1, True, 1.2, Decimal("1.4"), 1.5, Fraction(3, 2), 2, 2.5, 3, 3.5, 9, float("inf"), 10 ** 400]
MATCH = [pyblish.api.Intersection, pyblish.api.Subset, pyblish.api.Exact]


def copy_of(value):
    return copy.copy(value) if isinstance(value, (list, set, deque)) else value


class Falsy(object):
    def __bool__(self):
        return False

    __nonzero__ = __bool__


class Local(object):
    """In place of the connection of an adapter, to a session in this process."""

    open, cancelled, abandoned = True, None, False

    def __init__(self, session):
        self.session, self.number = session, 0

    def send(self, *_):
        pass

    def look_for_cancel(self):
        pass

    def get(self, kind, **body):
        self.number += 1
        if kind == "process":  # by the way of a batch
            call = Request(self, self.number, kind)
            text = self.session.pair(call, body["plugin"], body["instance"], True)
        else:
            text = self.session.answer(self, kind, dict(body, id=self.number))
        (kind, body), = json.loads(text).items()
        assert kind not in ("failed", "error"), body
        return body


class Scenario(object):
    """Random plug-ins, the same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = ["P%d" % at for at in range(self.random.randrange(4, 12))]
        self.classes = {}
        for name in self.names:
            kind = self.random.choice(["Context", "Instance", "Instance"])
            base = getattr(pyblish.api, kind + "Plugin")
            steps = [self.step() for _ in range(self.random.choice([0, 1, 1, 2]))]
            if name in ("P0", "P1"):
                kind, base = "Context", pyblish.api.ContextPlugin
                steps += [self.create() for _ in range(3)]
            self.classes[name] = type(base)(name, (base,), {
                "process": self.process(kind, steps), "order": 0 if name == "P0" else self.random.choice(ORDERS),
                "families": self.plugin_families(), "match": self.random.choice(MATCH), "active": self.random.random() < 0.9,
                "targets": list(self.random.choice([["default"], ["default"], ["farm"], ["default", "farm"], []]))})
            if self.random.random() < 0.3:
                self.classes[name].match = pyblish.api.Intersection

    def process(self, kind, steps):
        def play(context):
            for step in steps:
                step(context)

        def on_context(self, context):
            play(context)

        def on_instance(self, instance):
            play(instance.context)

        return on_context if kind == "Context" else on_instance

    def family(self):
        name = self.random.choice("abc")
        return self.random.choice([str, str, str, Alike, Family])(name)

    def plugin_families(self):
        return self.random.choice([["*"], ["a"], ["b"], ["a", "b"], [], ["default"], [Alike("a")], [Alike("c"), "b"]])[:]

    def families(self):
        some = [self.family() for _ in range(self.random.randrange(3))]
        kind = self.random.choice([list, list, tuple, set, frozenset, deque, dict.fromkeys, lambda it: dict.fromkeys(it).keys(), lambda it: "".join(getattr(of, "name", of) for of in it)])
        return kind(some)

    def data(self):
        found = {}
        if self.random.random() < 0.6:
            found["families"] = self.families()
        if self.random.random() < 0.5:
            found["family"] = self.random.choice([self.family(), None, 0, ""])
        if self.random.random() < 0.3:
            found["publish"] = self.random.choice([False, True, 0, None, Fraction(0), Falsy()])
        return found

    def create(self):
        name, data = "i%d" % self.random.randrange(9), self.data()
        return lambda context: context.create_instance(name, **dict((key, copy_of(value)) for key, value in data.items()))

    def step(self):
        pick = self.random
        way, of, at = pick.randrange(16), pick.choice(self.names), pick.randrange(4)
        target = pick.choice(["farm", "default", "a"])
        if way == 0:
            return self.create()
        if way == 1:
            return self.fail
        if way == 2:
            return pick.choice([lambda context: pyblish.api.register_target(target), lambda context: pyblish.api.deregister_target(target, quiet=True)])
        if way < 5:
            key, value = pick.choice(list(self.data().items()) or [("publish", False)])

            def change(context):
                if len(context):
                    data = context[at % len(context)].data
                    data[key] = copy_of(value)
            return change
        if way == 5:
            def grow(context):
                families = context[at % len(context)].data.get("families") if len(context) else None
                if isinstance(families, (list, deque)):
                    families.append("a")
                elif isinstance(families, set):
                    families.add("a")
            return grow
        if way == 6:
            return lambda context: context.remove(context[0]) if len(context) > 2 else None
        key, value = pick.choice([
            ("families", self.plugin_families()), ("families", self.plugin_families()), ("match", pick.choice(MATCH)), ("active", pick.random() < 0.5),
            ("order", pick.choice(ORDERS)), ("targets", [target]), ("label", "new"), ("optional", True)])
        if way < 12:
            return lambda context: setattr(self.classes[of], key, list(value) if isinstance(value, list) else value)
        family = pick.choice("abc")
        if way == 12:
            return lambda context: self.classes[of].families.append(family)
        if way == 13:
            return lambda context: self.classes[of].families.__delitem__(slice(1))
        if way == 14:
            return lambda context: self.classes[of].targets.append(target)
        return lambda context: self.classes[of].families.reverse()

    @staticmethod
    def fail(context):
        raise ValueError("fails")


class Runs(unittest.TestCase):
    def setUp(self):
        self.addCleanup(self.forget)
        self.addCleanup(vars(pyblish.util).pop, "print", None)
        vars(pyblish.util)["print"] = lambda *_: None  # it prints each error
        logging.disable(logging.CRITICAL)  # and logs it
        self.addCleanup(logging.disable, logging.NOTSET)

    @staticmethod
    def forget():
        pyblish.api.deregister_all_plugins()
        pyblish.api.deregister_all_targets()
        pyblish.api.deregister_all_paths()

    def register(self, seed):
        self.forget()
        scenario = Scenario(seed)
        for name in scenario.names:
            pyblish.api.register_plugin(scenario.classes[name])
        return scenario

    def plain(self, seed):
        self.register(seed)
        context, ended = pyblish.api.Context(), None
        try:
            pyblish.util.publish(context)
        except Exception as error:
            ended = type(error).__name__
        return [[result["plugin"].__name__, None if result["instance"] is None else result["instance"].name, result["success"]]
                for result in context.data.get("results", [])], ended

    def bridge(self, seed):
        session = Session(Host())
        session.load()
        self.register(seed)
        adapter = Adapter(Local(session))
        pairs = [[plugin, instance, failed is None] for plugin, instance, failed in adapter.publish()]
        session.watch.end()
        return pairs

    def test_random_runs_are_those_of_plain_pyblish(self):
        ended = most = 0
        for seed in range(SEED, SEED + COUNT):
            expected, why = self.plain(seed)
            if why is not None:
                ended += 1  # Pyblish itself fails on the scenario
                continue
            self.assertEqual(self.bridge(seed), expected, "seed %d" % seed)
            most = max(most, len(expected))
        self.assertLess(ended, COUNT // 3)
        self.assertGreater(most, 10)


if __name__ == "__main__":
    unittest.main()
