# -*- coding: utf-8 -*-
"""Requests: which there are, and what each must have."""
from __future__ import absolute_import, division, print_function

from .compat import text_type
from .errors import Misuse
from .messages import is_number
from .text import clean, cut
from .version import PROTOCOL

# Each request, and the members that it must have, with their types.
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


def check(kind, body):
    """Raises `Misuse` unless the request is known and has its members."""
    number = body.get("id")
    if not is_number(number) or not 0 <= number < 2 ** 53:
        raise Misuse("malformed", "`%s` has no `id`, a whole number from 0 to 2^53" % cut(clean(kind), 200))
    shape = REQUESTS.get(kind)
    if shape is None:
        raise Misuse("unknown", "there is no request `%s` in protocol %d" % (cut(clean(kind), 200), PROTOCOL), number)
    for name, kinds in shape.items():
        if not isinstance(body.get(name, Misuse), kinds):
            raise Misuse("malformed", "`%s` of `%s` is missing or of the wrong kind" % (name, kind), number)
    if kind == "process" and "then" in body:
        pairs = body["then"]
        if not isinstance(pairs, list) or not all(
                isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], text_type)
                and (pair[1] is None or isinstance(pair[1], text_type)) for pair in pairs):
            raise Misuse("malformed", "`then` of `process` is no list of pairs of a plug-in and an instance or null", number)
