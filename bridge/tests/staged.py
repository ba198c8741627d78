"""A stand-in for a host with a window and a scene: a main loop of its own, and a scene that tests
change. Each line that it reads is what an artist does.
"""
import json
import os
import sys
import threading

import host_loop
from client import BRIDGE

sys.path.insert(0, os.path.dirname(BRIDGE))

import pyblish_endpoint_bridge as bridge  # noqa: E402

inbox = bridge.queue.Queue()
window = {"file": "/shots/a.scene", "busy": None, "scene": None}


def does(deed, words):
    """What the artist or a plug-in does."""
    scene = window["scene"]
    if deed in ("open", "save"):
        window["file"] = words
    if deed == "busy":
        window["busy"] = words or None
    if deed == "undo":
        scene.undone("an undo")
    elif deed in ("open", "save", "edit"):
        getattr(scene, {"open": "opened", "save": "saved", "edit": "edited"}[deed])()


def read():
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        deed, words = json.loads(line)
        inbox.put(lambda deed=deed, words=words: does(deed, words))
        inbox.put(lambda: (sys.stdout.write("done\n"), sys.stdout.flush()))


bridge.add_host(
    "python", file=lambda: window["file"], post=inbox.put, watch=lambda scene: window.update(scene=scene),
    busy=lambda: window["busy"])
bridge.does = does  # for plug-ins

if bridge.main() == 0:
    thread = threading.Thread(target=read)
    thread.daemon = True
    thread.start()
    host_loop.run(inbox, bridge.queue.Empty)
