"""A stand-in for a host with a window and a scene: it shows what the runtime does when the artist
opens a file, undoes, or moves something. It is no host of anybody's.

    scene_standin.py

It listens on the socket `artist` in the folder PLACE. Each line there is a deed: `open PATH`,
`save PATH`, `undo`, `edit`, `busy WORDS`, `free`, `render`. It answers each with a line once it is done.
Plug-ins find the path of the scene in `standin.file`.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.environ["LIB"])

import standin  # noqa: E402
import pyblish_endpoint_bridge as bridge  # noqa: E402

standin.file, standin.scene, standin.what = "/shots/a.scene", None, None
rendered = threading.Event()


def does(deed, words):
    if deed == "render":
        # Work of the host's own: nobody else gets a turn until it is done.
        threading.Thread(target=wait_for_end, daemon=True).start()
        standin.INBOX.put(rendered.wait)
        return
    if deed in ("open", "save"):
        standin.file = words
    if deed in ("busy", "free"):
        standin.what = words or None
    elif deed == "undo":
        standin.scene.undone("an undo")
    else:
        getattr(standin.scene, {"open": "opened", "save": "saved", "edit": "edited"}[deed])()


def wait_for_end():
    """The rendering ends with the file `rendered` in the folder PLACE."""
    while not os.path.exists(os.path.join(os.environ["PLACE"], "rendered")):
        time.sleep(0.01)
    rendered.set()


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

    def can_select(self):
        return True

    def select(self, members):
        standin.note("selected", " ".join(map(str, members)))
        return []

    def begin_step(self, name):
        self.before = standin.changes

    def end_step(self, name):
        return standin.changes != self.before

    def push_undo(self, name):
        standin.note("steps", name)


bridge.HOSTS["python"] = StandinHost
standin.artist(does)
standin.say(bridge.start("python").address)
standin.loop()
