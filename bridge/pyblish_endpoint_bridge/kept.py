# -*- coding: utf-8 -*-
"""Choices that are kept in the scene: what frontends changed in the data of the context and of
instances, and which plug-ins they switched, where the plug-in set asks for that.

They come back once the scene is collected again: in another session, after a restart of the host,
on another machine. An instance is known by its name, and by how many of that name come before it.
The host keeps them as one text in the scene, and writes it to disk when the artist saves the scene.
"""
from __future__ import absolute_import, division, print_function

import base64
import json

from .calls import CURRENT
from .limits import CHOICES_LIMIT
from .text import clean, to_json
from .values import is_marked, plain, str_key, unicode_to_host

CHOICES_FORM = 1  # of the text in the scene
ASKED = []  # not empty once a plug-in set has asked


def keep_choices():
    """Has the bridge keep in the scene what users choose on frontends. For plug-ins and start-up
    scripts; it holds until the host ends. Hosts without a scene keep nothing.
    """
    ASKED[:] = [True]


class Kept(object):
    """The choices in the scene that is open. Main thread only."""

    def __init__(self, host):
        self.host = host
        self.noted = []

    def read(self):
        """`{"plugins": {name: active}, "edits": [[name or null, number, key, before, chosen], …]}`. A value is
        a list of one, or null for none.
        """
        text = self.host.ask(self.host.read_choices) if ASKED else None
        try:
            found = json.loads(base64.b64decode(text.encode("ascii")).decode("utf-8")) if text else {}
            if found.get("form") != CHOICES_FORM:
                return {}, {}
            edits = {}
            for name, number, key, before, chosen in found["edits"]:
                name = None if name is None else clean(name)
                edits[name, int(number), clean(key)] = (
                    [before[0]] if before else None, [chosen[0]] if chosen else None)
            return dict(found["plugins"]), edits
        except Exception:
            self.host.note()  # somebody else wrote it
            return {}, {}

    def write(self, plugins, edits):
        listed = [list(place) + list(values) for place, values in sorted(edits.items(), key=lambda it: to_json(it[0]))]
        text = to_json({"form": CHOICES_FORM, "plugins": plugins, "edits": listed})
        text = base64.b64encode(text.encode("utf-8")).decode("ascii")
        if len(text) > CHOICES_LIMIT:
            CURRENT.call.record(
                30, u"What was chosen is not kept in the scene: it would take more than %d KiB." % (CHOICES_LIMIT >> 10),
                "pyblish-endpoint")
            return
        self.host.does(self.host.write_choices, text)

    def note(self, watch, plugins, changes):
        """Frontends are about to make these changes: notes what is there before."""
        self.noted = []
        if not ASKED:
            return
        names = dict((id(entity), place) for place, entity in places_of(watch.context))
        for change in changes:
            (kind, of), = change.items()
            if kind == "plugin-activated" and of["plugin"] in plugins:
                plugin = plugins[of["plugin"]]
                self.noted.append((plugin, None, bool(plugin.active)))
            elif kind in ("data-set", "data-unset"):
                state = watch.root if of.get("instance") is None else watch.states.get(of["instance"])
                place = names.get(id(state.entity)) if state is not None else None
                if place is not None:
                    self.noted.append((state, place + (clean(of["key"]),), datum_of(state.entity.data, of["key"])))

    def remember(self, declared):
        """The changes are made. Keeps what is another value now, and forgets what is as it was."""
        noted, self.noted = self.noted, []
        if not noted:
            return
        defaults = default_values(declared)
        switched, edits = self.read()
        for owner, place, before in noted:
            if place is None:
                name = clean(owner.__name__)
                if switched.pop(name, None) is None and bool(owner.active) != before:
                    switched[name] = bool(owner.active)
                continue
            before = edits.pop(place, (before, None))[0]
            now = datum_of(owner.entity.data, place[2])
            # What the runtime sets because nobody chose is no choice.
            if now != before and not (now is not None and now[0] in defaults.get(place[2], ())):
                edits[place] = (before, now)
        self.write(switched, edits)

    def restore_plugins(self, plugins):
        """Switches plug-ins that were just discovered."""
        switched = self.read()[0]
        for plugin in plugins if switched else ():
            active = switched.get(clean(plugin.__name__))
            if active is not None:
                plugin.active = active

    def restore(self, context):
        """A collector has run: makes the data as it was chosen."""
        edits = self.read()[1]
        if not edits:
            return
        there = dict(places_of(context))
        for (name, number, key), (_, chosen) in edits.items():
            entity = there.get((name, number))
            if entity is None or datum_of(entity.data, key) == chosen:
                continue
            key = str_key(key)
            if chosen is None:
                entity.data.pop(key, None)
            elif not (key in entity.data and is_marked(plain(entity.data[key]))):
                entity.data[key] = unicode_to_host(entity.data.get(key), chosen[0])


def places_of(context):
    """The context and its instances, each with its place: name and number, or None and 0."""
    yield (None, 0), context
    counts = {}
    for instance in list.__iter__(context):
        name = clean(instance.name)
        counts[name] = counts.get(name, -1) + 1
        yield (name, counts[name]), instance


def datum_of(data, key):
    """The value in a list, as a frontend sees it; None if there is none."""
    key = str_key(key)
    return [plain(data[key])] if key in data else None


def default_values(declared):
    """The defaults of attributes, by their keys in the data."""
    found = {}
    for plugin in declared.values():
        for entry in plugin.described:
            key = entry["key"]
            if entry["scope"] == "plugin":
                key = u"%s.%s" % (clean(plugin.plugin.__name__), key)
            found.setdefault(key, []).append(entry["default"])
    return found
