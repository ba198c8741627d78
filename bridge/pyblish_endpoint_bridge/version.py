# -*- coding: utf-8 -*-
"""The versions of the bridge, of its protocol, and of the oldest Pyblish."""
from __future__ import absolute_import, division, print_function

__version__ = "0.2.0"

PROTOCOL = 2  # the version of PROTOCOL.md; both sides must speak the same one

# Older ones give plug-ins and instances no ids that last.
OLDEST_PYBLISH = (1, 8, 0)
