"""A stand-in for a host with a window and a scene: it shows what the runtime does when the artist
opens a file, undoes, or moves something. It is no host of anybody's.

    scene_standin.py

It listens on the socket `artist` in the folder PLACE. Each line there is a deed: `open PATH`,
`save PATH`, `undo`, `edit`, `busy WORDS`, `free`. It answers each with a line once it is done.
Plug-ins find the path of the scene in `standin.file`.
"""
import os
import socket
import sys
import threading

sys.path.insert(0, os.environ["LIB"])

import standin  # noqa: E402
import pyblish_endpoint_bridge as bridge  # noqa: E402

standin.file, standin.scene, standin.what = "/shots/a.scene", None, None


def does(deed, words):
    if deed in ("open", "save"):
        standin.file = words
    if deed in ("busy", "free"):
        standin.what = words or None
    elif deed == "undo":
        standin.scene.undone("an undo")
    else:
        getattr(standin.scene, {"open": "opened", "save": "saved", "edit": "edited"}[deed])()


def hear(artist):
    while True:
        connection, _ = artist.accept()
        with connection, connection.makefile("rw") as lines:
            for line in lines:
                deed, _, words = line.strip().partition(" ")
                done = threading.Event()

                def on_main(deed=deed, words=words, done=done):
                    try:
                        does(deed, words)
                    finally:
                        done.set()

                standin.INBOX.put(on_main)
                standin.asked = True
                done.wait()
                lines.write("done\n")
                lines.flush()


class StandinHost(bridge.Host):
    """Changes by a plug-in are counted in `standin.changes`."""
    name = label = "python"
    before = 0

    def read_file(self):
        return standin.file

    def read_busy(self):
        return standin.what

    def loop(self, _):
        return standin.INBOX.put

    def watch(self, scene):
        standin.scene = scene

    def begin_step(self, name):
        self.before = standin.changes

    def end_step(self, name):
        return standin.changes != self.before

    def push_undo(self, name):
        with open(os.path.join(os.environ["PLACE"], "steps"), "a") as steps:
            steps.write(name + "\n")


standin.changes, standin.asked = 0, False
bridge.HOSTS["python"] = StandinHost
listener = socket.socket(socket.AF_UNIX)
listener.bind(os.path.join(os.environ["PLACE"], "artist"))
listener.listen(1)
threading.Thread(target=hear, args=(listener,), daemon=True).start()
standin.say(bridge.start("python").address)
standin.loop()
