# -*- coding: utf-8 -*-
"""The bridge: Pyblish in a host, driven by pyblish-endpoint.

This one file runs in the host's own interpreter (Python 2.7, and 3.7 to 3.13) beside the studio's own
pyblish-base. It serves one adapter on a loopback socket (PROTOCOL.md beside this file), runs every plug-in on
the host's main thread, and answers each call with what changed in the context. Standard library only.

In a host with a window, from a start-up script:

    import pyblish_endpoint_bridge
    pyblish_endpoint_bridge.start()

Without one, where the main thread is free:

    pyblish_endpoint_bridge.start().serve_forever()

As a plain Python host:

    python pyblish_endpoint_bridge.py [--paths FOLDER ...] [--exit-with PID]

In a plug-in, all of which do nothing where no bridge runs:

    import pyblish_endpoint_bridge as bridge
    bridge.progress(0.5, "Frame 12 of 24")
    if bridge.cancelled():
        raise bridge.Cancelled("stopped at frame 12")

Contents, from the ground up:

     1  Words       versions, limits, text in both Pythons, errors
     2  Values      what JSON cannot hold is marked
     3  Watching    what changed in the context since the last time
     4  Plug-ins    discovery with its failures, descriptions of plug-ins
     5  Calls       records, progress, cancelling, what plug-ins print
     6  Session     what each request does
     7  Run folder  the secret and the host file
     8  Socket      frames, the handshake, one owner
     9  Hosts       how each runs something on its main thread, its file and version
    10  Bridge      all of it together; the command line
"""
from __future__ import absolute_import, division, print_function

import argparse
import atexit
import binascii
import errno
import functools
import hashlib
import hmac
import inspect
import json
import linecache
import logging
import os
import re
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
import weakref
from collections import OrderedDict

try:
    import queue
except ImportError:  # Python 2
    import Queue as queue

# ---------------------------------------------------------------------------------------------------------
# 1  Words

__version__ = "0.1.0"

PROTOCOL = 1  # of PROTOCOL.md; both sides must speak the same

OLDEST_PYBLISH = (1, 8, 0)  # before it, plug-ins and instances have no ids that last

FRAME_LIMIT = 64 * 1024 * 1024  # bytes
GREETING_LIMIT = 4096  # bytes of a frame of somebody who has proven nothing
GREETING_TIME = 10.0  # seconds for the whole handshake
GREETING_CROWD = 8  # connections in their handshake at once
SEND_TIME = 10  # seconds that an owner may leave unread what is sent to it

RECORDS_LIMIT = 10000  # records of one call
RECORDS_BYTES = 8 * 1024 * 1024  # of them together
MESSAGE_LIMIT = 64 * 1024  # characters of one message or traceback
PROGRESS_PAUSE = 0.02  # seconds between two reports of progress
CANCEL_PAUSE = 0.005  # seconds between two looks whether somebody cancelled

TEXT_LIMIT = 256 * 1024  # characters of one text in `data`
REPR_LIMIT = 4096  # characters of a repr
VALUE_LIMIT = 1024 * 1024  # characters of JSON of one value
PARTS_LIMIT = 100000  # values inside one value
DEPTH_LIMIT = 64  # of values in values

# How long the host's main thread may be kept per turn of the host's own loop, and how long it may wait in it
# for the next request: short enough that a window does not stutter, long enough that a run does not pay the
# host's loop for each pair.
SLICE = 0.030  # seconds
GROUP = 16  # pairs that are told of at once
AHEAD = 0.002  # seconds: how long it goes on with pairs that a request brought along, before it is asked anew
LINGER = 0.002  # seconds

PY2 = sys.version_info[0] == 2
ordered = dict if sys.version_info >= (3, 7) else OrderedDict  # keeps the order in which its keys were set

if PY2:
    text_type, byte_type, integers = unicode, str, (int, long)  # noqa: F821
else:
    text_type, byte_type, integers = str, bytes, (int,)

# Everything that leaves is ASCII, so that no lone surrogate and no encoding can spoil a frame.
to_json = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


class BridgeError(Exception):
    """What keeps the bridge from working, in words for whoever starts it."""


class Cancelled(Exception):
    """For plug-ins: raise it when `cancelled()` says so."""


class Refusal(Exception):
    """An adapter is not let in; `reason` is one of PROTOCOL.md's."""

    def __init__(self, reason, message):
        Exception.__init__(self, message)
        self.reason = reason


class Misuse(Exception):
    """A request that is none; the adapter's mistake, answered with `error`."""

    def __init__(self, reason, message, number=None):
        Exception.__init__(self, message)
        self.reason = reason
        self.number = number


class Gone(Exception):
    """The other side is no longer there."""


def text_of(value):
    """Any value as text; never raises."""
    try:
        if isinstance(value, text_type):
            return value
        if isinstance(value, byte_type):
            return value.decode("utf-8", "replace")
        return text_type(value)
    except Exception:
        pass
    try:
        # Python 2: an exception whose message is bytes in another encoding.
        return str(value).decode("utf-8", "replace") if PY2 else repr(value)
    except Exception as error:
        return u"<%s, whose text cannot be had: %s>" % (type(value).__name__, type(error).__name__)


def clean(text):
    """Text that can be sent: lone surrogates become what Python writes for them."""
    text = text_of(text)
    if is_unicode(text):
        return text
    return u"".join(c if is_unicode(c) else u"\\u%04x" % ord(c) for c in text) if not PY2 else \
        LONE.sub(lambda found: u"\\u%04x" % ord(found.group()), text)


def optional_text(value):
    return None if value is None else clean(value)


def cut(text, limit=MESSAGE_LIMIT):
    """A text whose middle is left out where it is too long."""
    if len(text) <= limit:
        return text
    half = limit // 2
    left = len(text) - 2 * half
    return u"%s\n… %d characters left out …\n%s" % (text[:half], left, text[-half:])


# A narrow Python 2 keeps characters beyond the first 65,536 as two surrogates, which is fine.
LONE = re.compile(u"[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]") if PY2 else None


def is_unicode(text):
    """Whether there is no lone surrogate in it."""
    if PY2:
        return LONE.search(text) is None
    try:
        text.encode("utf-8")
        return True
    except UnicodeEncodeError:
        return False


# ---------------------------------------------------------------------------------------------------------
# 2  Values
#
# `data` holds anything; JSON does not. What it cannot hold is shown as its repr in an object that says so,
# and is never written back.

MARK = "$repr"


def type_name(value):
    kind = type(value)
    module = getattr(kind, "__module__", None)
    name = getattr(kind, "__name__", "?")
    return clean(name if module in (None, "builtins", "__builtin__") else "%s.%s" % (module, name))


def mark(value, shown=None):
    """The object in place of a value that JSON cannot hold."""
    if shown is None:
        try:
            if isinstance(value, (set, frozenset)):
                # Sorted, for the order of a set is another in each process.
                parts = sorted(map(repr, value))
                shown = text_of("%s({%s})" % (type(value).__name__, ", ".join(parts)))
            elif isinstance(value, list) and is_entity(value):
                shown = text_of(repr(value.name))
            else:
                shown = text_of(repr(value))
        except Exception as error:
            shown = u"<%s, whose repr raises %s>" % (type(value).__name__, type(error).__name__)
    found = {MARK: clean(shown[:REPR_LIMIT]), "$type": type_name(value)}
    if len(shown) > REPR_LIMIT:
        found["$cut"] = True
    return found


def is_marked(value):
    """Whether there is a mark anywhere in it."""
    if isinstance(value, dict):
        return MARK in value or any(map(is_marked, value.values()))
    return isinstance(value, list) and any(map(is_marked, value))


ENTITY = ()  # Pyblish's type of contexts and instances, once Pyblish is there


def is_entity(value):
    """Whether it is a context or an instance: lists, to Python, but no values to us."""
    return isinstance(value, ENTITY)


class TooMuch(Exception):
    """A value that is marked as a whole."""


