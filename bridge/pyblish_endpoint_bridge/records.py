# -*- coding: utf-8 -*-
"""Records: what a plug-in logs, sent as it happens. (What it prints: see `stdout`.)"""
from __future__ import absolute_import, division, print_function

import logging
import traceback

from .calls import CURRENT
from .containers import TOUCHED
from .failures import location
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
                self.number = CURRENT.number
                return
            self._name = self.formatter = None
            self.level = logging.NOTSET
            self.filters = []
            self.lock = listed.lock
            self._closed = False
            self.records = records
            # A plug-in can keep the handlers that it sees, and put them back in a later call. There
            # they fill the list of their own pair, as in Pyblish, and tell nothing.
            self.number = CURRENT.number

        def emit(self, record):
            before = len(self.records)
            handler_type.emit(self, record)
            call = CURRENT.call
            if (call is not None and self.number == CURRENT.number and len(self.records) > before
                    and call.told is not record):
                # If a plug-in publishes itself, two handlers see each record; it is sent once. The
                # record itself stays as it is, because other handlers may write all that it holds.
                call.told = record
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
        if before is not None and logging.root.level == logging.DEBUG:  # else a thread has set it
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
        # If the level is another one now, a thread has set it since the last pair.
        self.before = root.level if LEVEL.before is None or root.level != logging.DEBUG else LEVEL.before
        LEVEL.before = None
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
        if (failed is None and callbacks is not None and not callbacks.get("pluginProcessed")
                and logging.root.level == logging.DEBUG):
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
