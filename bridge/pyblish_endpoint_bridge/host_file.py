# -*- coding: utf-8 -*-
"""The host file: says who this host is, which scene is open in it, and where its bridge listens."""
from __future__ import absolute_import, division, print_function

import os
from collections import OrderedDict

from .compat import python_version
from .run_folder import private_file, private_folder
from .text import text_of, to_json
from .version import PROTOCOL, __version__


class HostFile(object):
    """The file of this process in the run folder, from the start of the bridge to its end."""

    def __init__(self, folder, host, pid, address, started):
        try:
            import pyblish
            version = text_of(pyblish.version)
        except Exception:
            version = None  # there is no Pyblish; `open` says so
        self.path = os.path.join(private_folder(os.path.join(folder, "hosts")), "%s-%d.json" % (host.name, pid))
        self.fields = OrderedDict([
            ("host", host.name),
            ("pid", pid),
            ("address", address),
            ("protocol", PROTOCOL),
            ("bridge", __version__),
            ("hostVersion", host.version()),
            ("pythonVersion", python_version()),
            ("pyblish", version),
            ("started", started),
            ("file", host.file()),
        ])
        self.write()

    def write(self):
        private_file(self.path, text_of(to_json(self.fields)))

    def set_scene(self, file):
        """Another scene is open now."""
        if file != self.fields["file"]:
            self.fields["file"] = file
            self.write()

    def remove(self):
        try:
            os.remove(self.path)
        except OSError:
            pass
