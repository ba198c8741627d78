# -*- coding: utf-8 -*-
"""Records: what a plug-in logs and prints, sent as it happens."""
from __future__ import absolute_import, division, print_function

import threading
import traceback

from .calls import CURRENT
from .failures import location
from .limits import MESSAGE_LIMIT
from .text import text_of
from .values import MARK, mark


def streaming(handler_type):
    """A subclass of Pyblish's handler, which also sends each record as it comes."""

    class Streaming(handler_type):
        _pyblish_endpoint = True

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


def forward(call, record):
    """Sends a record of `logging`. A record that cannot be formatted must not fail the plug-in."""
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
    """In place of stdout while a plug-in runs: sends each printed line, and prints it, too."""

    def __init__(self):
        self.original = None
        self.part = u""
        self.used = False
        self.lock = threading.RLock()

    def write(self, text):
        original = self.original
        # pythonw and some hosts have no stdout.
        written = original.write(text) if original is not None else len(text)
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
