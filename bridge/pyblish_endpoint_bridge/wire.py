# -*- coding: utf-8 -*-
"""The wire: a connection that carries frames.

A frame is a length of four bytes and then a message (see `messages`).
"""
from __future__ import absolute_import, division, print_function

import os
import select
import socket
import struct
import threading
import time

from .compat import monotonic, text_type
from .errors import Gone, Misuse
from .limits import FRAME_LIMIT, FRAME_TIME, GREETING_LIMIT, NOTICE_TIME, SEND_TIME
from .messages import parse
from .sockets import HANGUP, NOTHING_CAME, QUIET, SO_NOSIGPIPE, readable_of
from .text import text_of

LENGTH = struct.Struct(">I")


class Connection(object):
    """A socket that carries frames."""

    def __init__(self, sock):
        self.sock = sock
        self.pid = os.getpid()
        if SO_NOSIGPIPE is not None:
            sock.setsockopt(socket.SOL_SOCKET, SO_NOSIGPIPE, 1)
        self.buffer = bytearray()
        self.begun = None  # when the frame began that is not complete yet
        self.lock = threading.Lock()
        self.limit = GREETING_LIMIT
        self.owner = None  # what the adapter calls itself
        self.since = time.time()
        self.hears_state = False  # whether it is told of the scene
        self.open = False  # whether `open` was answered
        self.waiting = []  # messages that came while a plug-in asked whether it was cancelled
        self.threaded = False  # whether a thread reads it all the time
        self.cancelled = None  # the id of the request that was cancelled last
        self.abandoned = False  # whether nobody waits for answers any more
        self.gone = False

    def take(self):
        """A frame that is in the buffer, or None."""
        if len(self.buffer) < 4:
            return None
        length, = LENGTH.unpack(bytes(self.buffer[:4]))
        if length > self.limit:
            raise Misuse("too-long", "a message of %d bytes; at most %d are taken" % (length, self.limit))
        if len(self.buffer) < 4 + length:
            return None
        frame = bytes(self.buffer[4:4 + length])
        del self.buffer[:4 + length]
        self.begun = monotonic() if self.buffer else None
        return frame

    def receive(self):
        """The next message: its kind and its body.

        Waits without a limit until a message begins; once it has begun, for FRAME_TIME.
        """
        if self.waiting:
            return self.waiting.pop(0)
        while True:
            frame = self.take()
            if frame is not None:
                return parse(frame)
            left = NOTICE_TIME
            if self.begun is not None:
                left = self.begun + FRAME_TIME - monotonic()
                if left <= 0:
                    raise Gone("a message began and did not end")
            if readable_of([self.sock], left):
                self.fill()

    def fill(self):
        """Reads what has come, but not more than one frame. On a socket that does not wait, that
        may be nothing.
        """
        most = 1 << 20 if len(self.buffer) > 1 << 16 else 1 << 16  # a large frame in few pieces
        try:
            got = self.sock.recv(max(1, min(most, 4 + self.limit - len(self.buffer))))
        except (OSError, IOError, socket.error) as error:
            if getattr(error, "errno", None) in NOTHING_CAME:
                return
            raise Gone(text_of(error))
        if not got:
            raise Gone("closed")
        if self.begun is None:
            self.begun = monotonic()
        self.buffer += got

    def send(self, text, more=0):
        """Sends a message, in one call of `send`. Any thread may call it.

        With `MORE`, the system may hold it back until the next message.
        """
        if os.getpid() != self.pid:
            return  # a forked child of a plug-in has this connection, too, and no say in it
        data = text.encode("ascii") if isinstance(text, text_type) else text
        with self.lock:
            if self.gone:
                raise Gone("closed")
            try:
                self.sock.sendall(LENGTH.pack(len(data)) + data, more | QUIET)
            except BaseException as error:  # also one of a plug-in's handler of a signal
                # Half a frame may be sent, so the connection is of no use any more.
                self.gone = True
                self.shut()
                if isinstance(error, (OSError, IOError, socket.error)):
                    raise Gone(text_of(error))
                raise

    def settle(self):
        """After the handshake: larger frames, and no limit of time except for sending."""
        self.limit = FRAME_LIMIT
        self.sock.setblocking(True)
        try:
            pause = SEND_TIME * 1000 if os.name == "nt" else struct.pack("@ll", SEND_TIME, 0)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, pause)
        except Exception:
            pass  # Jython has no such option; the system's own limit must do

    def readable(self):
        """Whether there is something to read."""
        return bool(readable_of([self.sock], 0))

    def is_dead(self):
        """Whether the other side has closed it. Any thread may call it, so nothing is read."""
        try:
            if not self.gone and HANGUP:
                # The check below sees an end only if nothing is unread before it, and a `cancel` is
                # unread while a plug-in does not ask for one. `poll` sees the end all the same.
                poll = select.poll()
                poll.register(self.sock, HANGUP)
                return bool(poll.poll(0))
            return self.gone or (self.readable() and self.sock.recv(1, socket.MSG_PEEK) == b"")
        except (OSError, IOError, socket.error):
            return True

    def look_for_cancel(self):
        """Reads what has come during a call, if no thread does. All but cancels wait."""
        if self.threaded or os.getpid() != self.pid:
            return
        try:
            while True:
                # It may have come together with the request, and be in the buffer.
                frame = self.take()
                while frame is not None:
                    kind, body = parse(frame)
                    if kind == "cancel":
                        self.cancelled = body.get("id")
                    else:
                        self.waiting.append((kind, body))
                    frame = self.take()
                if not self.readable():
                    return
                self.fill()
        except (Gone, Misuse):
            self.abandoned = True  # the other side is gone, or breaks the protocol

    def shut(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, IOError, socket.error):
            pass

    def close(self):
        self.gone = True
        self.shut()
        try:
            self.sock.close()
        except (OSError, IOError, socket.error):
            pass
