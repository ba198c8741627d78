"""A host with a main loop of its own, as hosts with a window have; otherwise the bridge's `main`.
"""
import os
import sys

import host_loop
from client import BRIDGE

sys.path.insert(0, os.path.dirname(BRIDGE))

import pyblish_endpoint_bridge as bridge  # noqa: E402

inbox = bridge.queue.Queue()
bridge.add_host("python", post=inbox.put)

if bridge.main() == 0:
    host_loop.run(inbox, bridge.queue.Empty)
