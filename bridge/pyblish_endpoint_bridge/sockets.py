# -*- coding: utf-8 -*-
"""Sockets, and what differs between the systems."""
from __future__ import absolute_import, division, print_function

import errno
import select
import socket
import sys

from .compat import PY2
from .errors import BridgeError
from .text import text_of

# A flag of `send`: Linux holds the message back until one without the flag follows, for 0.2 s at
# most. Even if the process is killed, the message goes out. It is a plain number, because joining
# flags of Python's enum takes longer than sending.
MORE = int(getattr(socket, "MSG_MORE", 0x8000)) if sys.platform.startswith("linux") else 0

# A flag of `send`: no SIGPIPE when the other side is gone. Python ignores that signal, but a
# program with Python inside, such as Krita, may not, and would end with the runtime. Windows has no
# such signal; macOS has an option of the socket instead.
QUIET = int(getattr(socket, "MSG_NOSIGNAL", 0x4000)) if sys.platform.startswith("linux") else 0
SO_NOSIGPIPE = 0x1022 if sys.platform == "darwin" else None

# The errors of a read that does not wait, if there is nothing to read.
NOTHING_CAME = (errno.EINTR, errno.EAGAIN, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", -1))

# What `poll` reports when the other side has closed the connection (POLLRDHUP). Only Linux has it,
# and older Pythons have no name for it.
HANGUP = 0x2000 if sys.platform.startswith("linux") and hasattr(select, "poll") else 0


def end_of(name):
    """One end of a connection, as the proofs name it."""
    return "%s:%d" % (name[0], name[1])


def readable_of(socks, seconds):
    """The sockets that can be read or have ended. Waits for at most so many seconds."""
    try:
        if not hasattr(select, "poll"):
            return select.select(socks, [], [], seconds)[0]
        # `select` cannot count beyond 1,024 open files, and hosts have more.
        poll, by_number = select.poll(), {}
        for sock in socks:
            by_number[sock.fileno()] = sock
            poll.register(sock, select.POLLIN)
        return [by_number[number] for number, _ in poll.poll(int(seconds * 1000 + 0.999))]
    except ValueError:
        return socks  # one was closed meanwhile; reading it will say so
    except (OSError, IOError, select.error):
        return []  # interrupted by a signal, in Python 2


def keep_out_of_children(sock):
    """Closes the socket in programs that plug-ins start. Python 3 does so by itself."""
    if PY2:
        try:
            import fcntl
            fcntl.fcntl(sock.fileno(), fcntl.F_SETFD, fcntl.fcntl(sock.fileno(), fcntl.F_GETFD) | fcntl.FD_CLOEXEC)
        except Exception:
            pass


def close_here(socks):
    """Closes sockets in this process alone."""
    for sock in socks:
        try:
            sock.close()
        except (OSError, IOError, socket.error):
            pass


def listen(port, host):
    """A listener on this port of 127.0.0.1, or on a free one if it is 0."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    keep_out_of_children(listener)
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # on Windows, another program could take the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    elif port:
        # So that the next bridge can have the port of one that has just ended.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except (OSError, IOError, socket.error, OverflowError) as error:
        listener.close()
        taken = getattr(error, "errno", None) in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", -1))
        raise BridgeError("The bridge in %s cannot listen on port %s of 127.0.0.1: %s. Leave the port out, and a free one is used." % (
            host, port, "another program has it" if taken else text_of(error)))
    return listener
