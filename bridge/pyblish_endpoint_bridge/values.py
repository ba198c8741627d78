# -*- coding: utf-8 -*-
"""Values of `data` as JSON.

`data` holds any Python object; JSON does not. A value that JSON cannot hold is shown as its repr,
in an object that says so (a mark), and is never written back.
"""
from __future__ import absolute_import, division, print_function

from .compat import PY2, byte_type, integers, ordered, text_type
from .limits import DEPTH_LIMIT, PARTS_LIMIT, REPR_LIMIT, TEXT_LIMIT, VALUE_LIMIT
from .text import clean, exact_text, is_unicode, text_of, to_json

MARK = "$repr"


def type_name(value):
    kind = type(value)
    module = getattr(kind, "__module__", None)
    name = getattr(kind, "__name__", "?")
    return clean(name if module in (None, "builtins", "__builtin__") else "%s.%s" % (module, name))


def is_a(value, kinds):
    """Whether the value's type is one of these. `isinstance` also asks the value itself for its class,
    which raises for an object that the host has removed.
    """
    return issubclass(type(value), kinds)


def mark(value, shown=None):
    """The object in place of a value that JSON cannot hold."""
    if shown is None:
        try:
            if is_a(value, (set, frozenset)):
                # Sorted: the order of a set differs from process to process.
                parts = sorted(map(repr, value))
                shown = text_of("%s({%s})" % (type(value).__name__, ", ".join(parts)))
            elif is_a(value, list) and is_entity(value):
                shown = text_of(repr(value.name))
            else:
                shown = text_of(repr(value))
        except BaseException as error:
            shown = u"<%s, whose repr raises %s>" % (type(value).__name__, type(error).__name__)
    found = {MARK: clean(shown[:REPR_LIMIT]), "$type": type_name(value)}
    if len(shown) > REPR_LIMIT:
        found["$cut"] = True
    return found


def is_marked(value):
    """Whether the value is a mark, or holds one."""
    if isinstance(value, dict):
        return MARK in value or any(map(is_marked, value.values()))
    return isinstance(value, list) and any(map(is_marked, value))


ENTITY = globals().get("ENTITY", ())  # Pyblish's type of contexts and instances, once it is known


def know_entity(entity_type):
    """Sets the type of contexts and instances, once Pyblish is imported."""
    global ENTITY
    ENTITY = entity_type


def is_entity(value):
    """Whether it is a context or an instance. Python sees a list; here it is no value."""
    return is_a(value, ENTITY)


class TooMuch(Exception):
    """A value is too large; a mark takes its place."""


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
        # Another thread changes it meanwhile, or it is of a class that raises when it is read.
        return mark(value)


def plain_text(value):
    if len(value) > TEXT_LIMIT:
        found = mark(value, value)
        found[MARK] = clean(value[:TEXT_LIMIT])
        found["$cut"] = True
        return found
    value = exact_text(value)
    return value if is_unicode(value) else mark(value)


def plain_part(value, depth, count):
    """A value inside of another one, at this depth.

    `count` is a list of one number, which counts the parts so far. A value that contains itself
    ends at one of the two limits.
    """
    count[0] += 1
    if count[0] > PARTS_LIMIT or depth > DEPTH_LIMIT:
        raise TooMuch()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, text_type):
        return plain_text(value)
    if isinstance(value, integers):
        value = next(kind for kind in integers if isinstance(value, kind)).__pos__(value)
        return value if -2 ** 63 <= value < 2 ** 64 else mark(value)
    if isinstance(value, float):
        # x - x is 0, unless x is infinite or not a number.
        value = float.__pos__(value)
        return value if value - value == 0 else mark(value)
    if isinstance(value, byte_type):
        if not PY2:
            return mark(value)
        try:
            return plain_text(byte_type.decode(value, "utf-8"))
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
        found = []
        for part in value:
            if is_plain(part):
                count[0] += 1
            else:
                part = plain_part(part, depth, count)
            found.append(part)
        if count[0] > PARTS_LIMIT or depth > DEPTH_LIMIT and found:
            raise TooMuch()
    return found


def is_plain(value):
    """Whether it is a small number, true, false or None, which JSON has as it is."""
    kind = type(value)
    if kind is int:
        return -2 ** 63 <= value < 2 ** 63
    return kind is bool or value is None or kind is float and value - value == 0


def value_json(value):
    """A value as JSON text."""
    kind = type(value)
    if kind is int and -2 ** 63 <= value < 2 ** 63:
        return repr(value)
    text = to_json(plain(value))
    return text if len(text) <= VALUE_LIMIT else to_json(mark(value))


def unicode_to_host(old, new):
    """A value from a frontend, with the type of the value that it replaces.

    JSON knows no tuples, and no difference between the two texts of Python 2.
    """
    if isinstance(old, tuple) and isinstance(new, list):
        return tuple(new)
    if PY2 and isinstance(new, text_type) and not isinstance(old, text_type):
        # Hosts with Python 2 mostly want `str`. Where there was `unicode`, it stays.
        try:
            return new.encode("ascii")
        except UnicodeEncodeError:
            return new
    return new


def str_key(text):
    """A name from a frontend as plug-ins write it. In Python 2 that is `str`, if it is ASCII."""
    return unicode_to_host(None, text)


def key_text(key):
    """A key of `data` as it is sent. A key that is no text is shown as its repr."""
    if isinstance(key, (text_type, str)) and is_unicode(text_of(key)):
        return text_of(key)
    return u"$key " + mark(key)[MARK]