def plain(value):
    """A value as JSON can hold it, with marks."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is text_type:
        return plain_text(value)
    try:
        return plain_part(value, 0, [0])
    except TooMuch:
        return mark(value)
    except Exception:
        # A thread that changes it while we look; a subclass that raises when it is read.
        return mark(value)


def plain_text(value):
    if len(value) > TEXT_LIMIT:
        found = mark(value, value)
        found[MARK] = clean(value[:TEXT_LIMIT])
        found["$cut"] = True
        return found
    return text_type(value) if is_unicode(value) else mark(value)


def plain_part(value, depth, count):
    """`count` is a list of one number, of the parts so far. What contains itself ends at one limit or the other."""
    count[0] += 1
    if count[0] > PARTS_LIMIT or depth > DEPTH_LIMIT:
        raise TooMuch()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, text_type):
        return plain_text(value)
    if isinstance(value, integers):
        return int(value) if -2 ** 63 <= value < 2 ** 64 else mark(value)
    if isinstance(value, float):
        # The difference of a number to itself is 0, unless it is infinite or none.
        return float(value) if value - value == 0 else mark(value)
    if isinstance(value, byte_type):
        if not PY2:
            return mark(value)
        try:
            return plain_text(value.decode("utf-8"))
        except UnicodeDecodeError:
            return mark(value)
    if isinstance(value, dict):
        if MARK in value or not all(isinstance(key, (text_type, str)) for key in value):
            return mark(value)
    elif not isinstance(value, (list, tuple)) or is_entity(value):
        return mark(value)
    depth += 1
    if isinstance(value, dict):
        found = ordered()
        for key, part in value.items():
            key = text_of(key)
            if not is_unicode(key):
                found = mark(value)
                break
            found[key] = plain_part(part, depth, count)
    else:
        found = [plain_part(part, depth, count) for part in value]
    return found


def value_json(value):
    """A value as JSON text, and whether that is a mark."""
    found = plain(value)
    text = to_json(found)
    if len(text) > VALUE_LIMIT:
        return to_json(mark(value)), True
    return text, isinstance(found, dict) and MARK in found


def shadow(value):
    """A copy of what can change inside of a value, or None where nothing can.

    The copy holds the same leaves, so comparing the two is a walk in C that finds each leaf to be itself and
    asks no object whether it equals another.
    """
    if isinstance(value, (text_type, byte_type, float, bool)) or value is None or isinstance(value, integers):
        return None
    if isinstance(value, (dict, list, tuple)) and not is_entity(value):
        return shadow_part(value)[0]
    return set(value) if isinstance(value, set) else None


def shadow_part(value):
    """The copy, and whether anything in it can change."""
    if isinstance(value, dict):
        return dict((key, shadow_part(part)[0]) for key, part in value.items()), True
    if isinstance(value, (list, tuple)) and not is_entity(value):
        parts = [shadow_part(part) for part in value]
        copy = [part for part, _ in parts]
        if isinstance(value, list):
            return copy, True
        changes = any(change for _, change in parts)
        return (tuple(copy) if changes else value), changes
    if isinstance(value, set):
        return set(value), True
    return value, False


def unicode_to_host(old, new):
    """A value from a frontend, of the kind of the value that it replaces where JSON cannot tell."""
    if isinstance(old, tuple) and isinstance(new, list):
        return tuple(new)
    if PY2 and isinstance(new, text_type) and not isinstance(old, text_type):
        # Python 2's hosts mostly want `str`; where there was `unicode` it stays.
        try:
            return new.encode("ascii")
        except UnicodeEncodeError:
            return new
    return new


# ---------------------------------------------------------------------------------------------------------
# 3  Watching
#
# What a plug-in changed must be known when its call ends, at a price that hardly grows with the number of
# instances: pyblish itself needs some 13 us for a plug-in that does nothing.
#
# - Keys that are set and unset, and members that come and go, are noted as it happens: the methods of
#   Pyblish's own `data` dictionaries and lists that change them are wrapped, once, in their class.
#   Only what is in the context that we show is noted; for all others it is a look into a dictionary.
# - What changes *inside* of a value (`data["families"].append("rig")`) calls nothing of Pyblish's. So of each
#   value that can change a copy is kept that shares the leaves, and when a call ends all values are
#   compared with their copies by one comparison of two lists, which runs in C: some 25 ns a value.
# - Which instances there are is the same comparison, of the context with what it was.
#
# What it does not see until `whole` is asked for (when a run ends, a stage ends, a frontend changed something,
# plug-ins are discovered, an adapter connects): True put in place of 1, or 1.0 for 1, *inside* of a value,
# which are equal to Python; and what is changed behind the back of the classes, as by
# `dict.__setitem__(instance.data, key, value)`. What objects that JSON cannot hold are like inside is looked at only
# when they are set.

WATCHED = globals().get("WATCHED", {})  # id of a context, an instance, or the data of one: its State
MEMBERS = ("members",)  # the note that members changed; no key of `data` is this object


class State(object):
    """What is known of the context, or of one instance."""

    __slots__ = ("watch", "id", "json_id", "entity", "data", "shown", "members")

    def __init__(self, watch, number, entity):
        self.watch = watch
        self.id = number  # None: the context
        self.json_id = to_json(number)
        self.entity = entity
        self.data = entity._data
        self.shown = OrderedDict()  # each key, and the JSON of its value as it was sent
        self.members = None


def wrap(owner, name, noting):
    """Wraps a method of a class so that what it changes is noted, also if it raises half way."""
    original = getattr(owner, name, None)
    if original is None or hasattr(original, "_pyblish_endpoint"):
        return

    @functools.wraps(original, assigned=("__name__", "__doc__"), updated=())
    def method(self, *args, **kwargs):
        state = WATCHED.get(id(self))
        if state is None:
            return original(self, *args, **kwargs)
        try:
            return original(self, *args, **kwargs)
        finally:
            noting(state, args, kwargs)

    method._pyblish_endpoint = True
    setattr(owner, name, method)


def note_key(state, args, _):
    state.watch.notes[(state, args[0])] = None


def note_all(state, args, kwargs):
    notes = state.watch.notes
    if len(args) == 1 and isinstance(args[0], dict):
        for key in args[0]:
            notes[(state, key)] = None
        for key in kwargs:
            notes[(state, key)] = None
    else:
        state.watch.suspects[state] = None


def note_members(state, _, __):
    if state.id is not None:
        state.watch.notes[(state, MEMBERS)] = None


def install_watch(plugin):
    """Has Pyblish's containers tell what changes in them."""
    for name in ("__setitem__", "__delitem__", "pop", "setdefault"):
        wrap(plugin._Dict, name, note_key)
    for name in ("update", "clear", "popitem", "__ior__"):
        wrap(plugin._Dict, name, note_all)
    for name in ("append", "extend", "insert", "pop", "clear", "sort", "reverse", "__setitem__", "__delitem__",
                 "__iadd__", "__imul__", "__setslice__", "__delslice__"):
        wrap(plugin.AbstractEntity, name, note_members)


class Watch(object):
    """The context as the other side knows it, and from that what changed."""

    def __init__(self, context, entity_type):
        self.entity_type = entity_type
        self.context = context
        self.notes = ordered()  # (state, key), in the order in which they were set
        self.suspects = ordered()  # states of which anything may have changed
        self.order = []  # what the context held the last time
        self.known = []  # the instances in it, each once, as the other side knows them
        self.states = ordered()  # of the instances, by their id
        self.used = {}  # each id ever used, and whose it was
        # Three lists side by side: the values that can change inside, their copies, and where they are.
        self.live, self.copies, self.places = [], [], []
        self.index = {}  # (state, key): where in the lists
        self.plugins, self.active = [], []
        self.root = self.take(State(self, None, context))

    def end(self):
        """Nothing is noted any more."""
        for state in [self.root] + list(self.states.values()):
            self.leave(state)

    # States

    def take(self, state):
        """Begins to watch; `shown` is complete afterwards."""
        WATCHED[id(state.entity)] = WATCHED[id(state.data)] = state
        for key in list(state.data):
            self.look(state, key)
        if state.id is not None:
            state.members = members_of(state.entity)
        return state

    def leave(self, state):
        WATCHED.pop(id(state.entity), None)
        WATCHED.pop(id(state.data), None)
        for key in list(state.shown):
            self.unwatch((state, key))
        for note in [note for note in list(self.notes) if note[0] is state]:
            self.notes.pop(note, None)
        self.suspects.pop(state, None)

    def number(self, entity):
        """The id of an instance: Pyblish's own, unless a copy has it too."""
        wanted = number = clean(entity.id)
        count = 1
        while number in self.used and self.used[number]() is not entity:
            count += 1
            number = u"%s~%d" % (wanted, count)
        self.used[number] = weakref.ref(entity)
        return number

    # Values

    def unwatch(self, place):
        at = self.index.pop(place, None)
        if at is None:
            return
        for column in (self.live, self.copies, self.places):
            last = column.pop()
            if at < len(column):
                column[at] = last
        if at < len(self.places):
            self.index[self.places[at]] = at

    def watch(self, place, value):
        copy = shadow(value)
        if copy is None:
            return self.unwatch(place)
        at = self.index.get(place)
        if at is None:
            self.index[place] = len(self.live)
            self.live.append(value)
            self.copies.append(copy)
            self.places.append(place)
        else:
            self.live[at], self.copies[at] = value, copy

    def look(self, state, key):
        """Looks at one value; answers whether it is another than was sent."""
        if state.id is None and key == "results":
            return False  # Pyblish's own, which grows with each pair
        try:
            value = state.data[key]
        except KeyError:
            self.unwatch((state, key))
            return state.shown.pop(key, None) is not None
        found, marked = value_json(value)
        try:
            # Of what is shown as its repr only a set is worth a look inside.
            self.watch((state, key), value if not marked or isinstance(value, set) else None)
        except Exception:
            self.unwatch((state, key))  # a thread changes it; it is looked at when the run ends
        if state.shown.get(key) == found:
            return False
        state.shown[key] = found
        return True

    def changed_inside(self):
        """The places of values that are no longer like their copies."""
        try:
            if self.live == self.copies:
                return []
        except Exception:
            pass  # a value that cannot be compared; it is found below
        found = []
        for at, place in enumerate(self.places):
            try:
                if self.live[at] == self.copies[at]:
                    continue
            except Exception:
                pass
            found.append(place)
        return found

    # Changes, each as JSON

    def changes(self, whole=False, at=None):
        """What changed since the last time; `at` is the instance at hand, whose values get a second look."""
        found = []
        context = self.context
        if not (len(context) == len(self.order) and list.__eq__(context, self.order)):
            self.reorder(found)
        if whole:
            for state in [self.root] + list(self.states.values()):
                self.suspects[state] = None
        else:
            for state in (self.root, self.states.get(at)):
                if state is not None and (
                    len(state.data) - (state.id is None and "results" in state.data) != len(state.shown)
                    or state.entity._data is not state.data
                ):
                    self.suspects[state] = None
        if self.live:
            for place in self.changed_inside():
                self.notes[place] = None
        if self.suspects:
            self.suspect()
        if self.notes:
            # One by one: a thread that a plug-in left behind may note more meanwhile.
            for note in list(self.notes):
                self.notes.pop(note, None)
                state, key = note
                if key is MEMBERS:
                    self.members(state, found)
                elif self.look(state, key):
                    found.append(self.datum(state, key))
        self.activity(found)
        return found

    def suspect(self):
        """Notes all of those of which anything may have changed."""
        for state in list(self.suspects):
            self.suspects.pop(state, None)
            if state.entity._data is not state.data:
                WATCHED.pop(id(state.data), None)
                state.data = state.entity._data
                WATCHED[id(state.data)] = state
            for key in list(state.shown):
                self.notes[(state, key)] = None
            for key in list(state.data):
                self.notes[(state, key)] = None
            if state.id is not None:
                self.notes[(state, MEMBERS)] = None

    def reorder(self, found):
        """Instances that came, went, or changed places."""
        new, seen = [], set()
        for entity in list.__iter__(self.context):
            if isinstance(entity, self.entity_type) and id(entity) not in seen:
                seen.add(id(entity))
                new.append(entity)
        kept = []
        for entity in self.known:
            if id(entity) in seen:
                kept.append(entity)
            else:
                self.remove(entity, found)
        same = 0
        while same < min(len(kept), len(new)) and kept[same] is new[same]:
            same += 1
        for entity in kept[same:]:
            self.remove(entity, found)
        for entity in new[same:]:
            state = self.take(State(self, self.number(entity), entity))
            self.states[state.id] = state
            found.append(self.added(state))
        self.known, self.order = new, list(self.context)

    def remove(self, entity, found):
        state = WATCHED.get(id(entity))
        if state is None:
            return
        self.leave(state)
        del self.states[state.id]
        found.append('{"instance-removed":{"id":%s}}' % state.json_id)

    def added(self, state):
        return '{"instance-added":{"id":%s,"name":%s,"data":[%s],"members":%s}}' % (
            state.json_id,
            to_json(clean(state.entity.name)),
            ",".join("[%s,%s]" % (to_json(key_text(key)), state.shown[key]) for key in list(state.shown)),
            to_json(state.members),
        )

    def datum(self, state, key):
        shown = state.shown.get(key)
        if shown is None:
            return '{"data-unset":{"instance":%s,"key":%s}}' % (state.json_id, to_json(key_text(key)))
        return '{"data-set":{"instance":%s,"key":%s,"value":%s}}' % (state.json_id, to_json(key_text(key)), shown)

    def members(self, state, found):
        members = members_of(state.entity)
        if members != state.members:
            state.members = members
            found.append('{"members-set":{"id":%s,"members":%s}}' % (state.json_id, to_json(members)))

    def activity(self, found):
        active = [bool(plugin.active) for plugin in self.plugins]
        if active != self.active:
            for plugin, is_active, was_active in zip(self.plugins, active, self.active):
                if is_active != was_active:
                    found.append('{"plugin-activated":{"plugin":%s,"active":%s}}' % (
                        to_json(clean(plugin.id)), "true" if is_active else "false"))
            self.active = active

    def set_plugins(self, plugins):
        self.plugins = plugins
        self.active = [bool(plugin.active) for plugin in plugins]

    def everything(self):
        """The context from nothing, as changes."""
        self.changes(whole=True)
        found = [self.datum(self.root, key) for key in list(self.root.shown)]
        found.extend(self.added(WATCHED[id(entity)]) for entity in self.known)
        return found

    def instance(self, number):
        """The instance with this id, or None."""
        state = self.states.get(number)
        return None if state is None else state.entity


