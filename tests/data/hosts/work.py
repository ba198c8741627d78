"""A plug-in that is busy until a test lets it go on; it runs for the target `busy` alone."""
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
