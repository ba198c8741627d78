# -*- coding: utf-8 -*-
"""Attributes: what users can set for a plug-in, or for each instance that it is for.

A plug-in declares them in its class attribute `attribute_defs`, a list of dictionaries, which plain
Pyblish never reads: docs/src/guides/attributes.md has an example.

- `"scope": "plugin"`, which is the default, is a setting: a class attribute of that name. Its value
  is the default, unless the declaration has one. What users choose is set on the class.
- `"scope": "instance"` is a value in the data of each instance.

Plug-ins of AYON declare theirs in the class method `get_attribute_defs`, and read the values with
`get_attr_values_from_data`. Their keys are only unique in their plug-in, so their key is
`PLUGIN.KEY`, and the values are also put where AYON reads them, in `data["publish_attributes"]`.
"""
from __future__ import absolute_import, division, print_function

import weakref

from .compat import integers, text_type
from .text import clean, optional_text
from .values import is_marked, plain

TYPES = {
    "boolean": "boolean", "bool": "boolean",
    "integer": "integer", "int": "integer",
    "number": "number", "float": "number",
    "text": "text", "string": "text", "str": "text",
    "texts": "texts",
    "choice": "choice", "enum": "choice",
    "choices": "choices",
}
# What AYON shows between attributes, and what has no value.
DECORATIONS = ("label", "separator", "unknown", "hidden")
AYONS = "publish_attributes"
# The values that settings had before users chose others. A class that a studio registers itself is
# discovered again and again.
ORIGINALS = weakref.WeakKeyDictionary()


class WrongAttribute(ValueError):
    """A declaration that cannot be offered."""


class Declared(object):
    """The attributes of one plug-in."""

    def __init__(self, plugin, wrong):
        """Reads the declarations; the reasons of those that cannot be offered go to `wrong`."""
        self.plugin = plugin
        self.described, self.settings, self.ayons = [], {}, []
        for declare, entries in ((self.own, own_of), (self.of_ayon, ayons_of)):
            try:
                entries = list(entries(plugin))
            except Exception as error:
                wrong.append(u"its attributes cannot be read: %s" % clean(error))
                continue
            group = None
            for entry in entries:
                try:
                    entry = as_dictionary(entry)
                    if declare == self.of_ayon and entry.get("type") in DECORATIONS:
                        if entry["type"] == "label":
                            group = optional_text(entry.get("label")) or group
                        continue
                    declare(entry, group)
                except WrongAttribute as error:
                    wrong.append(clean(error))
                except Exception as error:
                    wrong.append(u"a declaration cannot be read: %s" % clean(error))

    def own(self, entry, _):
        found = described(entry)
        if found["scope"] == "plugin":
            value = self.original(str(found["key"]), found["default"])
            if found["default"] is None:
                found["default"] = plain(value)
                if is_marked(found["default"]):
                    raise WrongAttribute(u"the value of %s is no JSON" % found["key"])
            self.settings[found["key"]] = value
        self.described.append(found)

    def original(self, key, default):
        """The value of a setting where nobody has chosen another."""
        known = ORIGINALS.setdefault(self.plugin, {})
        if key not in known:
            known[key] = getattr(self.plugin, key, default)
        return known[key]

    def of_ayon(self, entry, group):
        found = described(entry)
        if entry.get("hidden") or entry.get("visible") is False:
            return
        self.ayons.append(found["key"])
        found["group"] = found["group"] or group
        if not self.plugin.__instanceEnabled__:
            found["scope"] = "plugin"
        else:
            found["scope"], found["key"] = "instance", u"%s.%s" % (clean(self.plugin.__name__), found["key"])
        self.described.append(found)

    def begin(self, context, instance):
        """The plug-in is about to be processed: gives it the values that users chose."""
        name = clean(self.plugin.__name__)
        for key, default in self.settings.items():
            value = context.data.get(u"%s.%s" % (name, key), default)
            if getattr(self.plugin, str(key), None) != value:
                setattr(self.plugin, str(key), value)
        if self.ayons:
            data = context.data if instance is None else instance.data
            kept = data.get(AYONS)
            kept = dict(kept) if isinstance(kept, dict) else {}
            values = dict(kept.get(name) or {})
            for key in self.ayons:
                full = u"%s.%s" % (name, key)
                if full in data:
                    values[str(key)] = data[full]
            if values != kept.get(name):
                kept[str(name)] = values
                data[AYONS] = kept