def members_of(entity):
    return [member_text(member) for member in list.__iter__(entity)]


def member_text(member):
    if isinstance(member, (text_type, byte_type)):
        return clean(member)
    if is_entity(member):
        return clean(member.name)
    return mark(member)[MARK]


def key_text(key):
    """A key of `data` as it is sent."""
    if isinstance(key, (text_type, str)) and is_unicode(text_of(key)):
        return text_of(key)
    return u"$key " + mark(key)[MARK]


# ---------------------------------------------------------------------------------------------------------
# 4  Plug-ins


def arguments_of(function):
    """The names of a function's arguments, and whether it takes any keyword."""
    spec = (inspect.getargspec if PY2 else inspect.getfullargspec)(function)
    return list(spec[0]), bool(spec[2])


def discover(pyblish):
    """Pyblish's own discovery, and beside it what it leaves out in silence.

    Answers the plug-ins, and pairs of a file and a failure. It runs the studio's `pyblish.api.discover`,
    whatever that is, and stands behind what Pyblish's own calls: what executes a file, and what says
    whether a class is a plug-in that can be used.
    """
    linecache.checkcache()  # of files that were edited since
    plugin = pyblish.plugin
    six = plugin.six
    broken, current = [], [None]
    execute, is_valid, is_compatible = six.exec_, plugin.plugin_is_valid, plugin.version_is_compatible

    def exec_(source, names, *rest):
        path = current[0] = text_of(names.get("__file__", "?"))
        try:
            # Compiled with the name of its file, tracebacks and `inspect` can show its lines.
            if isinstance(source, byte_type) and PY2:
                source = source.replace(b"\r\n", b"\n")
            code = compile(source, names.get("__file__", "<string>"), "exec", dont_inherit=True)
            return execute(code, names, *rest)
        except BaseException as error:
            broken.append((path, failure_of(error)))
            if isinstance(error, Exception):
                raise
            # Pyblish skips a file that raises an Exception; one that exits would end the host's discovery.
            raise RuntimeError("%s: %s" % (type(error).__name__, error))

    def valid(class_):
        good = is_valid(class_)
        if not good:
            broken.append((file_of(class_) or current[0], failure(
                u"The plug-in %s cannot be used: %s." % (clean(class_.__name__), why_invalid(class_)), "InvalidPlugin")))
        return good

    def compatible(class_):
        good = is_compatible(class_)
        if not good:
            broken.append((file_of(class_) or current[0], failure(
                u"The plug-in %s asks for %s, and this is Pyblish %s. Update Pyblish, or the plug-in's `requires`."
                % (clean(class_.__name__), clean(class_.requires), clean(pyblish.version)), "IncompatiblePlugin")))
        return good

    six.exec_, plugin.plugin_is_valid, plugin.version_is_compatible = exec_, valid, compatible
    try:
        with_ours = pyblish.api.discover()
    finally:
        six.exec_, plugin.plugin_is_valid, plugin.version_is_compatible = execute, is_valid, is_compatible
    # The studio's collectors come before ours of the same name, where Pyblish was told to keep both.
    theirs = set(p.__name__ for p in with_ours if not hasattr(p, "_pyblish_endpoint"))
    plugins = [p for p in with_ours if not (hasattr(p, "_pyblish_endpoint") and p.__name__ in theirs)]
    return plugins, broken


def why_invalid(plugin):
    """What `plugin_is_valid` found; it says so to the debug log only, and not to whom."""
    for name in ("families", "targets", "hosts"):
        value = getattr(plugin, name, None)
        if not isinstance(value, list):
            return u"its `%s` is %s, not a list of texts" % (name, mark(value)[MARK])
        for item in value:
            if not isinstance(item, (text_type, str)):
                return u"its `%s` holds %s, which is no text" % (name, mark(item)[MARK])
    if not isinstance(plugin.requires, (text_type, str)):
        return u"its `requires` is %s, not a text" % mark(plugin.requires)[MARK]
    if hasattr(plugin, "__invalidSignature__"):
        return u"its `process` takes neither `context` nor `instance`"
    return u"its `match` is %s, not one of Pyblish's algorithms" % mark(getattr(plugin, "match", None))[MARK]


BASES = ("ContextPlugin", "InstancePlugin", "Collector", "Validator", "Extractor", "Integrator", "Plugin")


def defining_class(plugin):
    """The class that somebody wrote: Pyblish hands out subclasses of those that are registered."""
    for class_ in plugin.__mro__:
        if class_.__module__ != "pyblish.plugin":
            return class_
    return plugin


def file_of(plugin):
    """The file of a plug-in, as Pyblish found it or as Python knows it."""
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
    if order - order != 0:  # infinite, or no number; it comes last, or first
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
    """What a plug-in's repair, if it has one, takes."""
    unbound = lambda class_: getattr(class_.repair, "__func__", class_.repair)  # noqa: E731
    if not hasattr(plugin, "repair") or unbound(plugin) is unbound(pyblish.plugin.Plugin):
        return {"context": False, "instance": False}
    names, _ = arguments_of(plugin.repair)
    instance = "instance" in names or "asset" in names
    # One that takes neither is run once, like one on the context.
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


def failure(message, kind, title=None, detail=None, place=None, trace=None):
    return {
        "title": title,
        "message": message,
        "detail": detail,
        "location": place,
        "traceback": trace,
        "kind": kind,
    }


def location(path, line, function=None, text=None):
    if not isinstance(line, integers) or line < 1:
        return None
    text = text or linecache.getline(path, line)
    return {
        "file": clean(path),
        "line": line,
        "function": optional_text(function),
        "text": clean(text).strip() or None,
    }


def failure_of(error):
    """A failure of an exception that is being handled, or that Pyblish has handled."""
    kind = type(error).__name__
    handled = sys.exc_info()
    trace = getattr(error, "formatted_traceback", None)
    if trace is None:
        trace = u"".join(text_of(line) for line in traceback.format_exception(*handled))
    place = getattr(error, "traceback", None)
    try:
        path, line, function, text = place
    except (TypeError, ValueError):
        frames = traceback.extract_tb(handled[2])
        path, line, function, text = frames[-1] if frames else ("", 0, None, None)
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        path, line, function, text = error.filename, error.lineno, None, error.text
    message = text_of(error).strip()
    if isinstance(error, (SystemExit, KeyboardInterrupt)):
        message = u"The plug-in %s%s. A plug-in says what is wrong by raising any other error." % (
            u"asked the host to end" if isinstance(error, SystemExit) else u"was interrupted",
            u": " + message if message else u"")
    title = getattr(error, "title", None)
    # Studios' validation errors (`PublishValidationError` and its kin) bring these, for artists.
    details = []
    for name in ("description", "detail"):
        extra = getattr(error, name, None)
        if isinstance(extra, (text_type, str)) and extra.strip() and text_of(extra).strip() != message:
            details.append(cut(clean(extra)))
    return failure(
        cut(clean(message)) or u"%s, without a message" % clean(kind),
        clean(kind),
        title=clean(title) if isinstance(title, (text_type, str)) and title else None,
        detail=u"\n\n".join(details) or None,
        place=location(text_of(path), line, function, text),
        trace=cut(clean(trace)),
    )


# ---------------------------------------------------------------------------------------------------------
# 5  Calls

CALL = globals().get("CALL")  # the call that a plug-in is in; there is one at a time


def progress(fraction, message=""):
    """For plug-ins: say how far the work has come. `fraction` lies between 0 and 1."""
    call = CALL
    if call is not None:
        call.progress(fraction, message)


def cancelled():
    """For plug-ins: whether the user asked for this work to stop. Ask as often as you like."""
    call = CALL
    return call is not None and call.cancelled()


