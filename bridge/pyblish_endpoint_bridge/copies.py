# -*- coding: utf-8 -*-
"""Other copies of the bridge that this host finds, such as one of the site and one of the user.

A start-up file puts its folder at the end of Python's path, and imports the bridge. Where another
start-up file was there first, Python has loaded the bridge of that one.
"""
from __future__ import absolute_import, division, print_function

import io
import os
import re
import sys

from .version import __version__

FILE = "pyblish_endpoint_bridge.py"

WARNED = []  # of these folders


def warn_of_copies():
    """Prints, once for each, where another version of the bridge is and what to do about it."""
    for folder, version in other_copies(sys.path, sys.modules.get(__name__)):
        if folder in WARNED:
            continue
        WARNED.append(folder)
        sys.stderr.write(
            "pyblish-endpoint: this host has the bridge twice: version %s is in use, and version %s in %s is not. "
            "Remove one of them with `pyblish-endpoint host remove HOST`, with `--into FOLDER` if it is in a shared "
            "folder, and start the host again.\n" % (__version__, version, folder))


def other_copies(folders, module):
    """The folders of these that have another version of the bridge than this one, each with that version."""
    own = os.path.realpath(getattr(module, "__file__", None) or "")
    found = []
    for folder in folders:
        path = os.path.join(folder, FILE)
        if not folder or not os.path.isfile(path) or os.path.realpath(path) == own:
            continue
        version = version_in(path)
        if version not in (None, __version__):
            found.append((folder, version))
    return found


def version_in(path):
    """The version of a bridge that is not imported; None if it does not say."""
    try:
        with io.open(path, encoding="utf-8") as file:
            told = re.search(r'^__version__ = "([^"]+)"', file.read(), re.MULTILINE)
    except (IOError, OSError, ValueError):
        return None
    return told.group(1) if told else None
