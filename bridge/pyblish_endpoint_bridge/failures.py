# -*- coding: utf-8 -*-
"""Failures: what an exception says, and where it was raised."""
from __future__ import absolute_import, division, print_function

import linecache
import sys
import traceback

from .compat import integers, text_type
from .text import clean, cut, optional_text, text_of


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


def advice(error):
    """What to say of an error beside what it says itself, or None.

    The sandbox puts a function of its own in this place; `cut_traceback` likewise.
    """
    return None


def cut_traceback(error):
    """Takes out of an error's traceback what is not the plug-in's."""


def failure_of(error):
    """The failure of an exception that is being handled, or that Pyblish has caught."""
    cut_traceback(error)
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
        message = message if getattr(error, "code", message) is not None else u""
        message = u"The plug-in %s%s. A plug-in says what is wrong by raising any other error." % (
            u"asked the host to end" if isinstance(error, SystemExit) else u"was interrupted",
            u": " + message if message else u"")
    more = advice(error)
    if more:
        message = u"%s. %s" % (message.rstrip(u"."), more) if message else more
    title = getattr(error, "title", None)
    # Validation errors of studios, such as `PublishValidationError`, have these for artists.
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
