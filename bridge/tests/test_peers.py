# -*- coding: utf-8 -*-
"""Programs of other users."""
import json
import os
import subprocess
import sys
import unittest

from client import ended
from promises import not_here, promise
from support import ROOM, Strangers

NEEDS = "needs Linux, and root to be another user"


def can_be_another_user():
    return sys.platform.startswith("linux") and os.geteuid() == 0


class Peers(Strangers):
    def test_another_users_programs_are_turned_away_at_once_and_told_why(self):
        if not can_be_another_user():
            self.skipTest(not_here("HOST-01", NEEDS))
        code = (
            "import socket, sys\n"
            "held = [socket.create_connection(('127.0.0.1', int(sys.argv[1])), 30) for _ in range(200)]\n"
            "for one in held: one.settimeout(30)\n"
            "print(held[0].recv(4096)[4:].decode())\n"
            "print(sum(one.recv(4096) != b'' for one in held[1:]), flush=True)\n"
            "input()\n")
        port = self.host.address.split(":")[1]
        mine = [self.silent() for _ in range(ROOM)]
        other = subprocess.Popen(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", code, port],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        told = json.loads(other.stdout.readline().decode())["refused"]
        self.assertEqual(int(other.stdout.readline()), 199)
        with promise("HOST-01"):
            self.assertEqual(told["reason"], "user")
        with promise("HOST-01"):
            self.assertIn(
                "runs as the user 0 and lets only that user's programs in; the adapter runs as the user 65534", told["message"])
        # They took nobody's place.
        with promise("HOST-01"):
            self.assertFalse(any(ended(client.sock) for client in mine))
        other.communicate(b"\n")
        self.works()

    @unittest.skipUnless(can_be_another_user(), NEEDS)
    def test_another_user_is_known_however_it_connects(self):
        port = self.host.address.split(":")[1]
        for connect in (
            "sock = socket.socket(socket.AF_INET6); sock.connect(('::ffff:127.0.0.1', port))",
            "sock = socket.socket(); sock.bind(('127.0.0.2', 0)); sock.connect(('127.0.0.1', port))",
            "sock = socket.create_connection(('127.0.0.1', port)); sock.shutdown(socket.SHUT_WR)",
        ):
            code = "import socket; port = %s; %s; sock.settimeout(30); print(sock.recv(4096))" % (port, connect)
            told = subprocess.check_output(
                ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", code])
            self.assertIn('"reason":"user"', told.decode(), connect)
