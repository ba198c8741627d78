# -*- coding: utf-8 -*-
"""The acceptor: lets in adapters that have proven themselves."""
from __future__ import absolute_import, division, print_function

import logging
import os
import socket
import time

from .compat import monotonic
from .errors import Misuse, Refusal
from .handshake import Pending
from .limits import ACCEPT_AT_ONCE, GREETING_ROOM, GREETING_TIME
from .peers import PeerCredentials
from .sockets import NOTHING_CAME, keep_out_of_children, readable_of
from .text import text_of
from .wire import Connection


class Acceptor(object):
    """Takes new connections, and hands over those that have proven themselves.

    It has a thread of its own, which never waits for one connection. So programs that prove nothing
    disturb neither the owner nor the host's main thread.

    A connection has `GREETING_TIME` to prove itself, and each of its messages `GREETING_LIMIT`
    bytes. There is room for `GREETING_ROOM` connections. When there are more, one is turned away:
    the oldest that has sent nothing, or else the oldest. Programs of other users are turned away at
    once, if the system can tell the user.
    """

    def __init__(self, bridge, listener, authenticated):
        self.bridge = bridge
        self.listener = listener
        self.authenticated = authenticated
        self.pending = []  # the oldest comes first
        self.peers = PeerCredentials()
        listener.setblocking(False)

    def run(self):
        try:
            while not self.bridge.stopped:
                self.turn()
        except Exception:
            if not self.bridge.stopped:  # else the interpreter ends
                logging.getLogger("pyblish_endpoint_bridge").exception("the bridge lets nobody in any more")
        finally:
            for pending in self.pending:
                pending.connection.close()
            self.peers.end()
            self.listener.close()

    def turn(self):
        now = monotonic()
        # At least once a second, to see whether the bridge was stopped: not every system wakes
        # this thread up for that.
        pause = min([1.0] + [max(0, pending.until - now) for pending in self.pending])
        ready = readable_of([self.listener] + [pending.connection.sock for pending in self.pending], pause)
        now = monotonic()
        # First those that are waiting, then new ones: a flood of new connections must not delay a
        # handshake that has begun.
        for pending in list(self.pending):
            if pending.until <= now:
                self.turn_away(pending, "handshake", "The handshake was not over in %d seconds." % GREETING_TIME)
            elif pending.connection.sock in ready:
                self.hear(pending)
        if self.listener in ready and not self.bridge.stopped:
            for _ in range(ACCEPT_AT_ONCE):
                if not self.take_in():
                    return

    def hear(self, pending):
        try:
            if pending.hear():
                self.authenticated(pending)
                self.pending.remove(pending)
        except Refusal as refusal:
            self.turn_away(pending, refusal.reason, text_of(refusal))
        except Misuse as misuse:
            self.turn_away(pending, "handshake", u"That was no handshake: %s." % text_of(misuse))
        except Exception:
            # It has ended, or sends something unexpected. The other connections must not suffer.
            self.pending.remove(pending)
            pending.connection.close()

    def turn_away(self, pending, reason, message):
        self.pending.remove(pending)
        pending.refuse(reason, message)

    def take_in(self):
        """Accepts one connection; answers whether more may be waiting."""
        try:
            sock, _ = self.listener.accept()
        except (OSError, IOError, socket.error) as error:
            number = getattr(error, "errno", None)
            if number not in NOTHING_CAME and not self.bridge.stopped:
                # Too many open files, for example. That passes; a connection less makes room.
                self.make_room()
                time.sleep(0.05)
            return False
        try:
            keep_out_of_children(sock)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pending = Pending(Connection(sock), self.bridge)
            user = self.peers.uid_of(sock)
        except (OSError, IOError, socket.error):
            sock.close()  # the other side has closed it already
            return True
        if user is not None and user != os.geteuid():
            pending.refuse("user", "%s runs as the user %d and lets only that user's programs in; the adapter runs as the user %d. "
                            "Start pyblish-endpoint as the user whose host it is." % (self.bridge.host.name, os.geteuid(), user))
            return True
        if len(self.pending) >= GREETING_ROOM:
            self.make_room()
        self.pending.append(pending)
        return True

    def make_room(self):
        if self.pending:
            last = min(self.pending, key=lambda pending: pending.hello is not None)
            self.turn_away(last, "crowded", "Too many programs that prove nothing connect to the bridge of %s (pid %d): there is room "
                           "for %d at a time. Try again, and if that does not help, find out which programs these are." % (
                               self.bridge.host.name, self.bridge.pid, GREETING_ROOM))