class Call(object):
    """One call of an adapter, while it runs."""

    def __init__(self, connection, number, words, request=None):
        self.connection = connection
        self.number = number
        self.request = number if request is None else request  # what a cancel names
        self.words = words  # what it does, for whoever must wait
        self.since = time.time()
        self.count = self.bytes = 0
        self.full = False
        self.reported = self.asked = 0.0
        self.pending = None

    def record(self, level, message, logger, place=None, trace=None, created=None):
        if self.full:
            return
        message = cut(clean(message))
        self.count += 1
        self.bytes += len(message) + len(trace or "")
        if self.count > RECORDS_LIMIT or self.bytes > RECORDS_BYTES:
            self.full = True
            level, logger, place, trace = 30, "pyblish-endpoint", None, None
            message = u"What this plug-in writes from here on is left out: there were %d records, of %d KiB together." % (
                self.count - 1, (self.bytes - len(message)) // 1024)
        self.send("record", {"id": self.number, "record": {
            "level": max(0, level),
            "message": message,
            "logger": clean(logger),
            "location": place,
            "traceback": None if trace is None else cut(clean(trace)),
            "created": time.time() if created is None else created,
        }})

    def progress(self, fraction, message):
        try:
            fraction = float(fraction)
        except (TypeError, ValueError):
            return
        if fraction != fraction:
            return
        self.pending = {"id": self.number, "fraction": min(max(fraction, 0.0), 1.0), "message": cut(clean(message))}
        now = time.time()
        if not 0 <= now - self.reported < PROGRESS_PAUSE:
            self.reported = now
            self.flush()

    def flush(self):
        """Sends the last report of progress, if it was held back."""
        pending, self.pending = self.pending, None
        if pending is not None:
            self.send("progress", pending)

    def send(self, kind, body):
        try:
            self.connection.send('{"%s":%s}' % (kind, to_json(body)))
        except Gone:
            self.connection.abandoned = True  # nobody waits for it any more

    def cancelled(self):
        connection = self.connection
        now = time.time()
        if not 0 <= now - self.asked < CANCEL_PAUSE:
            self.asked = now
            connection.look_for_cancel()
        return connection.abandoned or connection.cancelled == self.request


def streaming(handler_type):
    """Pyblish's handler that collects a plug-in's records, made to hand them on as they come."""

    class Streaming(handler_type):
        _pyblish_endpoint = True

        def emit(self, record):
            before = len(self.records)
            handler_type.emit(self, record)
            call = CALL
            if call is not None and len(self.records) > before and getattr(record, "told_in", None) is not call:
                # A plug-in that publishes has Pyblish collect the records for it, too; each is told once.
                record.told_in = call
                forward(call, record)

    Streaming.__name__ = handler_type.__name__
    return Streaming


def forward(call, record):
    """Sends a record of Python's; what is wrong with it must not become the plug-in's trouble."""
    try:
        message = record.getMessage()
    except Exception as error:
        message = u"%s %s (this record cannot be formatted: %s)" % (
            text_of(record.msg), mark(record.args)[MARK], text_of(error))
    trace = None
    if record.exc_info and isinstance(record.exc_info, tuple) and record.exc_info[0]:
        trace = u"".join(text_of(line) for line in traceback.format_exception(*record.exc_info))
    elif getattr(record, "exc_text", None):
        trace = text_of(record.exc_text)
    place = location(text_of(record.pathname), record.lineno, record.funcName)
    call.record(int(record.levelno), message, record.name, place, trace, record.created)


class Tee(object):
    """Stands in for stdout while a plug-in runs: what is printed goes there and to the frontends, by lines."""

    def __init__(self):
        self.original = None
        self.part = u""
        self.used = False
        self.lock = threading.RLock()

    def write(self, text):
        original = self.original
        # pythonw and some hosts have no stdout at all.
        written = original.write(text) if original is not None else len(text)
        call = CALL
        if call is not None:
            with self.lock:
                self.used = True
                lines = (self.part + text_of(text)).split(u"\n")
                self.part = lines.pop()
                if len(self.part) > MESSAGE_LIMIT:
                    lines.append(self.part)
                    self.part = u""
                for line in lines:
                    call.record(20, line, "stdout")
        return written

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        if self.original is not None and hasattr(self.original, "flush"):
            self.original.flush()

    def finish(self, call):
        """The last line, which no end of line has ended; and out with all of it, for a host may run for days."""
        with self.lock:
            part, self.part, self.used = self.part, u"", False
        if part:
            call.record(20, part, "stdout")
        try:
            self.flush()
        except Exception:
            pass  # closed, or a host's own that cannot

    def __getattr__(self, name):
        if self.original is None:
            raise AttributeError(name)
        return getattr(self.original, name)


# ---------------------------------------------------------------------------------------------------------
# 6  Session


class Library(object):
    """The studio's pyblish-base, prepared."""

    def __init__(self):
        interpreter = "%s (Python %s)" % (sys.executable or "this interpreter", python_version())
        try:
            import pyblish
            import pyblish.api
            import pyblish.lib
            import pyblish.plugin
        except ImportError as error:
            raise BridgeError(
                "There is no pyblish-base in %s: %s. Install it there (pip install pyblish-base==1.8.12), or put the "
                "studio's into PYTHONPATH, and connect again." % (interpreter, error))
        self.version = text_of(getattr(pyblish, "version", getattr(pyblish, "__version__", "?")))
        numbers = tuple(int(n) for n in re.findall(r"\d+", self.version)[:3])
        if numbers < OLDEST_PYBLISH or not hasattr(pyblish.plugin, "_Dict"):
            raise BridgeError(
                "pyblish-base %s in %s is too old; the bridge needs %s or later. Update it there (pip install "
                "--upgrade pyblish-base) and start the host again."
                % (self.version, interpreter, ".".join(map(str, OLDEST_PYBLISH))))
        global ENTITY
        ENTITY = pyblish.plugin.AbstractEntity
        self.api, self.lib, self.plugin = pyblish.api, pyblish.lib, pyblish.plugin
        install_watch(self.plugin)
        if not hasattr(self.lib.MessageHandler, "_pyblish_endpoint"):
            self.lib.MessageHandler = streaming(self.lib.MessageHandler)


OUTCOME = '{"outcome":{'
NOTHING = '"failure":null,"changes":[]}}'  # the end of the outcome of a call that did nothing


class Session(object):
    """The context that the host holds, and what an adapter asks to be done with it. Main thread only."""

    def __init__(self, host):
        self.host = host
        self.pyblish = None
        self.watch = None
        self.plugins = {}
        self.tee = Tee()

    # Each request: its words for whoever must wait meanwhile, and the members that it must have.
    REQUESTS = {
        "open": {},
        "reset": {},
        "discover": {},
        "process": {"plugin": text_type, "instance": (text_type, type(None))},
        "repair": {"plugin": text_type, "instance": (text_type, type(None))},
        "act": {"plugin": text_type, "action": text_type},
        "apply": {"changes": list},
        "notify": {"event": text_type, "arguments": dict},
        "close": {},
        "ping": {},
        "cancel": {},
    }

    def answer(self, connection, kind, body):
        """The answer to a request, as JSON text."""
        number = body["id"]
        if kind == "ping":
            return '{"pong":{"id":%d}}' % number
        if kind == "close":
            return '{"closed":{"id":%d}}' % number
        if kind == "open":
            return self.open(connection, number, body)
        self.must_be_open(connection, number, kind)
        if kind == "discover":
            return self.discover(connection, number, body)
        return self.outcome(connection, number, kind, body, getattr(self, "do_" + kind))

    @staticmethod
    def must_be_open(connection, number, kind):
        if not connection.open:
            raise Misuse("not-open", "`%s` before `open`; an adapter opens a session each time it connects" % kind, number)

    # Calls

    def run(self, call, work, body):
        """Runs something of the studio's; answers its failure as JSON. Nothing it raises gets any further."""
        global CALL
        tee = self.tee
        if sys.stdout is not tee:
            tee.original, sys.stdout = sys.stdout, tee
        CALL = call
        call.connection.call = call
        try:
            failed = work(body)
        except BaseException as error:
            failed = failure_of(error)
        finally:
            if tee.used:
                tee.finish(call)
            if call.pending is not None:
                call.flush()
            CALL = None
            call.connection.call = None
            if sys.stdout is tee:
                sys.stdout = tee.original
        return "null" if failed is None else to_json(failed)

    def outcome(self, connection, number, kind, body, work):
        failed = self.run(Call(connection, number, kind, body.get("request")), work, body)
        # What events and frontends lead to is rare, and a good moment to look at everything.
        found = self.watch.changes(whole=kind not in ("process", "repair", "act"), at=body.get("instance"))
        return '{"outcome":{"id":%d,"failure":%s,"changes":[%s]}}' % (number, failed, ",".join(found))

    def value(self, connection, number, kind, body, work):
        """A call that answers something else than an outcome."""
        found = []
        failed = self.run(Call(connection, number, kind), lambda body: found.append(work(body)), body)
        if failed != "null":
            return '{"failed":{"id":%d,"failure":%s}}' % (number, failed)
        return '{"%s":{"id":%d,%s}}' % (found[0][0], number, found[0][1])

    # What is asked

    def load(self):
        """The studio's Pyblish; asked for anew until it is there."""
        if self.pyblish is None:
            self.pyblish = Library()
            if self.host.name not in self.pyblish.api.registered_hosts():
                self.pyblish.api.register_host(self.host.name)
            register_collectors(self.pyblish, self.host)
        return self.pyblish

    def open(self, connection, number, body):
        def work(body):
            try:
                pyblish = self.load()
            except BridgeError as error:
                return "failed", '"failure":' + to_json(
                    failure(clean(error), "BridgeError", title="Pyblish cannot be used"))
            for path in body.get("paths") or []:
                if os.path.normpath(path) not in pyblish.api.registered_paths():
                    pyblish.api.register_plugin_path(path)
            if self.watch is None:
                self.renew()
            about = list(self.host.about().items()) + [
                ("pyblish", pyblish.version),
                ("registeredHosts", list(pyblish.api.registered_hosts())),
                ("registeredTargets", list(pyblish.api.registered_targets())),
            ]
            connection.open = True
            return "opened", '"host":%s,"context":[%s]' % (
                to_json([[key, plain(value)] for key, value in about]), ",".join(self.watch.everything()))

        return self.value(connection, number, "open", body, work)

    def renew(self):
        if self.watch is not None:
            plugins = self.watch.plugins
            self.watch.end()
        else:
            plugins = []
        self.watch = Watch(self.pyblish.api.Context(), self.pyblish.plugin.AbstractEntity)
        self.watch.set_plugins(plugins)

    def do_reset(self, _):
        self.renew()

    def discover(self, connection, number, body):
        def work(body):
            plugins, broken = discover(self.pyblish)
            described = []
            self.plugins = {}
            for plugin in plugins:
                try:
                    entry = describe_plugin(plugin, self.pyblish)
                except Exception as error:
                    entry = None
                    broken.append((file_of(plugin) or clean(plugin.__name__), failure_of(error)))
                if entry is not None:
                    described.append(entry)
                    self.plugins[entry["id"]] = plugin
            self.watch.set_plugins(list(self.plugins.values()))
            return "discovery", '"plugins":%s,"broken":%s' % (
                to_json(described), to_json([{"file": clean(path), "failure": why} for path, why in broken]))

        return self.value(connection, number, "discover", body, work)

    def target(self, body):
        """The plug-in and the instance of a request, or a failure."""
        plugin = self.plugins.get(body["plugin"])
        if plugin is None:
            return None, None, failure(
                u"There is no plug-in %s in %s; discover the plug-ins again." % (clean(body["plugin"]), self.host.name),
                "LookupError")
        number = body.get("instance")
        if number is None:
            return plugin, None, None
        instance = self.watch.instance(number)
        if instance is None:
            return plugin, None, failure(
                u"There is no instance %s in %s any more; collect again." % (clean(number), self.host.name), "LookupError")
        return plugin, instance, None

    def do_process(self, body):
        plugin, instance, failed = self.target(body)
        if failed is not None:
            return failed
        CALL.words = plugin.__name__
        return self.process(plugin, instance)

    def do_act(self, body):
        plugin, _, failed = self.target(body)
        if failed is not None:
            return failed
        actions = [action for action in plugin.actions if clean(action.id) == body["action"]]
        if not actions:
            return failure(u"The plug-in %s has no action %s; discover the plug-ins again."
                           % (clean(plugin.__name__), clean(body["action"])), "LookupError")
        CALL.words = "%s of %s" % (actions[0].__name__, plugin.__name__)
        return self.process(plugin, None, actions[0].id)

    def process(self, plugin, instance, action=None):
        """Has Pyblish process a plug-in. Only an `Exception` stays in its hands."""
        context = self.watch.context
        started = time.time()
        try:
            error = self.pyblish.plugin.process(plugin, context, instance, action)["error"]
            return None if error is None else self.failed(error)
        except Exception:
            raise
        except BaseException as error:
            # SystemExit, KeyboardInterrupt: a result like any other, for those who read the results.
            trace = u"".join(text_of(line) for line in traceback.format_exception(*sys.exc_info()))
            frames = traceback.extract_tb(sys.exc_info()[2])
            try:
                error.formatted_traceback, error.traceback = trace, frames[-1]
            except Exception:
                pass
            result = {
                "success": False, "plugin": plugin, "instance": instance, "action": action, "error": error,
                "records": [], "duration": (time.time() - started) * 1000, "progress": 0, "context": context,
            }
            self.pyblish.lib.emit("pluginFailed", plugin=plugin, context=context, instance=instance, error=error)
            context.data.setdefault("results", []).append(result)
            self.pyblish.lib.emit("pluginProcessed", result=result)
            return failure_of(error)

    @staticmethod
    def failed(error):
        """The failure of an error that Pyblish caught, without keeping alive what its traceback holds."""
        found = failure_of(error)
        if getattr(error, "__traceback__", None) is not None:
            error.__traceback__ = None
        return found

    def do_repair(self, body):
        plugin, instance, failed = self.target(body)
        if failed is not None:
            return failed
        CALL.words = "the repair of %s" % plugin.__name__
        error = self.pyblish.plugin.repair(plugin, self.watch.context, instance)["error"]
        return None if error is None else self.failed(error)

    def do_notify(self, body):
        """As `pyblish.lib.emit`, but each callback gets those arguments that it takes, and a failure is told."""
        given = dict((str(key), value) for key, value in body["arguments"].items())
        context = self.watch.context
        if isinstance(given.get("instance"), text_type):
            instance = self.watch.instance(given["instance"])
            if instance is not None:  # one without members is false
                given["instance"] = instance
        if isinstance(given.get("plugin"), text_type):
            given["plugin"] = self.plugins.get(given["plugin"], given["plugin"])
        if isinstance(given.get("new_value"), bool):
            given.setdefault("old_value", not given["new_value"])
        given["context"] = context
        failed = None
        for callback in list(self.pyblish.api.registered_callbacks().get(body["event"], [])):
            try:
                names, any_name = arguments_of(callback if inspect.isroutine(callback) else callback.__call__)
            except TypeError:
                names, any_name = [], True
            try:
                callback(**dict((key, value) for key, value in given.items() if any_name or key in names))
            except BaseException as error:
                if failed is None:
                    failed = failure_of(error)
                    failed["title"] = failed["title"] or u"A callback of %s failed" % clean(body["event"])
        return failed

    def do_apply(self, body):
        refused = []
        for change in body["changes"]:
            try:
                (kind, of), = change.items()
                why = self.apply(kind, of)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                why = u"a change cannot be read: %s (%s)" % (clean(mark(change)[MARK]), clean(error))
            if why is not None:
                refused.append(why)
        if refused:
            return failure(u"Not everything was taken over: %s." % u"; ".join(refused), "Refused", title="Refused")
        return None

    def apply(self, kind, of):
        """Makes one change; answers why not, if not."""
        watch = self.watch
        if kind == "plugin-activated":
            plugin = self.plugins.get(of["plugin"])
            if plugin is None:
                return u"there is no plug-in %s" % clean(of["plugin"])
            plugin.active = bool(of["active"])
            return None
        if kind == "instance-added":
            data = dict((str_key(key), unicode_to_host(None, value)) for key, value in of["data"])
            if is_marked(list(data.values())):
                return u"the instance %s would hold what only the host can make" % clean(of["name"])
            data.pop("name", None)
            instance = watch.context.create_instance(str_key(of["name"]), **data)
            instance.extend(str_key(member) for member in of["members"])
            return None
        state = watch.root if of.get("instance", of.get("id")) is None else watch.states.get(of.get("instance", of.get("id")))
        if state is None:
            return u"there is no instance %s" % clean(of.get("instance", of.get("id")))
        where = u"of %s" % (u"the context" if state.id is None else clean(state.entity.name))
        if kind == "instance-removed":
            watch.context[:] = [instance for instance in watch.context if instance is not state.entity]
            return None
        if kind == "members-set":
            return self.apply_members(state.entity, of["members"], where)
        key, data = str_key(of["key"]), state.data
        if of["key"].startswith("$key ") and key not in data:
            return u"the key %s %s is no text in the host" % (clean(key), where)
        if kind in ("data-set", "data-unset") and key in data and is_marked(plain(data[key])):
            return u"%s %s is %s in the host, which cannot be written from outside" % (
                clean(key), where, type_name(data[key]))
        if kind == "data-unset":
            data.pop(key, None)
        elif kind == "data-set":
            value = of["value"]
            if is_marked(value):
                return u"the new %s %s holds what only the host can make" % (clean(key), where)
            data[key] = unicode_to_host(data.get(key), value)
        else:
            return u"there is no change %s" % clean(kind)
        return None

    @staticmethod
    def apply_members(entity, members, where):
        """Members are told by their text: those that are there stay what they are, others are texts."""
        there = [(member_text(member), member) for member in list.__iter__(entity)]
        new = []
        for text in members:
            match = [at for at, (shown, _) in enumerate(there) if shown == text]
            if match:
                new.append(there.pop(match[0])[1])
            elif any(not isinstance(member, (text_type, byte_type)) for member in list.__iter__(entity)):
                return u"the member %s %s is not in the host" % (clean(text), where)
            else:
                new.append(str_key(text))
        entity[:] = new
        return None


def str_key(text):
    """A name from a frontend as plug-ins write it: in Python 2 that is `str` where it can be."""
    return unicode_to_host(None, text)


# ---------------------------------------------------------------------------------------------------------
# 7  Run folder


def run_folder():
    """Where `pyblish-endpoint` keeps what is true while things run; as its `list` has it."""
    name = "pyblish-endpoint"
    home = os.path.expanduser("~")
    if os.name == "nt":
        return os.path.join(os.environ.get("APPDATA") or os.path.join(home, "AppData", "Roaming"), name, "data", "run")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Application Support", name, "run")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime):
        return os.path.join(runtime, name)
    data = os.environ.get("XDG_DATA_HOME", "")
    return os.path.join(data if os.path.isabs(data) else os.path.join(home, ".local", "share"), name, "run")


def private_folder(path):
    """Makes a folder that is this user's alone, and those above it; refuses one in which others can write."""
    if not os.path.isdir(path):
        try:
            os.makedirs(path, 0o700)
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise BridgeError("The folder %s cannot be made: %s." % (path, error.strerror))
    if os.name == "posix" and hasattr(os, "getuid"):
        found = os.stat(path)
        if found.st_uid != os.getuid() or found.st_mode & 0o022:
            raise BridgeError("The folder %s is another user's, or others can write in it; remove it, and it is made anew." % path)
    return path


def private_file(path, text):
    """Writes a file that only this user can read, which nobody sees half of."""
    beside = "%s.%d.tmp" % (path, os.getpid())
    new_file(beside, text)
    if os.name == "nt" and os.path.exists(path):
        os.remove(path)
    os.rename(beside, path)


def new_file(path, text):
    if os.path.exists(path):
        os.remove(path)  # of a process that had our number and did not finish
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode("utf-8"))


