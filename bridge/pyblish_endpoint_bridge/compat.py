# -*- coding: utf-8 -*-
"""What differs between Python 2.7 and Python 3.

All other modules take these names from here, so that none of them asks for the version itself.
"""
from __future__ import absolute_import, division, print_function

import sys
import time
from collections import OrderedDict

try:
    import queue
except ImportError:  # Python 2
    import Queue as queue


PY2 = sys.version_info[0] == 2
ordered = dict if sys.version_info >= (3, 7) else OrderedDict  # keeps the order of its keys

if PY2:
    from itertools import imap as lazy_map
    text_type, byte_type, integers = unicode, str, (int, long)  # noqa: F821
else:
    lazy_map = map
    text_type, byte_type, integers = str, bytes, (int,)


# Python 2 has no monotonic clock.
monotonic = getattr(time, "monotonic", time.time)


def python_version():
    return "%d.%d.%d" % sys.version_info[:3]
