"""Others can write to the folder of histories, and put a link in the place of a history's lock. The
link's target must stay as it is."""

import os

from harness import NotStarted, Place, Server, judge

TEXT = "# precious\n"

place = Place()
folder = place.folder("work", "shared")
precious = place.write(TEXT, "home", ".bashrc")
server = Server(place, place.scenario() + ["--history-dir", folder])
server.stop()
for name in os.listdir(folder):
    os.remove(os.path.join(folder, name))
os.symlink(precious, os.path.join(folder, server.session + ".lock"))
try:
    Server(place, place.scenario() + ["--history-dir", folder]).stop()
except NotStarted:
    pass  # that is fine, too
with open(precious) as file:
    found = file.read()
judge(found == TEXT, "the file behind the link holds %r" % found)
