# -*- coding: utf-8 -*-
"""The studio's own pyblish-base, checked and prepared."""
from __future__ import absolute_import, division, print_function

import inspect
import re
import sys

from .compat import python_version
from .containers import install_watch
from .errors import BridgeError
from .records import Listening, streaming
from .text import text_of
from .values import know_entity
from .version import OLDEST_PYBLISH


class Library(object):
    """The studio's pyblish-base, prepared."""

    def __init__(self, advice=u"Install it there (pip install pyblish-base==1.8.12)"):
        """`advice` says how to install pyblish-base where it is missing."""
        interpreter = "%s (Python %s)" % (sys.executable or "this interpreter", python_version())
        try:
            import pyblish
            import pyblish.api
            import pyblish.lib
            import pyblish.plugin
        except ImportError as error:
            raise BridgeError(
                u"There is no pyblish-base in %s: %s. %s, or put the studio's into PYTHONPATH, and connect again."
                % (text_of(interpreter), text_of(error), advice))
        self.version = text_of(getattr(pyblish, "version", getattr(pyblish, "__version__", "?")))
        numbers = tuple(int(n) for n in re.findall(r"\d+", self.version)[:3])
        if numbers < OLDEST_PYBLISH or not hasattr(pyblish.plugin, "_Dict"):
            raise BridgeError(
                "pyblish-base %s in %s is too old; the bridge needs %s or later. Update it there (pip install "
                "--upgrade pyblish-base) and start the host again."
                % (self.version, interpreter, ".".join(map(str, OLDEST_PYBLISH))))
        import pyblish.logic  # not in versions that are too old
        know_entity(pyblish.plugin.AbstractEntity)
        self.api, self.lib, self.logic, self.plugin = pyblish.api, pyblish.lib, pyblish.logic, pyblish.plugin
        install_watch(self.plugin)
        self.listen()
        if getattr(self.plugin.logger, "__module__", None) == "pyblish.plugin":  # no studio's own
            self.plugin.logger = Listening

    def listen(self):
        """Has Pyblish's handler tell its records. A plug-in may have put another class there."""
        handler = self.lib.MessageHandler
        if not hasattr(handler, "_pyblish_endpoint") and inspect.isclass(handler):
            self.lib.MessageHandler = streaming(handler)
