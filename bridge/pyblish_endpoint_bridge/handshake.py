# -*- coding: utf-8 -*-
"""The handshake: both sides prove that they know the secret, and nothing else is said before.

See PROTOCOL.md for what a proof is made of.
"""
from __future__ import absolute_import, division, print_function

import binascii
import hashlib
import hmac
import os
import re
import time

from .compat import monotonic, text_type
from .errors import Gone, Refusal
from .limits import GREETING_TIME
from .messages import is_number, parse
from .sockets import end_of
from .text import clean, text_of, to_json
from .version import PROTOCOL, __version__


class Handshake(object):
    """What both sides know of one handshake, and the proofs that are made of it."""

    def __init__(self, key, bridge_end, runtime_end, pid, runtime_nonce, bridge_nonce):
        self.key = key
        self.lines = [bridge_end, runtime_end, str(pid or 0), runtime_nonce, bridge_nonce]

    def proof(self, role):
        """64 hexadecimal digits, for one role in this handshake. Making them needs the secret."""
        lines = "\n".join(["pyblish-endpoint-bridge %d" % PROTOCOL, role] + self.lines)
        return text_of(hmac.new(self.key, lines.encode("ascii"), hashlib.sha256).hexdigest())


def same(left, right):
    """Whether two texts are equal, in a time that does not show where they differ."""
    left, right = left.encode("ascii", "replace"), right.encode("ascii", "replace")
    if hasattr(hmac, "compare_digest"):
        return hmac.compare_digest(left, right)
    # Before Python 2.7.7. Where the two digests differ does not show where the texts do.
    key = os.urandom(32)
    return hmac.new(key, left, hashlib.sha256).digest() == hmac.new(key, right, hashlib.sha256).digest()


def is_nonce(text):
    return isinstance(text, text_type) and re.match(r"^[0-9a-fA-F]{32,128}\Z", text) is not None


class Pending(object):
    """A connection that has proven nothing yet, and the bridge's side of its handshake.

    It never waits: the acceptor calls it when there is something to read.
    """

    def __init__(self, connection, bridge):
        self.connection = connection
        self.bridge = bridge
        self.until = monotonic() + GREETING_TIME
        self.hello = None  # its first message, once it has come
        self.handshake = None

    def hear(self):
        """Reads what has come; answers whether the runtime has proven itself.

        Raises `Refusal` and `Misuse`, which the runtime is told, and `Gone`.
        """
        self.connection.fill()
        frame = self.connection.take()
        if frame is None:
            return False
        kind, body = parse(frame)
        if self.hello is None:
            self.challenge(kind, body)
            return False
        self.check(kind, body)
        return True

    def challenge(self, kind, hello):
        bridge, sock = self.bridge, self.connection.sock
        protocol, pid, theirs = hello.get("protocol"), hello.get("pid"), hello.get("nonce")
        if kind != "hello" or not is_number(protocol):
            raise Refusal("handshake", "This is the bridge of pyblish-endpoint, and that was no `hello` of a runtime.")
        if protocol != PROTOCOL:
            older, update = ("runtime", "pyblish-endpoint") if protocol < PROTOCOL else (
                "bridge in %s" % bridge.host.name, "pyblish_endpoint_bridge.py (%s)" % __file__)
            raise Refusal("protocol", "The runtime speaks protocol %d and the bridge in %s %d: the %s is older. Update %s." % (
                protocol, bridge.host.name, PROTOCOL, older, update))
        if not is_nonce(theirs):
            raise Refusal("handshake", "The runtime's `hello` has no nonce of 32 to 128 hexadecimal digits.")
        if pid is not None and not is_number(pid):
            raise Refusal("handshake", "The runtime's `hello` has a `pid` that is no number.")
        self.hello = hello
        ours = text_of(binascii.hexlify(os.urandom(16)))
        self.handshake = Handshake(bridge.key, end_of(sock.getsockname()), end_of(sock.getpeername()), pid, theirs, ours)
        self.connection.send(to_json({"challenge": {"protocol": PROTOCOL, "bridge": __version__, "nonce": ours}}))

    def check(self, kind, said):
        bridge, pid = self.bridge, self.hello.get("pid")
        if kind != "proof" or not isinstance(said.get("proof"), text_type):
            raise Refusal("handshake", "The runtime sent no `proof`.")
        if not same(said["proof"], self.handshake.proof("adapter")):
            raise Refusal(
                "secret", "The runtime has another secret than %s, or another program stands between the two: both read %s, of the "
                "same user on the same machine. If that file was made anew, start the bridge again."
                % (bridge.host.name, bridge.secret_path))
        if pid is not None and pid != bridge.pid:
            raise Refusal("process", "This is the bridge of %s (pid %d), and the runtime looks for the process %d. "
                          "Open the session again, and the right one is found." % (bridge.host.name, bridge.pid, pid))
        self.connection.owner = clean(said.get("owner") or self.hello.get("adapter") or "an adapter")[:200]
        self.connection.since = time.time()
        self.connection.hears_state = self.hello.get("state") is True

    def refuse(self, reason, message):
        """Tells the runtime why, and closes the connection without waiting for it to read."""
        try:
            self.connection.send(to_json({"refused": {"reason": reason, "message": clean(message)}}))
        except Gone:
            pass
        self.connection.close()
