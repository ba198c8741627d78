# -*- coding: utf-8 -*-
"""Limits: how much is taken, and how long it may take.

Each limit keeps one side from harming the other: an adapter that sends too much, a plug-in that
logs without end, a program on the same machine that only wants to disturb.
"""
from __future__ import absolute_import, division, print_function

FRAME_LIMIT = 64 * 1024 * 1024  # bytes
NODES_LIMIT = 1000000  # values and keys in one frame
NESTING_LIMIT = 128  # levels of arrays and objects; the runtime's parser has the same limit
DIGITS_LIMIT = 1000  # digits of one number; the time to read it grows with their square
# Before a connection has proven that it knows the secret:
GREETING_LIMIT = 512  # bytes of a frame
GREETING_TIME = 5.0  # seconds for the whole handshake
GREETING_ROOM = 64  # connections at a time
ACCEPT_AT_ONCE = 16  # new connections, before the waiting ones are served again

FRAME_TIME = 30.0  # seconds from the first byte of a frame to its last

# Seconds after which a wait on the main thread ends to look for signals. Python runs the handler of
# a signal only between two steps of its own, so a long wait would miss one that came just before.
NOTICE_TIME = 1.0
LEAVE_TIME = 10  # seconds for plug-ins, their threads and children to end, when the host ends
SEND_TIME = 10  # seconds for the owner to read what is sent to it

RECORDS_LIMIT = 10000  # records of one call
RECORDS_BYTES = 8 * 1024 * 1024  # bytes of all records of one call
MESSAGE_LIMIT = 64 * 1024  # characters of one message or traceback
PROGRESS_PAUSE = 0.02  # seconds between two reports of progress
CANCEL_PAUSE = 0.005  # seconds between two checks for a cancel

TEXT_LIMIT = 256 * 1024  # characters of one text in `data`
REPR_LIMIT = 4096  # characters of a repr
VALUE_LIMIT = 1024 * 1024  # characters of JSON of one value
PARTS_LIMIT = 100000  # values inside of one value
DEPTH_LIMIT = 64  # levels of values inside of one value
# What is compared inside of a value after each call:
OBJECTS_LIMIT = 64  # objects of a plug-in's own classes
OBJECT_PARTS_LIMIT = 1000  # attributes of such an object
TOUCHES = 256  # reads of `data` in one call; with more, all values are compared
RECHECK = 64  # calls after which a value that had escaped may count as one that has not

# The bridge works on the host's main thread, in turns of the host's own loop. A turn is short
# enough that a window does not stutter, and long enough that a run does not wait for the host's
# loop before each pair.
SLICE = 0.030  # seconds of one turn
LONG_SLICE = 0.045  # the same, where the host itself needs longer between two turns, to draw
BUSY_TIME = 60.0  # seconds that work waits while the host cannot take it, before it is refused
BUSY_PAUSE = 0.05  # seconds between two looks whether it can
LINGER = 0.002  # seconds that a turn waits for the next request

# A request may bring along the pairs that come after it (see PROTOCOL.md, `then`).
AHEAD = 0.030  # seconds that the bridge goes on with them before it answers
GROUP = 16  # outcomes that are sent together at most
GROUP_TIME = 0.005  # seconds from the first of them to the last
CHOICES_LIMIT = 1 << 20  # characters of choices in a scene; what is more is not kept
