"""A granted name leads to the loopback. A loopback address is reached only by its own number, so
this name must not reach it, and no other name may be looked up."""

import socket

from harness import NotStarted, Place, Server, judge, not_played

names = [socket.gethostname(), "ip6-localhost", "localhost.localdomain"]


def is_loopback(name):
    try:
        return socket.gethostbyname(name).startswith("127.")
    except OSError:
        return False


name = next((name for name in names if is_loopback(name)), None)
if name is None:
    not_played("no name of this machine stands for 127.0.0.1 in /etc/hosts")

place = Place()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(5)
address = "%s:%d" % (name, listener.getsockname()[1])
settings = [
    "--adapter",
    place.evil()[1],
    "--set",
    "address=" + address,
    "--set",
    "text=localhost",
    "--connect",
    address,
]
try:
    server = Server(place, settings)
except NotStarted as error:
    judge(name in str(error), "a name of the loopback is refused: %s" % str(error)[-200:])
server.process("Connect")
listener.settimeout(2)
try:
    listener.accept()
    reached = True
except socket.timeout:
    reached = False
looked_up = server.process("LookUp").failure()
judge(
    not reached and "RESOLVED" not in looked_up,
    "%s reached 127.0.0.1: %s; localhost: %s" % (name, reached, looked_up),
)
