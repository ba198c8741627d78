# -*- coding: utf-8 -*-
"""Plug-ins as PROTOCOL.md describes them."""
from __future__ import absolute_import, division, print_function

import inspect
import os
import sys

from .compat import PY2, integers
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


def describe_plugin(plugin, pyblish):
    """A plug-in as PROTOCOL.md has it."""
    match = {pyblish.plugin.Intersection: "intersection", pyblish.plugin.Subset: "subset"}
    base = [c.__name__ for c in plugin.__mro__[1:] if c.__module__ == "pyblish.plugin" and c.__name__ in BASES]
    version = plugin.version if isinstance(plugin.version, (list, tuple)) else [plugin.version]
    order = float(plugin.order)
    if order - order != 0:  # infinite or not a number, which JSON cannot hold
        order = -1e300 if order < 0 else 1e300
    doc = plugin.__doc__
    return {
        "id": clean(plugin.id),
        "name": clean(plugin.__name__),
        "label": optional_text(plugin.label),
        "doc": None if not doc else clean(inspect.cleandoc(doc)),
        "version": [number for number in version if isinstance(number, integers) and 0 <= number < 2 ** 32],
        "order": order,
        "families": texts(plugin.families),
        "hosts": texts(plugin.hosts),
        "targets": texts(plugin.targets),
        "match": match.get(plugin.match, "exact"),
        "optional": bool(plugin.optional),
        "active": bool(plugin.active),
        "processes": {"context": bool(plugin.__contextEnabled__), "instance": bool(plugin.__instanceEnabled__)},
        "repairs": repairs(plugin, pyblish),
        "actions": [describe_action(action) for action in plugin.actions or []],
        "base": base[0] if base else "Plugin",
        "file": file_of(plugin),
        "category": optional_text(getattr(plugin, "category", None)),
        "requires": optional_text(plugin.requires),
    }


def repairs(plugin, pyblish):
    """What a plug-in's `repair` takes, if it has one."""
    unbound = lambda class_: getattr(class_.repair, "__func__", class_.repair)  # noqa: E731
    if not hasattr(plugin, "repair") or unbound(plugin) is unbound(pyblish.plugin.Plugin):
        return {"context": False, "instance": False}
    names, _ = arguments_of(plugin.repair)
    instance = "instance" in names or "asset" in names
    # A repair that takes neither runs once, like one that takes the context.
    return {"context": "context" in names or not instance, "instance": instance}


def describe_action(action):
    kind = getattr(action, "__type__", "action")
    return {
        "id": clean(action.id),
        "label": clean(action.label or action.__name__),
        "icon": optional_text(action.icon),
        "kind": kind if kind in ("action", "separator", "category") else "action",
        "on": clean(action.on),
    }
