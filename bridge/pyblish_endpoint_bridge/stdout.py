# -*- coding: utf-8 -*-
"""What plug-ins print: each line is told as a record, and printed, too.

During a call, `write` of the stream in `sys.stdout` is covered (see `covers`). The stream itself
stays where it is, so a plug-in that asks which it is, or of which class, gets the same answer as
without us. A stream of which no attribute can be set, as of Python 2 and of some hosts, gets a
stream of ours in its place.

Whatever a plug-in leaves in `sys.stdout` is covered in later calls, and so is the host's own stream:
a handler of `logging` may have kept that. A line that goes through several covers is told once.
"""
from __future__ import absolute_import, division, print_function

import sys
import threading

from .calls import CURRENT
from .covers import CannotCover, Cover, take_down
from .limits import MESSAGE_LIMIT
from .text import text_of


class Passing(threading.local):
    """Whether this thread is in a `write` of ours: then one inside of it only passes on."""

    is_on = False


PASSING = globals().get("PASSING") or Passing()  # kept when a host reloads this module
ABSENT = ("absent",)  # in place of a stream


class Stdout(object):
    """Stdout while plug-ins run."""

    def __init__(self):
        self.stream = ABSENT  # what is in `sys.stdout` and covered
        self.first = ABSENT  # the host's own
        self.covers = []  # that are up
        self.known = []  # of the last call: mostly, the streams are the same again
        self.part = u""  # a last line without an end
        self.used = False
        self.lock = threading.RLock()

    def put_up(self):
        """Covers what is in `sys.stdout`."""
        if self.stream is not ABSENT and getattr(sys, "stdout", ABSENT) is self.stream:
            return  # as for most pairs of a batch
        self.take_down()
        self.stream = getattr(sys, "stdout", ABSENT)  # a plug-in can even delete it
        if self.first is ABSENT:
            self.first = self.stream
        if self.stream is ABSENT:
            return
        try:
            self.cover(self.stream)
        except (CannotCover, AttributeError):
            self.stream = sys.stdout = Tee(self.stream, self.write)
        if self.first is not self.stream:
            try:
                self.cover(self.first)
            except (CannotCover, AttributeError):
                pass  # who kept it has the stream of ours

    def cover(self, stream):
        for cover in self.known:
            if cover.owner is stream and "write" not in cover.holds:
                cover.put_up()
                break
        else:
            cover = Cover(stream, "write", self.write, stays=True)
        self.covers.append(cover)

    def take_down(self):
        if self.covers:
            for cover in self.covers:
                cover.take_down()
            self.known, self.covers = self.covers, []
        if type(getattr(sys, "stdout", None)) is Tee:
            take_down(sys, "stdout")
        self.stream = ABSENT

    def write(self, covered, text, *more):
        if PASSING.is_on:
            return covered(text, *more)
        PASSING.is_on = True
        try:
            written = covered(text, *more)
        finally:
            PASSING.is_on = False
        call = CURRENT.call
        if call is not None:
            self.tell(call, text)
        return written

    def tell(self, call, text):
        with self.lock:
            self.used = True
            lines = (self.part + text_of(text)).split(u"\n")
            self.part = lines.pop()
            if len(self.part) > MESSAGE_LIMIT:
                lines.append(self.part)
                self.part = u""
            for line in lines:
                call.record(20, line, "stdout")

    def finish(self, call):
        """Tells a last line without an end; and flushes, because a host may run for days."""
        with self.lock:
            part, self.part, self.used = self.part, u"", False
        if part:
            call.record(20, part, "stdout")
        try:
            self.stream.flush()
        except Exception:
            pass  # it is closed, or a host's own that cannot flush


class Tee(object):
    """In place of a stream of which no attribute can be set, or of none."""

    _pyblish_endpoint_cover = True
    is_inherited = False

    def __init__(self, covered, writing):
        self.covered = covered
        self.writing = writing

    def write(self, text):
        return self.writing(self.pass_on, text)

    def pass_on(self, text):
        # pythonw and some hosts have no stdout.
        return self.covered.write(text) if self.covered is not None else len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        if self.covered is not None and hasattr(self.covered, "flush"):
            self.covered.flush()

    def __getattr__(self, name):
        if self.covered is None:
            raise AttributeError(name)
        return getattr(self.covered, name)
