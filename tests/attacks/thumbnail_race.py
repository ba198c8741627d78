"""Somebody swaps a picture for a link that leads out of the granted folder, again and again, while
thumbnails are requested. None may come from outside."""

import ctypes
import os
import sys
import threading
import time

from harness import Place, Server, judge, not_played

PNG = b"\x89PNG\r\n\x1a\n"
SECONDS = 5
RENAME_EXCHANGE = 2

libc = ctypes.CDLL(None, use_errno=True)
if not sys.platform.startswith("linux") or not hasattr(libc, "renameat2"):
    not_played("two files are swapped at once on Linux alone")

place = Place()
outside = place.folder("outside")
for path, text in (
    (outside + "/secret.png", b"OUTSIDE"),
    (place.path("work", "picture.png"), b"inside"),
):
    with open(path, "wb") as file:
        file.write(PNG + text)
picture, link = place.path("work", "picture.png"), place.path("work", "link.png")
os.symlink(outside + "/secret.png", link)

server = Server(place, place.scenario())
server.run_to_end(until="collect")
instance = server.get("/instances").json()["items"][0]["id"]
# With a revision that is never too old.
change = {"revision": 2**63, "set": {"thumbnail": "/scenario/picture.png"}}
changed = server.request("PATCH", "/instances/" + instance, change)
shown = server.get("/instances/%s/thumbnail" % instance)
if shown.status != 200:
    judge(False, "the picture is not shown at all: %s, %s" % (changed, shown))

over = threading.Event()


def swap():
    while not over.is_set():
        libc.renameat2(-100, picture.encode(), -100, link.encode(), RENAME_EXCHANGE)


thread = threading.Thread(target=swap)
thread.start()
asked = came_from_outside = 0
end = time.time() + SECONDS
while time.time() < end:
    asked += 1
    came_from_outside += b"OUTSIDE" in server.get("/instances/%s/thumbnail" % instance).body
over.set()
thread.join()
judge(
    came_from_outside == 0,
    "%d of %d thumbnails came from outside of what was granted" % (came_from_outside, asked),
)
