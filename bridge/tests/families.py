# -*- coding: utf-8 -*-
"""Families of every kind, and a judge of which plug-ins match: Pyblish itself, and what was told."""
import json

import modules  # noqa: F401
import pyblish.api
import pyblish.logic


class Loose(str):
    """A studio's own text: upper and lower case are the same."""

    def __eq__(self, other):
        return self.lower() == other.lower() if isinstance(other, str) else self.lower() == getattr(other, "name", None)

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.lower())


class Alike(str):
    """One with only a `__str__` of its own, as an enumeration of texts has."""

    def __str__(self):
        return "Family." + self.upper()


class Family(object):
    """An object that equals a text."""

    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return self.name == getattr(other, "name", other)

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.name)


class Lazy(object):
    """What holds its families anywhere but in a container."""

    def __init__(self, *names):
        self.names = names

    def __iter__(self):
        return iter(self.names)


PROBES = [
    type("Probe%d%d" % (at, match), (pyblish.api.InstancePlugin,), {"families": families, "match": match})
    for at, families in enumerate([["a"], ["a", "b"], [], ["b", "1"], [u"h\xe9ros"]])
    for match in (pyblish.api.Intersection, pyblish.api.Subset, pyblish.api.Exact)]


def matches_of(entity):
    """Which of the probes Pyblish itself runs on an instance; `None` where it fails."""
    found = []
    for probe in PROBES:
        try:
            found.append(bool(pyblish.logic.instances_by_plugin([entity], probe)))
        except TypeError:
            found.append(None)
    if None in found:
        found = [None]  # the runtime says so before the first of them
    return found, entity.data.get("publish") is False


def told_matches(data, selection):
    """The same, of what was told alone, as the rules of the runtime do it."""
    families, skipped = selection or (None, data.get("publish") == "false")
    if families is None:
        families = runtime_families(data)
    algorithms = {
        pyblish.api.Intersection: lambda wanted: bool(wanted & families), pyblish.api.Subset: lambda wanted: wanted <= families,
        pyblish.api.Exact: lambda wanted: wanted == families}
    if families is None:
        return [None], skipped
    families = set(families)
    return [algorithms[probe.match](set(probe.families)) for probe in PROBES], skipped


def runtime_families(data):
    """As `families.rs` reads JSON; `None` where it cannot."""
    family, more = (json.loads(data[key]) if key in data else None for key in ("family", "families"))
    if isinstance(family, (list, dict)) and family:
        return None
    found = [family] if family else []
    if "families" in data:
        if more is None or isinstance(more, (bool, int, float)) or isinstance(more, dict) and "$repr" in more:
            return None
        for one in more:
            if isinstance(one, (list, dict)):
                return None
            found.append(one)
    return [one if hasattr(one, "lower") else (one,) for one in found]
