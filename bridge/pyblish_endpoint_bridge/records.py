# -*- coding: utf-8 -*-
"""Records: what a plug-in logs and prints, sent as it happens."""
from __future__ import absolute_import, division, print_function

import logging
import sys
import threading
import traceback

from .calls import CURRENT
from .containers import TOUCHED
from .failures import location
from .limits import MESSAGE_LIMIT
from .text import text_of
from .values import MARK, mark


# Of a handler, in all versions of Python.
ATTRIBUTES = frozenset(["_name", "formatter", "level", "filters", "lock", "_closed", "records"])


def streaming(handler_type):
    """A subclass of Pyblish's handler, which also sends each record as it comes."""
    # `logging` keeps a list of all handlers, for the end of Python. To add to it takes longer than
    # a plug-in that does nothing. A handler that lives for one pair has nothing to end, so only
    # this one is on the list, and the others have its lock.
    listed = handler_type([])
    is_known = handler_type.__module__ == "pyblish.lib" and ATTRIBUTES.issuperset(vars(listed))

    class Streaming(handler_type):
        _pyblish_endpoint = True

        def __init__(self, records, *args, **kwargs):
            if args or kwargs or not is_known:
                handler_type.__init__(self, records, *args, **kwargs)
                return
            self._name = self.formatter = None
            self.level = logging.NOTSET
            self.filters = []
            self.lock = listed.lock
            self._closed = False
            self.records = records

        def emit(self, record):
            before = len(self.records)
            handler_type.emit(self, record)
            call = CURRENT.call
            if call is not None and len(self.records) > before and getattr(record, "told_in", None) is not call:
                # If a plug-in publishes itself, two handlers see each record; it is sent once.
                record.told_in = call
                forward(call, record)

    Streaming.__name__ = handler_type.__name__
    return Streaming


class Level(object):
    """The level of the root logger, which stays DEBUG between the pairs of a batch.

    Setting it makes `logging` visit all loggers, and each plug-in has one. Pyblish sets it twice
    for each pair, which takes longer than all the rest.
    """

    def __init__(self):
        self.callbacks = None  # in a batch, what is registered for Pyblish's events
        self.before = None  # what it was before a pair, if that was not set back yet

    def begin(self, callbacks):
        self.callbacks = callbacks

    def end(self):
        self.callbacks = None
        before, self.before = self.before, None
        if before is not None:
            set_level(before)


LEVEL = globals().get("LEVEL") or Level()  # kept when a host reloads this module in a batch


def set_level(level):
    root = logging.root
    if root.level != level:
        root.setLevel(level)


class Listening(object):
    """In place of `pyblish.plugin.logger`, which has a handler get all records of a plug-in."""

    __slots__ = ("handler", "before")

    def __init__(self, handler):
        self.handler = handler

    def __enter__(self):
        root = logging.root
        if LEVEL.before is None:
            self.before = root.level
        else:
            self.before, LEVEL.before = LEVEL.before, None
        if self.handler not in root.handlers:
            root.handlers.append(self.handler)
        if root.level != logging.DEBUG:
            root.setLevel(logging.DEBUG)

    def __exit__(self, failed, *_):
        handlers = logging.root.handlers
        if self.handler in handlers:
            handlers.remove(self.handler)
        # After this, Pyblish itself reads the context's `data`; see `changes`.
        TOUCHED.append(None)
        callbacks = LEVEL.callbacks
        if failed is None and callbacks is not None and not callbacks.get("pluginProcessed"):
            LEVEL.before = self.before  # nobody but the next pair will see it
        else:
            set_level(self.before)


def forward(call, record):
    """Sends a record of `logging`. A record that cannot be formatted must not fail the plug-in."""
    try:
        message = record.getMessage()
    except BaseException as error:
        message = u"%s %s (this record cannot be formatted: %s)" % (
            text_of(record.msg), mark(record.args)[MARK], text_of(error))
    trace = None
    if record.exc_info and isinstance(record.exc_info, tuple) and record.exc_info[0]:
        trace = u"".join(text_of(line) for line in traceback.format_exception(*record.exc_info))
    elif getattr(record, "exc_text", None):
        trace = text_of(record.exc_text)
    place = location(text_of(record.pathname), record.lineno, record.funcName)
    call.record(int(record.levelno), message, record.name, place, trace, record.created)


class Passing(threading.local):
    """Whether this thread is in the `write` of a tee: then one behind it only passes on."""

    is_on = False


PASSING = globals().get("PASSING") or Passing()  # kept when a host reloads this module


def put_up(tee):
    """Puts a tee in place of stdout, and answers it: this one, or a new one.

    What a tee stands in place of never changes. A plug-in may keep the tee, or leave a stream of
    its own there that writes to it. So if another stdout is there than before, it gets a tee of its
    own: else the two would write to each other without end.
    """
    if tee is not None and sys.stdout is tee:
        return tee
    if tee is None or sys.stdout is not tee.original:
        tee = Tee(sys.stdout)
    sys.stdout = tee
    return tee


class Tee(object):
    """In place of stdout while a plug-in runs: sends each printed line, and prints it, too."""

    def __init__(self, original):
        self.original = original
        self.part = u""
        self.used = False
        self.lock = threading.RLock()

    def take_down(self):
        """Puts back what it stands in place of. A plug-in may have put something else there."""
        if sys.stdout is self:
            sys.stdout = self.original

    def write(self, text):
        if PASSING.is_on:
            return self.pass_on(text)
        PASSING.is_on = True
        try:
            written = self.pass_on(text)
        finally:
            PASSING.is_on = False
        call = CURRENT.call
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

    def pass_on(self, text):
        # pythonw and some hosts have no stdout.
        return self.original.write(text) if self.original is not None else len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        if self.original is not None and hasattr(self.original, "flush"):
            self.original.flush()

    def finish(self, call):
        """Sends a last line without an end; and flushes, because a host may run for days."""
        with self.lock:
            part, self.part, self.used = self.part, u"", False
        if part:
            call.record(20, part, "stdout")
        try:
            self.flush()
        except Exception:
            pass  # it is closed, or a host's own stdout that cannot flush

    def __getattr__(self, name):
        if self.original is None:
            raise AttributeError(name)
        return getattr(self.original, name)
