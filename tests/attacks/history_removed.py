"""Somebody removes the folder of the histories while a server runs. The server must say so, and
must not give the same numbers again after a restart."""

import shutil

from harness import Place, Server, judge, wait_for

place = Place()
server = Server(place, place.scenario())
first = server.run_to_end()["id"]
shutil.rmtree(place.history())
second = server.run_to_end()["id"]
said = server.get().json().get("history")
# The history is kept again once there is a folder.
place.folder("data", "pyblish-endpoint", "history")
wait_for(lambda: not server.get().json().get("history"))
told = server.get().json()["sequence"]
server.kill()
server = Server(place, place.scenario())
sequence = server.get().json()["sequence"]
third = server.run_to_end()["id"]
judge(
    said is not None and sequence >= told and len({first, second, third}) == 3,
    "said %s; %d events were told, and %d are known; runs %s"
    % (said, told, sequence, [first, second, third]),
)
