# -*- coding: utf-8 -*-
"""Failures: what an exception says, and where it was raised."""
from __future__ import absolute_import, division, print_function

import linecache
import sys
import traceback

from .compat import PY2, integers, text_type
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
    try:
        text = text or linecache.getline(path, line)
    except Exception:
        text = u""  # a source in an encoding that Python cannot read
    return {
        "file": clean(path),
        "line": line,
        "function": optional_text(function),
        "text": clean(text or u"").strip() or None,
    }


def advice(error):
    """What to say of an error beside what it says itself, or None.

    The sandbox puts a function of its own in this place; `cut_traceback` likewise.
    """
    return None


def cut_traceback(error):
    """Takes out of an error's traceback what is not the plug-in's."""


def attribute(error, name, default=None):
    """An attribute of an error of a plug-in's own class, where reading it may raise anything."""
    try:
        return getattr(error, name, default)
    except BaseException:
        return default


def own_attribute(error, name):
    """As `attribute`, of those that Python itself keeps, whatever the error's class says of them."""
    kept = vars(BaseException).get(name)
    return None if kept is None else kept.__get__(error)


def class_name(error):
    """The name of an error's class, which may have a class with a name of its own."""
    return clean(vars(type)["__name__"].__get__(type(error)))


def formatted(error, frames):
    """The traceback of an error as text."""
    try:
        lines = traceback.format_exception(type(error), error, frames)
    except BaseException:  # the error's class does not let Python read it
        lines = ["Traceback (most recent call last):\n"] + traceback.format_tb(frames) + [class_name(error), "\n"]
    return u"".join(text_of(line) for line in lines)


CATCHING = ("__explicit_process", "__implicit_process")  # the functions of Pyblish that catch an error


def raised_by_plugin(error):
    """The error that a plug-in raised, where this one came while Pyblish described it; else itself."""
    if PY2:
        # It is still in a variable of the function that caught it.
        frames = sys.exc_info()[2]
        while frames is not None:
            if frames.tb_frame.f_code.co_name in CATCHING:
                return frames.tb_frame.f_locals.get("error", error)
            frames = frames.tb_next
        return error
    found = own_attribute(error, "__context__")
    while found is not None:
        frames = own_attribute(found, "__traceback__")
        # The traceback of what was caught begins where it was.
        if frames is not None and frames.tb_frame.f_code.co_name in CATCHING:
            return found
        found = own_attribute(found, "__context__")
    return error


def failure_of(error):
    """The failure of an exception that is being handled, or that Pyblish has caught.

    It never raises, whatever the error's class does. Then the error is told by its name.
    """
    try:
        return describe_error(error)
    except BaseException as second:
        kind, frames = class_name(error), own_attribute(error, "__traceback__")
        trace = cut(formatted(error, frames)) if frames is not None else None
        return failure(u"%s, which cannot be described: %s" % (kind, class_name(second)), kind, trace=trace)


def print_error():
    """Prints the error that is being handled, where no adapter can be told. It never raises."""
    try:
        traceback.print_exc()
    except Exception:
        pass  # there is no stderr, as in pythonw


def describe_error(error):
    cut_traceback(error)
    kind = class_name(error)
    _, handled, frames = sys.exc_info()
    if handled is not error:
        frames = own_attribute(error, "__traceback__") or frames
    trace = attribute(error, "formatted_traceback")
    if not isinstance(trace, (text_type, str)):
        trace = formatted(error, frames)
    place = attribute(error, "traceback")
    try:
        path, line, function, text = place
    except Exception:
        frames = traceback.extract_tb(frames)
        path, line, function, text = frames[-1] if frames else ("", 0, None, None)
    if isinstance(error, SyntaxError) and attribute(error, "filename") and attribute(error, "lineno"):
        path, line, function, text = error.filename, error.lineno, None, attribute(error, "text")
    message = text_of(error).strip()
    if isinstance(error, (SystemExit, KeyboardInterrupt)):
        message = message if attribute(error, "code", message) is not None else u""
        message = u"The plug-in %s%s. A plug-in says what is wrong by raising any other error." % (
            u"asked the host to end" if isinstance(error, SystemExit) else u"was interrupted",
            u": " + message if message else u"")
    more = advice(error)
    if more:
        message = u"%s. %s" % (message.rstrip(u"."), more) if message else more
    title = attribute(error, "title")
    # Validation errors of studios, such as `PublishValidationError`, have these for artists.
    details = []
    for name in ("description", "detail"):
        extra = attribute(error, name)
        if isinstance(extra, (text_type, str)) and extra.strip() and text_of(extra).strip() != message:
            details.append(cut(clean(extra)))
    return failure(
        cut(clean(message)) or u"%s, without a message" % kind,
        kind,
        title=clean(title) if isinstance(title, (text_type, str)) and title else None,
        detail=u"\n\n".join(details) or None,
        place=location(text_of(path), line, function, text),
        trace=cut(clean(trace)),
    )