def secret(folder):
    """The 32 bytes that this user's adapters and bridges share; made where there are none."""
    path = os.path.join(private_folder(folder), "secret")
    if not os.path.exists(path):
        beside = "%s.%d.tmp" % (path, os.getpid())
        new_file(beside, text_of(binascii.hexlify(os.urandom(32))) + u"\n")
        try:
            # Both fail where it is there by now: then that one is the secret.
            if hasattr(os, "link"):
                os.link(beside, path)
                os.remove(beside)
            else:
                os.rename(beside, path)
        except OSError:
            if os.path.exists(path):
                os.remove(beside)
            else:
                os.rename(beside, path)  # a file system without links
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        raise BridgeError("The secret %s cannot be read: %s. Remove it, and it is made anew." % (path, error.strerror))
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(file.fileno())
        if os.name == "posix" and hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o077):
            raise BridgeError(
                "The secret %s is another user's, or others can read it; remove it, and it is made anew." % path)
        digits = file.read(256).strip()
    if not re.match(b"^[0-9a-fA-F]{64}$", digits):
        raise BridgeError("The secret %s is not 64 hexadecimal digits; remove it, and it is made anew." % path)
    return binascii.unhexlify(digits)


# ---------------------------------------------------------------------------------------------------------
# 8  Socket

LENGTH = struct.Struct(">I")

# Has Linux keep a message back until one follows without this, for 0.2 s at most; it goes out also when the process is killed.
MORE = getattr(socket, "MSG_MORE", 0x8000) if sys.platform.startswith("linux") else 0

# A program with Python inside it, as Krita is, need not ignore SIGPIPE as Python does: it would end when the runtime does.
# Windows has no such signal, and macOS an option of the socket instead.
QUIET = getattr(socket, "MSG_NOSIGNAL", 0x4000) if sys.platform.startswith("linux") else 0
SO_NOSIGPIPE = 0x1022 if sys.platform == "darwin" else None

