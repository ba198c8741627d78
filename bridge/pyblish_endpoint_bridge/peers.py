# -*- coding: utf-8 -*-
"""Peers: which user has the other end of a connection on this machine.

A unix socket could tell, but adapters connect over TCP: WASI knows nothing else. Linux answers
which user has the other end of a TCP connection, over netlink, as `ss` asks it. One question takes
some 2 us.
"""
from __future__ import absolute_import, division, print_function

import socket
import struct
import sys

from .sockets import keep_out_of_children

SOCK_DIAG = 4  # of netlink
SOCK_DIAG_BY_FAMILY = 20


class PeerCredentials(object):
    """Tells which user has the other end of a connection, if the system can tell."""

    def __init__(self):
        self.asked = 0
        self.netlink = None
        if sys.platform.startswith("linux") and hasattr(socket, "AF_NETLINK"):
            try:
                self.netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG)
                self.netlink.settimeout(1.0)  # the kernel answers at once
                keep_out_of_children(self.netlink)
            except (OSError, IOError, socket.error):
                pass  # not in this container; the limits of the acceptor must do

    def uid_of(self, sock):
        """The number of the user at the other end, or None if the system cannot tell."""
        if self.netlink is None:
            return None
        try:
            (theirs, port), (ours, our_port) = sock.getpeername(), sock.getsockname()
            self.asked = self.asked % 0x7fffffff + 1
            # struct inet_diag_req_v2 of <linux/inet_diag.h>, about the socket at the other end.
            ask = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xffffffff)
            ask += struct.pack("!HH4s12x4s12x", port, our_port, socket.inet_aton(theirs), socket.inet_aton(ours))
            ask += struct.pack("=III", 0, 0xffffffff, 0xffffffff)  # any interface, no cookie
            self.netlink.send(struct.pack("=IHHII", 16 + len(ask), SOCK_DIAG_BY_FAMILY, 1, self.asked, 0) + ask)
            while True:
                answer = self.netlink.recv(4096)
                _, kind, _, number, _ = struct.unpack("=IHHII", answer[:16])
                if number == self.asked:
                    break  # else it answers an earlier question, which was given up
            if kind != SOCK_DIAG_BY_FAMILY or len(answer) < 16 + 72:
                return None  # the connection has ended, or the kernel cannot tell
            # struct inet_diag_msg: 52 bytes of state and id, expires, two queues, the user.
            return struct.unpack("=I", answer[16 + 64:16 + 68])[0]
        except socket.timeout:
            self.end()  # it does not answer on this system
            return None
        except (OSError, IOError, socket.error, struct.error):
            return None

    def end(self):
        if self.netlink is not None:
            self.netlink.close()
            self.netlink = None
