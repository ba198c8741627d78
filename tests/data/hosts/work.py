"""A plug-in that works until a test lets it go on. It runs for the target `busy` only."""
import os
import time

import pyblish.api

import pyblish_endpoint_bridge as bridge

GATE = os.path.join(os.environ["PLACE"], "gate")


class Work(pyblish.api.ContextPlugin):
    order = pyblish.api.ExtractorOrder
    targets = ["busy"]

    def process(self, context):
        bridge.progress(0.5, "half way")
        while not os.path.exists(GATE):
            if bridge.cancelled():
                raise bridge.Cancelled("stopped half way")
            time.sleep(0.01)