# What `poll` says of a connection whose other side has closed it; Linux alone has it, whatever Python knows of it.
HANGUP = 0x2000 if sys.platform.startswith("linux") and hasattr(select, "poll") else 0


def proof(key, role, address, adapter, bridge):
    """What only somebody who has the secret can say, of this role in this one handshake at this address."""
    lines = "\n".join(["pyblish-endpoint-bridge 1", role, address, adapter, bridge])
    return text_of(hmac.new(key, lines.encode("ascii"), hashlib.sha256).hexdigest())


def same(left, right):
    """Compares in a time that does not tell where they differ."""
    if hasattr(hmac, "compare_digest"):
        return hmac.compare_digest(left.encode("ascii", "replace"), right.encode("ascii", "replace"))
    return left == right


class Connection(object):
    """A socket that carries frames."""

    def __init__(self, sock):
        self.sock = sock
        if SO_NOSIGPIPE is not None:
            sock.setsockopt(socket.SOL_SOCKET, SO_NOSIGPIPE, 1)
        self.buffer = b""
        self.lock = threading.Lock()
        self.limit = GREETING_LIMIT
        self.owner = None  # who it is, in its own words
        self.since = time.time()
        self.open = False  # whether `open` was answered
        self.call = None
        self.waiting = []  # frames that came while somebody looked for a cancel
        self.threaded = False  # whether a thread of its own reads it
        self.cancelled = None  # the id of the request that was cancelled last
        self.abandoned = False  # nobody waits for what it asked
        self.gone = False

    def take(self):
        """A frame that is in the buffer, or None."""
        if len(self.buffer) < 4:
            return None
        length = LENGTH.unpack(self.buffer[:4])[0]
        if length > self.limit:
            raise Misuse("too-long", "a message of %d bytes; at most %d are taken" % (length, self.limit))
        if len(self.buffer) < 4 + length:
            return None
        frame, self.buffer = self.buffer[4:4 + length], self.buffer[4 + length:]
        return frame

    def receive(self, deadline=None):
        """The next message: its kind and its body. Waits, till `deadline` if there is one."""
        if self.waiting:
            return self.waiting.pop(0)
        while True:
            frame = self.take()
            if frame is not None:
                return parse(frame)
            if deadline is not None:
                left = deadline - time.time()
                if left <= 0:
                    raise socket.timeout("timed out")
                self.sock.settimeout(left)
            self.fill()

    def fill(self):
        try:
            got = self.sock.recv(65536)
        except socket.timeout:
            raise
        except (OSError, IOError, socket.error) as error:
            if getattr(error, "errno", None) == errno.EINTR:
                return
            raise Gone(text_of(error))
        if not got:
            raise Gone("closed")
        self.buffer += got

    def send(self, text, more=0):
        """Sends a message. Of any thread; one send a message. With `MORE` it may wait in the system for what follows."""
        data = text.encode("ascii") if isinstance(text, text_type) else text
        with self.lock:
            if self.gone:
                raise Gone("closed")
            try:
                self.sock.sendall(LENGTH.pack(len(data)) + data, more | QUIET)
            except (OSError, IOError, socket.error) as error:
                # Half a frame may be out, so there is no going on.
                self.gone = True
                self.shut()
                raise Gone(text_of(error))

    def settle(self):
        """From the handshake to the work: no limit of time but for what the other side does not read."""
        self.limit = FRAME_LIMIT
        self.sock.settimeout(None)
        try:
            pause = SEND_TIME * 1000 if os.name == "nt" else struct.pack("@ll", SEND_TIME, 0)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, pause)
        except Exception:
            pass  # Jython; a stuck owner then waits for the system's own patience

    def readable(self):
        """Whether something is there to be read at once."""
        try:
            return bool(select.select([self.sock], [], [], 0)[0])
        except Exception:
            return False  # more open files than `select` can count

    def is_dead(self):
        """Whether the other side has closed it. Of any thread, so nothing is read here."""
        try:
            if not self.gone and HANGUP:
                # A `cancel` that a deaf plug-in has left unread would hide the end behind it from the look below.
                poll = select.poll()
                poll.register(self.sock, HANGUP)
                return bool(poll.poll(0))
            return self.gone or (self.readable() and self.sock.recv(1, socket.MSG_PEEK) == b"")
        except (OSError, IOError, socket.error):
            return True

    def look_for_cancel(self):
        """Reads what has come during a call, where no thread does; what is no cancel waits."""
        if self.threaded:
            return
        try:
            while True:
                # It may have come in one piece with the request itself.
                frame = self.take()
                while frame is not None:
                    kind, body = parse(frame)
                    if kind == "cancel":
                        self.cancelled = body.get("id")
                    else:
                        self.waiting.append((kind, body))
                    frame = self.take()
                if not self.readable():
                    return
                self.fill()
        except (Gone, Misuse, socket.timeout):
            self.abandoned = True  # nobody is there, or it talks nonsense

    def shut(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, IOError, socket.error):
            pass

    def close(self):
        self.gone = True
        self.shut()
        try:
            self.sock.close()
        except (OSError, IOError, socket.error):
            pass


def parse(frame):
    """The kind and the body of a message."""
    try:
        message = json.loads(frame.decode("utf-8"))
    except Exception as error:
        raise Misuse("no-json", "a message that is no JSON: %s" % clean(error))
    if not isinstance(message, dict) or len(message) != 1:
        raise Misuse("malformed", "a message is an object with one member, its kind")
    (kind, body), = message.items()
    if not isinstance(body, dict):
        raise Misuse("malformed", "the body of `%s` is no object" % clean(kind))
    return kind, body


def check(kind, body):
    """Whether a request has what it must have."""
    number = body.get("id")
    if isinstance(number, bool) or not isinstance(number, integers) or not 0 <= number < 2 ** 53:
        raise Misuse("malformed", "`%s` has no `id`, a whole number from 0 to 2^53" % clean(kind))
    shape = Session.REQUESTS.get(kind)
    if shape is None:
        raise Misuse("unknown", "there is no request `%s` in protocol %d" % (clean(kind), PROTOCOL), number)
    for name, kinds in shape.items():
        if not isinstance(body.get(name, Misuse), kinds):
            raise Misuse("malformed", "`%s` of `%s` is missing or of the wrong kind" % (name, kind), number)
    if kind == "process" and "then" in body:
        pairs = body["then"]
        if not isinstance(pairs, list) or not all(
                isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], text_type)
                and (pair[1] is None or isinstance(pair[1], text_type)) for pair in pairs):
            raise Misuse("malformed", "`then` of `process` is no list of pairs of a plug-in and an instance or null", number)


def greet(connection, bridge):
    """The bridge's side of the handshake. Raises `Refusal`, `Gone`, `Misuse`, `socket.timeout`."""
    deadline = time.time() + GREETING_TIME
    kind, hello = connection.receive(deadline)
    protocol = hello.get("protocol")
    if kind != "hello" or isinstance(protocol, bool) or not isinstance(protocol, integers):
        raise Refusal("handshake", "This is the bridge of pyblish-endpoint, and that was no `hello` of an adapter.")
    if protocol != PROTOCOL:
        older, update = ("adapter", "pyblish-endpoint") if protocol < PROTOCOL else (
            "bridge in %s" % bridge.host.name, "pyblish_endpoint_bridge.py (%s)" % __file__)
        raise Refusal("protocol", "The adapter speaks protocol %d and the bridge in %s %d: the %s is older. Update %s." % (
            protocol, bridge.host.name, PROTOCOL, older, update))
    theirs = hello.get("nonce")
    if not isinstance(theirs, text_type) or not re.match(r"^[0-9a-fA-F]{32,128}\Z", theirs):
        raise Refusal("handshake", "The adapter's `hello` has no nonce of 32 to 128 hexadecimal digits.")
    ours = text_of(binascii.hexlify(os.urandom(16)))
    connection.send(to_json({"challenge": {"protocol": PROTOCOL, "bridge": __version__, "nonce": ours}}))
    kind, said = connection.receive(deadline)
    if kind != "proof" or not isinstance(said.get("proof"), text_type):
        raise Refusal("handshake", "The adapter sent no `proof`.")
    if not same(said["proof"], proof(bridge.key, "adapter", bridge.address, theirs, ours)):
        raise Refusal("secret", "The adapter has another secret than %s: both read %s, of the same user on the same machine. "
                      "If that file was made anew, start the bridge again." % (bridge.host.name, bridge.secret_path))
    connection.owner = clean(said.get("owner") or hello.get("adapter") or "an adapter")[:200]
    connection.since = time.time()
    # Not before the claim, for a refusal takes its place.
    return lambda: connection.send(
        to_json({"welcome": {"proof": proof(bridge.key, "bridge", bridge.address, theirs, ours)}}))


# ---------------------------------------------------------------------------------------------------------
# 9  Hosts
#
# An entry says by which module a host is known, its version, its file and its workspace, and how something is
# run on its main thread: `loop` answers a function that has another called there soon, from any thread, or
# None where the main thread is free and `serve_forever` is to be called on it.


def python_version():
    return "%d.%d.%d" % sys.version_info[:3]


def own_loop(_):
    return None


def blender_file():
    import bpy
    return bpy.data.filepath or None


def blender_workspace():
    path = blender_file()
    return os.path.dirname(path) if path else os.getcwd()


def blender_version():
    import bpy
    return bpy.app.version_string


def blender_loop(bridge):
    import bpy
    if bpy.app.background:
        return None  # without a window no timer ever fires
    inbox = queue.Queue()

    def tick():
        # Blender asks only as often as we say. A quarter of a second until somebody is there costs nothing.
        try:
            while True:
                inbox.get_nowait()()
        except queue.Empty:
            pass
        if bridge.stopped:
            return None
        if bridge.owner is None:
            return 0.25
        return 0.001 if time.time() - bridge.worked < 0.5 else 0.02

    bpy.app.timers.register(tick, persistent=True)
    return inbox.put


def maya_file():
    from maya import cmds
    return cmds.file(query=True, sceneName=True) or None


def maya_workspace():
    from maya import cmds
    return cmds.workspace(query=True, rootDirectory=True) or None


def maya_version():
    from maya import cmds
    return cmds.about(version=True)


def maya_loop(_):
    from maya import cmds, utils
    return None if cmds.about(batch=True) else utils.executeDeferred


