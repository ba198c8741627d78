# -*- coding: utf-8 -*-
"""Listening on a port."""
import socket

from support import Starting


class Sockets(Starting):
    def test_taken_port(self):
        other = socket.socket()
        self.addCleanup(other.close)
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        port = other.getsockname()[1]
        words = self.fails("--port", str(port))
        self.assertIn("cannot listen on port %d of 127.0.0.1: another program has it" % port, words)
        self.assertIn("Leave the port out", words)
