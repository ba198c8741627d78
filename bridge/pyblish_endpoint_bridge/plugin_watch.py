# -*- coding: utf-8 -*-
"""What changed in the plug-ins since the last time.

Pyblish reads families, orders, targets and the rest of a plug-in again at each turn, and plug-ins
set them on each other. The price depends on what was changed:

- An attribute that is set on a plug-in or an action is noted by its class (`containers`). Only the
  plug-ins that have it from there are described again.
- A list that is changed in place, and an attribute of a class that is no plug-in (a mixin), tell
  nobody. At the end of each plug-in's turn they are compared with what they held: the parts
  themselves, not copies of them, in C.
- Attributes that are computed when they are read are read again at the end of each turn.
"""
from __future__ import absolute_import, division, print_function

from operator import is_

from .compat import lazy_map
from .containers import ALTERED, DESCRIBED
from .snapshots import flat
from .text import clean

LISTS = ("families", "targets", "hosts", "actions")
# Set on each class when it is made, or functions in any case.
METHODS = frozenset(("process", "repair", "__doc__", "__contextEnabled__", "__instanceEnabled__"))
UNSET = ("unset",)


class PluginWatch(object):
    """The plug-ins as the other side knows them, compared with what they are now."""

    def __init__(self, library):
        self.library = library  # `pyblish.plugin`
        self.describe = None
        self.plugins, self.told, self.active = [], [], []
        self.is_asked = False
        self.take()

    def begin(self, plugins, told, describe=None):
        """Other plug-ins were discovered, and are told so. Without `describe`, it is only told
        whether they are switched on.
        """
        ALTERED.clear()
        self.plugins, self.told, self.describe = plugins, told, describe
        self.active = [entry["active"] for entry in told]
        self.is_asked = True
        self.take()

    def take(self):
        """Keeps what is compared."""
        lists, mixins, self.computed = {}, {}, {}
        for plugin in self.plugins:
            for key in LISTS:
                found = value_of(plugin, key)
                if type(found) is list:
                    lists[id(found)] = found
            classes = plugin.__mro__[:-1]
            for class_ in classes:
                if not isinstance(class_, self.library.MetaPlugin):
                    mixins[class_] = self.attributes(class_)
            if any(hasattr(type(value), "__get__") for key in DESCRIBED - METHODS for class_ in classes
                   for value in (vars(class_).get(key),)):
                self.computed[plugin] = self.values(plugin)
        self.lists, self.mixins = list(lists.values()), list(mixins.items())
        self.parts, self.lengths = list(flat(self.lists)), list(lazy_map(len, self.lists))

    @staticmethod
    def attributes(class_):
        holds = vars(class_)
        return [holds.get(key, UNSET) for key in DESCRIBED]

    @staticmethod
    def values(plugin):
        return [value_of(plugin, key) for key in DESCRIBED]

    # What is noted

    def is_noted(self):
        """Whether something was noted since the last time."""
        return bool(ALTERED) or self.is_asked

    def noted(self):
        """The plug-ins that have an attribute from a class of which it was noted that one was set."""
        classes = [ALTERED.popleft() for _ in range(len(ALTERED))]
        if len(classes) >= ALTERED.maxlen:
            return self.plugins  # some are missing
        classes = tuple(set(classes))
        return [plugin for plugin in self.plugins if issubclass(plugin, classes) or any(
            issubclass(action, classes) for action in actions_of(plugin))] if classes else []

    # What is compared

    def is_same(self):
        """Whether all is as it was, of what nobody notes."""
        return (list(lazy_map(len, self.lists)) == self.lengths and all(lazy_map(is_, flat(self.lists), self.parts))
                and all(all(lazy_map(is_, self.attributes(class_), held)) for class_, held in self.mixins)
                and not self.computed)

    def altered(self):
        """The plug-ins that differ in what nobody notes."""
        at, lists = 0, set()
        for found, length in zip(self.lists, self.lengths):
            held = self.parts[at:at + length]
            at += length
            if len(found) != length or not all(map(is_, found, held)):
                lists.add(id(found))
        mixins = tuple(class_ for class_, held in self.mixins if not all(map(is_, self.attributes(class_), held)))
        return [plugin for plugin in self.plugins
                if any(id(value_of(plugin, key)) in lists for key in LISTS)
                or mixins and issubclass(plugin, mixins)
                or plugin in self.computed and self.values(plugin) != self.computed[plugin]]

    # Changes

    def changes(self, words, whole, ends_turn):
        """What changed, in `words`; and whether families of a plug-in did."""
        self.is_asked = False
        plugins = list(self.noted())
        if whole:
            plugins = self.plugins
        elif ends_turn and not self.is_same():
            plugins += self.altered()
        found = self.activity(words)
        has_families = False
        if plugins:
            asked = set(plugins)
            for at, plugin in enumerate(self.plugins):
                if plugin in asked:
                    before = self.told[at]
                    if self.learn(at, plugin):
                        found.append(words.plugin(self.told[at]))
                        has_families = has_families or before["families"] != self.told[at]["families"]
            self.take()
        return found, has_families

    def learn(self, at, plugin):
        """Describes a plug-in again; answers whether that differs from what was told."""
        try:
            entry = dict(self.describe(plugin), active=self.active[at])
        except Exception:
            return False  # what was told before still stands, as it cannot be described
        before, self.told[at] = dict(self.told[at], active=self.active[at]), entry
        return entry != before

    def activity(self, words):
        active = [bool(plugin.active) for plugin in self.plugins]
        found = [words.activated(clean(plugin.id), is_active)
                 for plugin, is_active, was_active in zip(self.plugins, active, self.active) if is_active != was_active]
        self.active = active
        return found


def value_of(plugin, key):
    try:
        return getattr(plugin, key, UNSET)
    except Exception:
        return UNSET  # it is computed, and that raises


def actions_of(plugin):
    found = value_of(plugin, "actions")
    return [action for action in found if isinstance(action, type)] if isinstance(found, (list, tuple)) else []