def houdini_file():
    import hou
    return None if hou.hipFile.isNewFile() else hou.hipFile.path()


def houdini_workspace():
    import hou
    return hou.getenv("JOB") or hou.getenv("HIP")


def houdini_version():
    import hou
    return hou.applicationVersionString()


def houdini_loop(_):
    import hou
    if not hou.isUIAvailable():
        return None
    import hdefereval
    return hdefereval.executeDeferred


def nuke_file():
    import nuke
    name = nuke.root().name()
    return None if name == "Root" else name


def nuke_workspace():
    import nuke
    return nuke.root()["project_directory"].evaluate() or os.path.dirname(nuke_file() or "") or None


def nuke_version():
    import nuke
    return nuke.NUKE_VERSION_STRING


def nuke_loop(_):
    import nuke
    if not nuke.GUI:
        return None
    main = threading.current_thread()

    def post(function):
        # Nuke hangs where this is called on its main thread, says its manual.
        if threading.current_thread() is main:
            thread(lambda: nuke.executeInMainThread(function), "post")
        else:
            nuke.executeInMainThread(function)

    return post


def freecad_file():
    import FreeCAD
    return FreeCAD.ActiveDocument.FileName or None if FreeCAD.ActiveDocument else None


def freecad_workspace():
    path = freecad_file()
    return os.path.dirname(path) if path else os.getcwd()


def freecad_version():
    import FreeCAD
    # 0, 20, 2 and then where it was built from.
    return ".".join(part for part in FreeCAD.Version()[:3] if part.isdigit())


def freecad_loop(bridge):
    import FreeCAD
    return qt_loop(bridge) if FreeCAD.GuiUp else None


def krita_file():
    from krita import Krita
    document = Krita.instance().activeDocument()
    return document.fileName() or None if document else None


def krita_workspace():
    path = krita_file()
    return os.path.dirname(path) if path else os.path.expanduser("~")


def krita_version():
    from krita import Krita
    return Krita.instance().version()


def qt_core():
    """The binding of Qt that the host uses: one that is imported, or else the first that can be."""
    names = ("PySide6", "PyQt6", "PySide2", "PyQt5", "PySide", "PyQt4")
    names = sorted(names, key=lambda name: name + ".QtCore" not in sys.modules)
    for name in names:
        try:
            return __import__(name + ".QtCore", fromlist=["QtCore"])
        except ImportError:
            continue
    raise BridgeError("No Python binding of Qt can be imported here, which this host needs: %s." % ", ".join(names))


def qt_loop(_):
    core = qt_core()
    signal = getattr(core, "Signal", None) or core.pyqtSignal
    queued = getattr(core.Qt, "QueuedConnection", None)
    if queued is None:  # PyQt6
        queued = core.Qt.ConnectionType.QueuedConnection

    class Post(core.QObject):
        posted = signal(object)

        def run(self, function):
            function()

    # It belongs to the thread that makes it, and that is where a queued signal is delivered.
    post = Post()
    post.posted.connect(post.run, queued)
    # Not `post.posted.emit`, which does not keep `post` alive.
    return lambda function: post.posted.emit(function)


def python_file():
    return None


HOSTS = OrderedDict((entry[0], entry) for entry in [
    # name, module, version, file, workspace, loop
    ("blender", "bpy", blender_version, blender_file, blender_workspace, blender_loop),
    ("maya", "maya.cmds", maya_version, maya_file, maya_workspace, maya_loop),
    ("houdini", "hou", houdini_version, houdini_file, houdini_workspace, houdini_loop),
    ("nuke", "nuke", nuke_version, nuke_file, nuke_workspace, nuke_loop),
    ("freecad", "FreeCAD", freecad_version, freecad_file, freecad_workspace, freecad_loop),
    ("krita", "krita", krita_version, krita_file, krita_workspace, qt_loop),
    ("python", None, python_version, python_file, os.getcwd, own_loop),
])


def add_host(name, version=python_version, file=python_file, workspace=os.getcwd, post=None):
    """Makes a tool of your own known to `start(name)`; the name is that of its adapter, and of `hosts` of plug-ins.

    The questions are asked on the main thread. `post(function)` can be called in any thread, and has the main one call
    the function soon; without it, the tool gives its main thread to `start(name).serve_forever()`.
    """
    HOSTS[name] = (name, None, version, file, workspace, lambda _: post)


class Host(object):
    """What this interpreter runs in."""

    def __init__(self, name=None):
        if name is None:
            name = self.detect()
        if name not in HOSTS:
            raise BridgeError("There is no host %s; there are %s." % (name, ", ".join(HOSTS)))
        self.name, _, self._version, self._file, self._workspace, self.loop = HOSTS[name]

    @staticmethod
    def detect():
        """The host whose module is there: a host's own is imported long before a start-up script runs."""
        for name, module, _, _, _, _ in HOSTS.values():
            if module is not None and module.split(".")[0] in sys.modules:
                try:
                    __import__(module)
                    return name
                except ImportError:
                    continue
        return "python"

    def ask(self, question):
        """What the host says, or None: that it cannot say must not keep anybody from working."""
        try:
            found = question()
            return None if found is None else clean(found)
        except Exception:
            logging.getLogger("pyblish_endpoint_bridge").debug("%s does not say", self.name, exc_info=True)
            return None

    def version(self):
        return self.ask(self._version)

    def file(self):
        return self.ask(self._file)

    def workspace(self):
        return self.ask(self._workspace)

    def about(self):
        return OrderedDict([
            ("host", self.name),
            ("hostVersion", self.version()),
            ("pythonVersion", python_version()),
            ("bridge", __version__),
            ("pid", os.getpid()),
            ("file", self.file()),
            ("workspace", self.workspace()),
        ])


def register_collectors(pyblish, host):
    """The small collectors that every integration ships, unless the studio has its own of these names."""

    def collector(name, label, key, ask, doc):
        def process(self, context):
            found = ask()
            if found is not None:
                context.data[key] = found

        return type(pyblish.api.ContextPlugin)(name, (pyblish.api.ContextPlugin,), {
            "__doc__": doc,
            "__module__": __name__,
            "order": pyblish.api.CollectorOrder - 0.5,
            "label": label,
            "process": process,
            "_pyblish_endpoint": True,
        })

    there = set(plugin.__name__ for plugin in pyblish.api.registered_plugins())
    for entry in (
        ("CollectCurrentFile", "Current file", "currentFile", host.file, "The file that is open in the host."),
        ("CollectWorkspace", "Workspace", "workspaceDir", host.workspace, "The folder that the host works in."),
        ("CollectHostVersion", "Host version", "hostVersion", host.version, "The version of the host."),
    ):
        if entry[0] not in there:
            pyblish.api.register_plugin(collector(*entry))


# ---------------------------------------------------------------------------------------------------------
# 10  Bridge

RUNNING = globals().get("RUNNING")  # the one bridge of this process, also after a `reload`


