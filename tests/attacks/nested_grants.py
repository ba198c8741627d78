"""One granted, writable folder is inside another. An adapter puts a link in the place of the inner
one and traps. After the automatic restart it must not read and write where the link leads."""

import os

from harness import NotStarted, Place, Server, judge, wait_for

place = Place()
outer = place.folder("grants", "outer")
inner = place.folder("grants", "outer", "inner")
outside = place.folder("grants", "outside")
place.write("OUTSIDE", "grants", "outside", "secret")

try:
    server = Server(place, place.evil() + ["--dir", outer + "=/outer", "--dir", inner + "=/inner"])
except NotStarted as error:
    refused = "overlap" in str(error) or "inside" in str(error) or "lies in" in str(error)
    judge(refused, "grants that overlap are refused: %s" % str(error)[-200:])

server.process("ReplaceInnerFolder")
if not wait_for(lambda: server.get().json()["state"] == "idle"):
    server.post("/restart")
said = str(server.process("LookAround"))
found = os.listdir(outside)
judge(
    "OUTSIDE" not in said and found == ["secret"],
    "after a link took the place of a granted folder: %s; outside are %s" % (said, found),
)
