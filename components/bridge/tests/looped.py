"""A host with a main loop of its own, as hosts with a window have one; the bridge's main but for that."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))

import pyblish_endpoint_bridge as bridge  # noqa: E402

inbox = bridge.queue.Queue()
bridge.add_host("python", post=inbox.put)

if bridge.main() == 0:
    while True:
        # With a limit, for Python 2 to hear signals.
        try:
            work = inbox.get(True, 3600)
        except bridge.queue.Empty:
            continue
        work()
