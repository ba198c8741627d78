# -*- coding: utf-8 -*-
"""Steps: one step of undo, with a name, for each repair, action and run that changed the scene."""
from __future__ import absolute_import, division, print_function

# What is left to undo after a run that ended with this event.
RUNS = {
    "collected": u"Collect", "validated": u"Validate", "extracted": u"Extract", "integrated": u"Integrate",
    "published": u"Publish",
}


class Steps(object):
    """What is done to the scene, from the first call of a step to its last."""

    def __init__(self, host, scene):
        self.host = host
        self.scene = scene
        self.name = None  # of the step under way
        self.saves = 0  # how often the scene was saved before it
        self.is_run_changed = False  # whether the run under way changed the scene

    def begin(self, words):
        """Before a call, or before several that follow each other in one turn of the host's loop."""
        self.name, self.saves = u"Pyblish: " + words, self.scene.saves
        self.host.does(self.host.begin_step, self.name)

    def end(self, kind, failed=None):
        is_changed = bool(self.host.does(self.host.end_step, self.name))
        self.scene.worked()
        if kind == "process":
            self.is_run_changed = self.is_run_changed or is_changed
            return
        # A repair that the host has not noticed is a change, too, unless it saved the scene.
        if is_changed or kind == "repair" and failed is None and self.scene.saves == self.saves:
            self.host.does(self.host.push_undo, self.name)
        self.scene.end_run()
        if is_changed:
            self.scene.become_outdated(
                (u"A repair" if kind == "repair" else u"An action") + u" changed the scene after it was collected.")

    def end_run(self, event):
        """A run, or a part of one, has ended with this event."""
        is_changed, self.is_run_changed = self.is_run_changed, False
        if is_changed:
            self.host.does(self.host.push_undo, u"Pyblish: " + RUNS[event])
        self.scene.end_run()
