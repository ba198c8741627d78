# -*- coding: utf-8 -*-
"""Text: anything as text that can be sent.

Python 2 has two types for text and plug-ins mix them, and text may hold lone surrogates, which no
encoding takes. Whatever is sent to an adapter goes through `clean` first.
"""
from __future__ import absolute_import, division, print_function

import json
import re
import time

from .compat import PY2, byte_type, text_type
from .limits import MESSAGE_LIMIT

# Everything that is sent is ASCII, so no lone surrogate and no encoding can break a frame.
JSON = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def json_writer():
    """What writes a value as JSON. Python's `encode` makes an encoder in C for each value, which takes as
    long as a small value itself; this makes it once. It looks for no circles: what is sent has none.
    """
    try:
        encoder = json.encoder.c_make_encoder(
            None, JSON.default, json.encoder.c_encode_basestring_ascii, None, ":", ",", False, False, False)
        text = json.encoder.c_encode_basestring_ascii

        def write(value):
            return text(value) if isinstance(value, text_type) else "".join(encoder(value, 0))

        if write({"a": [1, 0.5, u"\xe9"]}) == '{"a":[1,0.5,"\\u00e9"]}':
            return write
    except Exception:
        pass  # a Python without this encoder, or with another one
    return JSON.encode


to_json = json_writer()


def clock(moment):
    """A time (seconds since 1970) as a time of day."""
    return time.strftime("%H:%M:%S", time.localtime(moment))


def exact_text(value):
    """A text as what it holds. A class of its own may say something else in its `__str__`."""
    return value if type(value) is text_type else u"".join((value,))


def text_of(value):
    """Any value as text; never raises."""
    try:
        if isinstance(value, text_type):
            return exact_text(value)
        if isinstance(value, byte_type):
            return byte_type.decode(value, "utf-8", "replace")
        return exact_text(text_type(value))
    except BaseException:  # also SystemExit, which must not end the host here
        pass
    try:
        # Python 2: an exception whose message is bytes in another encoding.
        return str(value).decode("utf-8", "replace") if PY2 else repr(value)
    except BaseException as error:
        return u"<%s, whose text cannot be had: %s>" % (type(value).__name__, type(error).__name__)


def clean(text):
    """Text that can be sent: lone surrogates are replaced by their escapes, such as `\\ud800`."""
    text = text_of(text)
    if is_unicode(text):
        return text
    return u"".join(c if is_unicode(c) else u"\\u%04x" % ord(c) for c in text) if not PY2 else \
        LONE.sub(lambda found: u"\\u%04x" % ord(found.group()), text)


def optional_text(value):
    return None if value is None else clean(value)


def cut(text, limit=MESSAGE_LIMIT):
    """The text, without its middle if it is too long."""
    if len(text) <= limit:
        return text
    half = limit // 2
    left = len(text) - 2 * half
    return u"%s\n… %d characters left out …\n%s" % (text[:half], left, text[-half:])


# In a narrow build of Python 2, a character beyond the first 65,536 is a pair of surrogates. Pairs
# are fine; this finds surrogates that are no pair.
LONE = re.compile(u"[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]") if PY2 else None


def is_unicode(text):
    """Whether there is no lone surrogate in it."""
    if PY2:
        return LONE.search(text) is None
    try:
        text.encode("utf-8")
        return True
    except UnicodeEncodeError:
        return False
