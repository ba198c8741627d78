# -*- coding: utf-8 -*-
"""An owner that stops in the middle of a message."""
import os
import shutil
import struct
import tempfile
import time

from client import BRIDGE, Closed, Host, Refused
from promises import promise
from support import PYTHON, Strangers


class Wire(Strangers):
    def test_partial_message_keeps_the_owner(self):
        owner = self.host.connect(owner="the one that stalls")
        owner.send_bytes(struct.pack(">I", 1 << 20) + b"{")
        with self.assertRaises(Refused) as caught:
            self.host.connect()
        self.assertEqual(caught.exception.reason, "owned")
        self.assertIn("the one that stalls", str(caught.exception))
        owner.close()
        self.works()

    def test_endless_message_drops_the_owner(self):
        # The same bridge, with a shorter time limit.
        code = ("import sys; sys.path.insert(0, %r); import pyblish_endpoint_bridge as bridge; bridge.FRAME_TIME = 0.3; "
                "sys.exit(bridge.main())" % os.path.dirname(BRIDGE))
        runtime = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, runtime)
        host = Host(runtime, [PYTHON, "-c", code]).ready()
        self.addCleanup(host.end)
        owner = host.connect()
        self.addCleanup(owner.close)
        # An owner may be silent between messages.
        self.assertEqual(owner.call("ping")[0], "pong")
        time.sleep(0.5)
        self.assertEqual(owner.call("ping")[0], "pong")
        owner.send_bytes(struct.pack(">I", 1 << 20) + b"{")
        with promise("HOST-07"), self.assertRaises(Closed):
            owner.receive()
        with promise("HOST-07"):
            host.connect().close()
