# -*- coding: utf-8 -*-
"""Messages: JSON from the other side, measured before it is read.

A message is an object with one member: the kind is the key, the body is the value.
"""
from __future__ import absolute_import, division, print_function

import json
import re

from .compat import integers
from .errors import Misuse
from .limits import DIGITS_LIMIT, NESTING_LIMIT, NODES_LIMIT
from .text import clean, cut

STRING = re.compile(b'"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"', re.DOTALL)
BRACKET = re.compile(b"[][{}]")
LONG_NUMBER = re.compile(b"[0-9]{%d}" % DIGITS_LIMIT)


def measure(frame):
    """Refuses JSON that would take far more memory than its text does, before it is parsed."""
    if len(frame) <= NESTING_LIMIT:
        return
    if counts_of(frame)[1] <= NESTING_LIMIT and counts_of(frame)[0] <= NODES_LIMIT and not LONG_NUMBER.search(frame):
        return  # within the limits even if nothing of it is inside of strings
    bare = STRING.sub(b"", frame)
    nodes, brackets = counts_of(bare)
    if nodes > NODES_LIMIT:
        raise Misuse("too-much", "a message of about %d values; at most %d are taken" % (nodes, NODES_LIMIT))
    if LONG_NUMBER.search(bare):
        raise Misuse("too-much", "a number of more than %d digits" % DIGITS_LIMIT)
    depth = 0
    for found in BRACKET.finditer(bare) if brackets > NESTING_LIMIT else ():
        depth += 1 if found.group() in b"[{" else -1
        if depth > NESTING_LIMIT:
            raise Misuse("too-much", "values in values deeper than %d" % NESTING_LIMIT)


def counts_of(text):
    """Upper bounds for JSON text: of its values and keys, and of its arrays and objects."""
    brackets = text.count(b"[") + text.count(b"{")
    return text.count(b",") + text.count(b":") + brackets + 1, brackets


def parse(frame):
    """The kind and the body of the message in a frame."""
    measure(frame)
    try:
        message = json.loads(frame.decode("utf-8"))
    except Exception as error:
        raise Misuse("no-json", "a message that is no JSON: %s" % cut(clean(error), 200))
    if not isinstance(message, dict) or len(message) != 1:
        raise Misuse("malformed", "a message is an object with one member, its kind")
    (kind, body), = message.items()
    if not isinstance(body, dict):
        raise Misuse("malformed", "the body of `%s` is no object" % cut(clean(kind), 200))
    return kind, body


def is_number(value):
    """Whether it is a whole number. In Python, True is one."""
    return isinstance(value, integers) and not isinstance(value, bool)