def own_of(plugin):
    found = getattr(plugin, "attribute_defs", None)
    # Any other value is none of ours: a studio may have used the name before.
    return found if isinstance(found, (list, tuple)) and all(isinstance(entry, dict) for entry in found) else []


def ayons_of(plugin):
    read = getattr(plugin, "get_attribute_defs", None)
    return (read() or []) if callable(read) else []


def as_dictionary(entry):
    """A declaration as a dictionary. AYON has objects, with a method for that."""
    if isinstance(entry, dict):
        return entry
    found = dict(entry.serialize())
    found["type"] = getattr(entry, "type", found.get("type"))
    return found


def described(entry):
    """A declaration as PROTOCOL.md has it. AYON's words are understood as well."""
    key = optional_text(entry.get("key"))
    if not key:
        raise WrongAttribute(u"an attribute has no key")
    kind = entry.get("type")
    if not isinstance(kind, (text_type, str)) or kind not in TYPES:
        raise WrongAttribute(u"the type of %s is %s, and none of %s" % (key, clean(kind), u", ".join(
            sorted(set(TYPES.values())))))
    kind = TYPES[kind]
    # AYON's numbers have as many decimals as they say, and none by default.
    if entry.get("type") == "number" and entry.get("decimals") == 0:
        kind = "integer"
    if kind == "choice" and entry.get("multiselection"):
        kind = "choices"
    scope = entry.get("scope", "plugin")
    if scope not in ("plugin", "instance"):
        raise WrongAttribute(u"the scope of %s is %s, and neither plugin nor instance" % (key, clean(scope)))
    default = plain(entry.get("default"))
    if is_marked(default):
        raise WrongAttribute(u"the default of %s is no JSON" % key)
    return {
        "key": clean(key),
        "scope": scope,
        "type": kind,
        "label": optional_text(entry.get("label")) or None,
        "help": optional_text(entry.get("help") or entry.get("tooltip")) or None,
        "group": optional_text(entry.get("group")) or None,
        "default": default,
        "minimum": range_end(key, kind, entry.get("minimum")),
        "maximum": range_end(key, kind, entry.get("maximum")),
        "choices": choices_of(key, entry.get("choices", entry.get("items"))) if kind in ("choice", "choices") else [],
        "multiline": bool(entry.get("multiline")),
        "readOnly": bool(entry.get("readonly") or entry.get("disabled") or entry.get("enabled") is False),
    }


def range_end(key, kind, end):
    """One end of a range."""
    if end is None or kind not in ("integer", "number"):
        return None
    if isinstance(end, bool) or not isinstance(end, integers + (float,)):
        raise WrongAttribute(u"the range of %s is no number: %s" % (key, clean(end)))
    return end


def choices_of(key, choices):
    """What can be chosen: values, pairs of a value and a label, dictionaries of both, or one
    dictionary of labels by their values.
    """
    if isinstance(choices, dict):
        choices = list(choices.items())
    if not isinstance(choices, (list, tuple)):
        raise WrongAttribute(u"%s has no list of choices" % key)
    found = []
    for choice in choices:
        label = None
        if isinstance(choice, dict):
            choice, label = choice.get("value"), choice.get("label")
        elif isinstance(choice, (list, tuple)) and len(choice) == 2:
            choice, label = choice
        value = plain(choice)
        if is_marked(value) or isinstance(value, (list, dict)):
            raise WrongAttribute(u"a choice of %s is no text and no number" % key)
        found.append({"value": value, "label": optional_text(label) or None})
    return found
