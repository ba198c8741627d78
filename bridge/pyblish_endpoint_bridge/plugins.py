# -*- coding: utf-8 -*-
"""Plug-ins as PROTOCOL.md describes them."""
from __future__ import absolute_import, division, print_function

import inspect
import os
import sys

from .compat import PY2, integers, text_type
from .failures import failure_of
from .text import clean, optional_text


def arguments_of(function):
    """The names of a function's arguments, and whether it has `**kwargs`."""
    spec = (inspect.getargspec if PY2 else inspect.getfullargspec)(function)
    return list(spec[0]), bool(spec[2])


BASES = ("ContextPlugin", "InstancePlugin", "Collector", "Validator", "Extractor", "Integrator", "Plugin")


def defining_class(plugin):
    """The class that was written: for a registered class, Pyblish makes a subclass of it."""
    for class_ in plugin.__mro__:
        if class_.__module__ != "pyblish.plugin":
            return class_
    return plugin


def file_of(plugin):
    """The file of a plug-in, where Pyblish found it or Python imported it from."""
    class_ = defining_class(plugin)
    module = class_.__module__
    if os.sep in module or "/" in module or module.endswith(".py"):
        return clean(module)
    path = getattr(sys.modules.get(module), "__file__", None)
    if not path:
        return None
    return clean(path[:-1] if path.endswith((".pyc", ".pyo")) else path)


def texts(values):
    return [clean(value) for value in values]


# Orders at which one step of a run ends and the next begins.
BOUNDARIES = (-0.5, 0.5, 1.5, 2.5, 3.5)
FAR = 1e300  # in place of an infinite order, which JSON cannot hold


def order_of(order):
    """An order as a float that is on the same side of all boundaries.

    Any number goes: a `Decimal` or a `Fraction` just below a boundary must not be rounded onto it.
    """
    try:
        found = float(order)
    except OverflowError:  # an integer that no float is as large as
        found = float("-inf") if order < 0 else float("inf")
    if found - found != 0:
        return -FAR if found < 0 else FAR
    for boundary in BOUNDARIES:
        if found == boundary and order != boundary:
            # The next float has a difference of 2 ** -53 at most, of numbers below 4.
            return boundary + (4e-16 if order > boundary else -4e-16) * max(1.0, abs(boundary))
    return found


def is_true(value):
    try:
        return bool(value)
    except Exception:
        return False  # Pyblish itself never asks


def describe_plugin(plugin, pyblish, names, wrong_actions, attributes=()):
    """A plug-in as PROTOCOL.md has it.

    Pyblish runs a plug-in whose label or actions cannot be read, so they must not keep it out.
    `wrong_actions` gets the failure of each action that cannot be offered.
    """
    match = {pyblish.plugin.Intersection: "intersection", pyblish.plugin.Subset: "subset"}
    base = [c.__name__ for c in plugin.__mro__[1:] if c.__module__ == "pyblish.plugin" and c.__name__ in BASES]
    version = plugin.version if isinstance(plugin.version, (list, tuple)) else [plugin.version]
    doc = plugin.__doc__
    actions = []
    for action in plugin.actions or []:
        try:
            actions.append(describe_action(action))
        except Exception as error:
            wrong_actions.append(failure_of(error))
    return {
        "id": clean(plugin.id),
        "name": clean(plugin.__name__),
        "label": optional_text(plugin.label) or None,
        "doc": clean(inspect.cleandoc(doc) if isinstance(doc, (text_type, str)) else doc) if is_true(doc) else None,
        "version": [number for number in version if isinstance(number, integers) and 0 <= number < 2 ** 32],
        "order": order_of(plugin.order),
        "families": names.learn(plugin.families),
        "hosts": texts(plugin.hosts),
        "targets": texts(plugin.targets),
        "match": match.get(plugin.match, "exact"),
        "optional": is_true(plugin.optional),
        "active": bool(plugin.active),
        "processes": {"context": bool(plugin.__contextEnabled__), "instance": bool(plugin.__instanceEnabled__)},
        "repairs": repairs(plugin, pyblish),
        "actions": actions,
        "base": base[0] if base else "Plugin",
        "file": file_of(plugin),
        "category": optional_text(getattr(plugin, "category", None)),
        "requires": optional_text(plugin.requires),
        "attributes": list(attributes),
    }


def repairs(plugin, pyblish):
    """What a plug-in's `repair` takes, if it has one."""
    unbound = lambda class_: getattr(class_.repair, "__func__", class_.repair)  # noqa: E731
    if not hasattr(plugin, "repair") or unbound(plugin) is unbound(pyblish.plugin.Plugin):
        return {"context": False, "instance": False}
    try:
        names, _ = arguments_of(plugin.repair)
    except TypeError:
        return {"context": False, "instance": False}  # an attribute of that name, which is no method
    instance = "instance" in names or "asset" in names
    # A repair that takes neither runs once, like one that takes the context.
    return {"context": "context" in names or not instance, "instance": instance}


def describe_action(action):
    kind = getattr(action, "__type__", "action")
    return {
        "id": clean(action.id),
        "label": optional_text(action.label) or clean(action.__name__),
        "icon": optional_text(action.icon),
        "kind": kind if kind in ("action", "separator", "category") else "action",
        "on": clean(action.on),
    }
