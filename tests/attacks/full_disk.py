"""A disk is full. A listener that is behind must get the events that there are, and not be refused
for ever. A server whose data folder has no room must start, or name the folder."""

import os
import subprocess
import tempfile

from harness import NotStarted, Place, Server, judge, needs_root, not_played

needs_root("mount a disk of eight megabytes")
place = Place()
disk = tempfile.mkdtemp()
mounted = subprocess.run(
    ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", disk], stderr=subprocess.DEVNULL
)
if mounted.returncode != 0:
    os.rmdir(disk)
    not_played("this system lets nobody mount a disk")


def events_behind(server, sequence):
    """How many events a listener gets after this number, and whether the stream goes on."""
    with server.connect(timeout=5) as connection:
        connection.sendall(
            server.head("GET", server.path + "/events?after=%d" % sequence) + b"\r\n"
        )
        got = b""
        try:
            while True:
                more = connection.recv(1 << 16)
                if not more:
                    return got.count(b"\nid: "), False
                got += more
        except OSError:
            return got.count(b"\nid: "), True


def fill(path):
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


try:
    server = Server(place, place.evil("amount=20") + ["--history-dir", disk + "/history"])
    for _ in range(80):
        server.process("LogMuch")
    last = server.get().json()["sequence"]
    got, goes_on = events_behind(server, last - 400)
    server.kill()

    os.mkdir(disk + "/data", 0o700)
    fill(disk + "/full")
    try:
        Server(place, place.scenario(), XDG_DATA_HOME=disk + "/data").stop()
        started = True
    except NotStarted as error:
        started = disk in str(error)  # it names the place, at least
        print(error)
finally:
    subprocess.run(["umount", "-l", disk], check=True)
    os.rmdir(disk)
judge(
    started and (got > 0 or goes_on),
    "starts, or names the folder: %s; a listener 400 events behind %d gets %d, and goes on: %s"
    % (started, last, got, goes_on),
)
