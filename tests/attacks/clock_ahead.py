"""The clock is forty days ahead at one start. The histories of the other sessions must stay."""

import os
import shutil
import subprocess

from harness import HERE, ROOT, Place, Server, judge, not_played

if shutil.which("gcc") is None:
    not_played("there is no gcc, which makes the wrong clock")
library = os.path.join(ROOT, "clock.so")
subprocess.run(
    ["gcc", "-shared", "-fPIC", "-o", library, os.path.join(HERE, "clock.c")], check=True
)

place = Place()
ahead = place.write("0", "seconds-ahead")
clock = dict(LD_PRELOAD=library, SECONDS_AHEAD=ahead)
first = place.scenario()
# Another folder makes another session.
shutil.copytree(place.path("work"), place.path("work2"))
second = first[:-1] + [place.path("work2") + "=/scenario:ro"]
for arguments in (first, second):
    server = Server(place, arguments, **clock)
    server.run_to_end()
    server.stop()


def histories():
    return [name for name in os.listdir(place.history()) if name.endswith(".sqlite")]


before = histories()
place.write(str(40 * 24 * 3600), "seconds-ahead")
Server(place, first, **clock).stop()
after = histories()
judge(
    len(before) == 2 and before == after,
    "%d histories, and after a start with the wrong clock %d" % (len(before), len(after)),
)
