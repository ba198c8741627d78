# -*- coding: utf-8 -*-
"""The call that a plug-in is in: what it reports, and whether it was cancelled.

`progress` and `cancelled` are for plug-ins. Both do nothing where no bridge runs.
"""
from __future__ import absolute_import, division, print_function

import time

from .limits import PROGRESS_PAUSE, RECORDS_BYTES, RECORDS_LIMIT
from .text import clean, cut


class CurrentCall(object):
    """Holds the call that a plug-in is in, or None. There is one at a time."""

    def __init__(self):
        self.call = None
        self.number = 0  # of this call or the last one: what outlives a call can tell which was its own

    def begin(self, call):
        self.call = call
        self.number += 1


# Kept when a host reloads this module in the middle of a call. It is an object, because several
# modules share it, and a module that imported a plain name would not see it change.
CURRENT = globals().get("CURRENT") or CurrentCall()


def progress(fraction, message=""):
    """For plug-ins: reports how far the work has come. `fraction` is between 0 and 1."""
    call = CURRENT.call
    if call is not None:
        call.progress(fraction, message)


def cancelled():
    """For plug-ins: whether the user wants this work to stop. Asking costs next to nothing."""
    call = CURRENT.call
    return call is not None and call.cancelled()


class Call(object):
    """One call, while it runs.

    A subclass says how records and progress are sent, and whether the call was cancelled.
    """

    # Most calls say nothing, so these are set in those that do.
    count = bytes = 0  # of the records so far
    full = False
    reported = 0.0  # when progress was told the last time
    pending = None  # progress that was not told yet
    told = None  # the record of `logging` that was told last

    def __init__(self, words, since=None):
        self.words = words  # what it does, for another adapter that must wait for it
        self.since = time.time() if since is None else since

    def tell_record(self, record):
        raise NotImplementedError

    def tell_progress(self, fraction, message):
        raise NotImplementedError

    def cancelled(self):
        raise NotImplementedError

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
        self.tell_record({
            "level": max(0, level),
            "message": message,
            "logger": clean(logger),
            "location": place,
            "traceback": None if trace is None else cut(clean(trace)),
            "created": time.time() if created is None else created,
        })

    def progress(self, fraction, message):
        try:
            fraction = float(fraction)
        except (TypeError, ValueError):
            return
        if fraction != fraction:
            return
        self.pending = min(max(fraction, 0.0), 1.0), cut(clean(message))
        now = time.time()
        if not 0 <= now - self.reported < PROGRESS_PAUSE:
            self.reported = now
            self.flush()

    def flush(self):
        """Sends the latest report of progress, if it was held back."""
        pending, self.pending = self.pending, None
        if pending is not None:
            self.tell_progress(*pending)
