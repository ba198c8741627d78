# -*- coding: utf-8 -*-
"""A host: what this interpreter runs in, and what the bridge asks of it.

Each host is a subclass, in a file of its own. This class is the plain Python: it has a free main
thread, no scene, and nothing to undo.
"""
from __future__ import absolute_import, division, print_function

import logging
import os
from collections import OrderedDict

from .compat import python_version
from .text import clean
from .version import __version__

CHOICES = "pyblish_endpoint_choices"  # the name of the text in the scene


class Host(object):
    """What this interpreter runs in. Everything but `post` is called on the main thread."""

    name = "python"
    label = "Python"  # for people
    module = None  # the module by which the host is known
    has_set_up = False  # whether `pyblish-endpoint host install` knows it

    # What a subclass says in its own way. What raises counts as "it cannot say".

    def read_version(self):
        return python_version()

    def read_file(self):
        """The path of the scene that is open, or None."""
        return None

    def read_workspace(self):
        return os.getcwd()

    def read_busy(self):
        """Why the host cannot take work now, as what the artist has to do; None if it can."""
        return None

    def loop(self, bridge):
        """A function that has another one called on the main thread soon, from any thread. None where
        the main thread is free, and `serve_forever` is to be called on it.
        """
        return None

    def watch(self, scene):
        """Has the host tell the scene what happens to it: `opened`, `saved`, `undone`, `edited`."""

    def begin_step(self, name):
        """Before work that may change the scene. `name` is what the artist reads in the Edit menu."""

    def end_step(self, name):
        """After that work. Answers whether the scene was changed, if the host can tell."""
        return False

    def push_undo(self, name):
        """Makes one step of undo of what was changed, where the host needs to be told."""

    def can_select(self):
        """Whether somebody sees what is selected, and `select` works."""
        return False

    def select(self, members):
        """Selects these members of an instance and nothing else. A member is an object of the host, or
        the name of one. Answers those that could not be selected.
        """
        return members

    def read_choices(self):
        """The text that `write_choices` wrote into the scene, or None."""
        return None

    def write_choices(self, text):
        """Keeps this text in the scene; it is of ASCII letters, digits and `+/=`."""

    # What the bridge asks.

    def ask(self, question, *arguments):
        """What the host answers, or None. A host that cannot answer must not stop the work."""
        try:
            found = question(*arguments)
            return None if found is None else clean(found)
        except Exception:
            self.note()
            return None

    def does(self, work, *arguments):
        """Has the host do something; answers what it answers, or False if it failed."""
        try:
            return work(*arguments)
        except Exception:
            self.note()
            return False

    def note(self):
        logging.getLogger("pyblish_endpoint_bridge").debug("%s does not say", self.name, exc_info=True)

    def version(self):
        return self.ask(self.read_version)

    def file(self):
        return self.ask(self.read_file)

    def workspace(self):
        return self.ask(self.read_workspace)

    def busy(self):
        return self.ask(self.read_busy)

    def install_advice(self):
        """How pyblish-base gets into this host, as the beginning of a sentence."""
        if not self.has_set_up:
            return u"Install it there (pip install pyblish-base==1.8.12)"
        return (u"Run `pyblish-endpoint host install %s` in a terminal, then the line that it prints, and start %s again"
                % (self.name, self.label))

    def about(self):
        return OrderedDict([
            ("host", self.name),
            ("hostVersion", self.version()),
            ("pythonVersion", python_version()),
            ("bridge", __version__),
            ("pid", os.getpid()),
            ("file", self.file()),
            ("workspace", self.workspace()),
            ("selects", bool(self.does(self.can_select))),
        ])