class Bridge(object):
    """A listening socket, at most one owner, and the session."""

    def __init__(self, host, folder, port):
        self.host = host
        self.pid = os.getpid()
        self.started = time.time()
        self.key = secret(folder)
        self.secret_path = os.path.join(folder, "secret")
        self.session = Session(host)
        self.lock = threading.RLock()
        self.owner = None
        self.ready = threading.Event()  # an owner waits for `serve_forever`
        self.stopped = False
        self.leaving = False  # asked to end by a signal, perhaps in the middle of a plug-in that takes it for its own
        self.worked = 0.0  # when the last request was done
        self.requests = queue.Queue()
        self.draining = False
        self.greeting = 0
        self.listener = listen(port, host.name)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.post = host.loop(self)
        self.path = self.announce(folder)
        self.accepting = thread(self.accept, "accept")

    def announce(self, folder):
        """Writes the host file."""
        hosts = private_folder(os.path.join(folder, "hosts"))
        try:
            import pyblish
            version = text_of(pyblish.version)
        except Exception:
            version = None  # `open` says so, in words
        path = os.path.join(hosts, "%s-%d.json" % (self.host.name, self.pid))
        private_file(path, text_of(to_json(OrderedDict([
            ("host", self.host.name),
            ("pid", self.pid),
            ("address", self.address),
            ("protocol", PROTOCOL),
            ("bridge", __version__),
            ("hostVersion", self.host.version()),
            ("pythonVersion", python_version()),
            ("pyblish", version),
            ("started", self.started),
            ("file", self.host.file()),
        ]))))
        return path

    def stop(self):
        """Ends it; a call that runs ends first. Of any thread, and more than once."""
        with self.lock:
            if self.stopped:
                return
            self.stopped = True
        if os.getpid() == self.pid:  # a plug-in's fork has all of this too, and must not take it from us
            try:
                os.remove(self.path)
            except OSError:
                pass
        # A shutdown wakes the thread that waits in accept, where a close alone does not.
        for end in (lambda: self.listener.shutdown(socket.SHUT_RDWR), self.listener.close):
            try:
                end()
            except (OSError, IOError, socket.error):
                pass
        owner = self.owner
        if owner is not None:
            owner.shut()
        self.ready.set()
        if threading.current_thread() is not self.accepting:
            # An interpreter that ends takes the ground from under a thread that still runs.
            self.accepting.join(1.0)

    # Who comes in

    def accept(self):
        while not self.stopped:
            try:
                sock, _ = self.listener.accept()
            except (OSError, IOError, socket.error) as error:
                if self.stopped or getattr(error, "errno", None) in (errno.EBADF, errno.EINVAL):
                    return
                time.sleep(0.05)  # too many open files, or the like: it passes
                continue
            except Exception:
                return  # the interpreter ends
            if self.greeting >= GREETING_CROWD:
                sock.close()
                continue
            with self.lock:
                self.greeting += 1
            thread(lambda sock=sock: self.welcome(sock), "welcome")

    def welcome(self, sock):
        """From a new connection to the owner, or to a refusal."""
        connection = Connection(sock)
        try:
            keep_out_of_children(sock)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            say_welcome = greet(connection, self)
            self.claim(connection)
            connection.settle()
            say_welcome()
        except (Refusal, Misuse, socket.timeout) as error:
            reason = getattr(error, "reason", "handshake")
            words = text_of(error) if isinstance(error, Refusal) else (
                u"The handshake was not over in %d seconds." % GREETING_TIME if isinstance(error, socket.timeout)
                else u"That was no handshake: %s." % text_of(error))
            try:
                connection.send(to_json({"refused": {
                    "reason": reason if isinstance(error, Refusal) else "handshake", "message": clean(words)}}))
            except (Gone, socket.timeout):
                pass
            self.lose(connection)
            return
        except Exception:
            self.lose(connection)
            return
        finally:
            with self.lock:
                self.greeting -= 1
        if self.post is None:
            self.ready.set()
        else:
            connection.threaded = True
            self.read(connection)

    def claim(self, connection):
        """Makes it the owner, or says who is."""
        patience = time.time() + 1.0
        while True:
            with self.lock:
                owner = self.owner
                if owner is None:
                    self.owner = connection
                    return
            # One that just ended may not have been noticed yet, and its plug-in may be about to end too.
            dead, call = owner.is_dead(), owner.call
            if dead and time.time() < patience:
                time.sleep(0.005)
                continue
            if dead:
                raise Refusal("busy", "%s is still busy with %s, since %s, for an owner that is gone. Try again when it is done." % (
                    self.host.name, call.words if call else "its last call", clock(call.since if call else owner.since)))
            raise Refusal("owned", "%s (pid %d) is driven by %s since %s. End that session first, or use another host." % (
                self.host.name, self.pid, owner.owner, clock(owner.since)))

    def lose(self, connection):
        """The end of a connection, of an owner or not."""
        connection.close()
        with self.lock:
            if self.owner is connection:
                self.owner = None

    # What the owner asks

    def read(self, connection):
        """In a thread of its own: reads the owner's requests for the main thread."""
        try:
            while True:
                try:
                    kind, body = connection.receive()
                except Misuse as misuse:
                    kind, body = None, misuse
                if kind == "cancel":
                    connection.cancelled = body.get("id")
                    continue
                self.requests.put((connection, kind, body))
                self.post(self.drain)
                if kind is None and body.reason in ("too-long", "no-json"):
                    return
        except (Gone, socket.timeout):
            pass
        except Exception:
            pass  # the interpreter or the host ends
        connection.abandoned = True
        # In turn behind what it had asked for: no new owner before all of that is done.
        self.requests.put((connection, None, None))
        try:
            self.post(self.drain)
        except Exception:
            pass

    def drain(self):
        """On the main thread: does what was asked, for a slice of time."""
        if self.draining:
            return  # a plug-in runs the host's loop itself, as a dialog does: one call at a time
        self.draining = True
        end = time.time() + SLICE
        linger = False
        try:
            while True:
                try:
                    # Python 2 waits by sleeping ever longer, so there it does not.
                    request = self.requests.get(linger and not PY2, LINGER)
                except queue.Empty:
                    return
                self.handle(*request)
                linger = self.owner is not None
                if time.time() > end:
                    if not self.requests.empty():
                        self.post(self.drain)
                    return
        finally:
            self.draining = False

    def handle(self, connection, kind, body):
        """One request, and its answer. Answers whether the connection goes on."""
        if kind is None and body is None:
            self.lose(connection)
            return False
        brings_more = False
        try:
            if kind is None:
                raise body
            check(kind, body)
            if kind == "cancel":
                return True  # of a call that has ended
            began = time.time()
            text = self.answer(connection, kind, body)
            brings_more = kind == "process" and "then" in body
        except Misuse as misuse:
            text = to_json({"error": {"id": misuse.number, "reason": misuse.reason, "message": clean(misuse)}})
            if misuse.reason in ("too-long", "no-json"):
                kind = "close"
        try:
            if brings_more:
                self.go_on(connection, body, text, began)
            else:
                connection.send(text)
        except Gone:
            kind = "close"
        self.worked = time.time()
        if kind == "close":
            self.lose(connection)
            return False
        return not connection.gone

    def answer(self, connection, kind, body):
        """What is answered to a request, whatever comes of it."""
        try:
            text = self.session.answer(connection, kind, body)
            if len(text) <= FRAME_LIMIT:
                return text
            failed = failure(
                u"What changed is too much to tell: %d MiB. Open the session again." % (len(text) >> 20), "TooLong")
        except Misuse:
            raise
        except Exception as error:
            # A defect of the bridge itself; whoever waits must hear of it all the same.
            failed = failure_of(error)
        return to_json({"failed": {"id": body["id"], "failure": failed}})

    def go_on(self, connection, body, text, began):
        """Sends the answer to a `process`, and goes on with the pairs that it brought along, one by one for as long as
        nothing happens and for no longer than 2 ms in all.

        A plan holds while nothing changes and nothing fails, and a plug-in that does nothing takes less than
        asking for it does. Each answer says whether the next one is begun, so that none is without its result.
        """
        first, pairs = body["id"], body["then"]
        batch = Call(connection, first, "process")
        since, ran = began, 0
        while True:
            now = time.time()
            goes_on = (ran < len(pairs) and text.endswith(NOTHING) and 0 <= now - began < AHEAD
                       and not self.leaving and not batch.cancelled())
            if text.startswith(OUTCOME):
                text = '%s,"next":%s,"took":%.3f}}' % (text[:-2], "true" if goes_on else "false", max(0, now - since) * 1000)
            # Waking the adapter up for each would cost more than what it is told; whoever is quick is heard in groups.
            connection.send(text, MORE if goes_on and ran % GROUP else 0)
            ran += 1
            if not goes_on:
                break
            plugin, instance = pairs[ran - 1]
            since = now
            text = self.answer(connection, "process", {
                "id": first + ran, "plugin": plugin, "instance": instance, "request": first})
        connection.send('{"ran":{"id":%d,"pairs":%d}}' % (first, ran))

    def serve_forever(self):
        """Does all of it on this thread, which should be the main one, until `stop` or Ctrl+C."""
        if self.post is not None:
            raise BridgeError("%s has a main loop of its own, on which the bridge runs already." % self.host.name)
        try:
            while not self.stopped and not self.leaving:
                # With a limit, for without one Python 2 does not hear Ctrl+C.
                self.ready.wait(3600)
                self.ready.clear()
                owner = self.owner
                if owner is not None and not self.stopped:
                    self.serve(owner)
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()

    def serve(self, connection):
        going = True
        while going and not self.leaving:
            try:
                kind, body = connection.receive()
            except Misuse as misuse:
                kind, body = None, misuse
            except (Gone, socket.timeout):
                kind, body = None, None
            going = self.handle(connection, kind, body)
        self.lose(connection)


def listen(port, host):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    keep_out_of_children(listener)
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where another program could take it from us
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    elif port:
        # A bridge that just ended must not keep its port from the next.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(16)
    except (OSError, IOError, socket.error, OverflowError) as error:
        listener.close()
        taken = getattr(error, "errno", None) in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", -1))
        raise BridgeError("The bridge in %s cannot listen on port %s of 127.0.0.1: %s. Leave the port out, and a free one is used." % (
            host, port, "another program has it" if taken else text_of(error)))
    return listener


def keep_out_of_children(sock):
    """A program that a plug-in starts must not keep the connection open. Python 3 sees to it by itself."""
    if PY2:
        try:
            import fcntl
            fcntl.fcntl(sock.fileno(), fcntl.F_SETFD, fcntl.fcntl(sock.fileno(), fcntl.F_GETFD) | fcntl.FD_CLOEXEC)
        except Exception:
            pass


def thread(function, name):
    found = threading.Thread(target=function, name="pyblish-endpoint " + name)
    found.daemon = True
    found.start()
    return found


def clock(moment):
    return time.strftime("%H:%M:%S", time.localtime(moment))


def start(host=None, port=0):
    """Starts the bridge, on the host's main thread; answers the one that runs if it does already.

    `host` is found out by itself. Raises `BridgeError`.
    """
    global RUNNING
    if RUNNING is not None and not RUNNING.stopped:
        return RUNNING
    RUNNING = Bridge(Host(host), run_folder(), port)
    atexit.register(RUNNING.stop)
    return RUNNING


def stop():
    """Ends the bridge, if it runs."""
    if RUNNING is not None:
        RUNNING.stop()


def is_alive(pid):
    """Whether there is a process with this number."""
    if os.name == "nt":
        import ctypes
        # SYNCHRONIZE; there `os.kill` would end it.
        handle = ctypes.windll.kernel32.OpenProcess(0x100000, False, pid)
        if not handle:
            return False
        alive = ctypes.windll.kernel32.WaitForSingleObject(handle, 0) != 0
        ctypes.windll.kernel32.CloseHandle(handle)
        return alive
    try:
        os.kill(pid, 0)
        return True
    except OSError as error:
        return error.errno != errno.ESRCH


def exit_with(bridge, pid):
    """Ends with another process, which started this one and may end without a word."""
    child = hasattr(os, "getppid") and os.getppid() == pid

    def wait():
        # One that adopts us has another number, and a number that is used again is no parent of ours.
        while (os.getppid() == pid) if child else is_alive(pid):
            time.sleep(0.5)
        bridge.stop()
        time.sleep(10)  # for a plug-in that asks whether it was cancelled
        os._exit(1)

    thread(wait, "exit-with")


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="pyblish_endpoint_bridge.py", description="A plain Python as a host for pyblish-endpoint.")
    parser.add_argument("--host", help="%s; found out by itself" % ", ".join(HOSTS))
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1; a free one by default")
    parser.add_argument("--paths", nargs="+", default=[], metavar="FOLDER", help="folders with plug-ins")
    parser.add_argument("--exit-with", type=int, metavar="PID", help="end when this process does")
    options = parser.parse_args(arguments)
    # Plug-ins import it by its name, and must get this one and no second.
    sys.modules.setdefault("pyblish_endpoint_bridge", sys.modules[__name__])
    try:
        bridge = start(options.host, options.port)
        try:
            pyblish = bridge.session.load()
            for path in options.paths:
                pyblish.api.register_plugin_path(os.path.abspath(path))
        except BridgeError as error:
            sys.stderr.write("%s\n" % error)  # it may come; whoever connects is told the same
    except BridgeError as error:
        sys.stderr.write("%s\n" % error)
        return 1
    if options.exit_with:
        exit_with(bridge, options.exit_with)

    def terminated(*_):
        # No more than this: the main thread may hold any lock just now, and `serve_forever` sees to the rest.
        bridge.leaving = True
        sys.exit(0)

    signal.signal(signal.SIGTERM, terminated)
    sys.stdout.write("%s\n" % to_json(OrderedDict([("address", bridge.address), ("file", clean(bridge.path))])))
    sys.stdout.flush()
    if bridge.post is None:
        bridge.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
