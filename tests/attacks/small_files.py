"""`ulimit -f` limits the size of each file, and the system ends a process that writes more. The
server must treat that as a full disk: survive, say that the history is not kept, and go on working.
"""

import resource
import signal

from harness import MIB, Place, Server, judge

place = Place()
# Compiles the adapter first, because its compiled code may be larger than the limit.
Server(place, place.evil("amount=20")).stop()
resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, resource.RLIM_INFINITY))
# Python ignores the signal, and its children would inherit that.
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
server = Server(place, place.evil("amount=20"))
for _ in range(3):
    server.process("LogMuch")
said = server.get().json().get("history") if server.is_alive() else None
judge(
    server.is_alive() and said is not None and server.session in said,
    "alive: %s; it says of the history: %s" % (server.is_alive(), said),
)
