"""A stand-in for a host with a window and a scene: a main loop of its own, and a scene that tests
change. Each line that it reads is what an artist does.
"""
import json
import os
import sys
import threading
import time

import host_loop
from client import BRIDGE

sys.path.insert(0, os.path.dirname(BRIDGE))

import pyblish_endpoint_bridge as bridge  # noqa: E402

inbox = bridge.queue.Queue()
window = {"file": "/shots/a.scene", "busy": None, "scene": None}
rendered = threading.Event()
choices, saved = {"now": None}, {}  # the text in the open scene; in those on disk


def does(deed, words):
    """What the artist or a plug-in does."""
    scene = window["scene"]
    if deed in ("open", "save"):
        window["file"] = words
    if deed == "busy":
        window["busy"] = words or None
    if deed in ("open", "choose"):
        # Each file has choices of its own, which are gone unless it was saved.
        choices["now"] = saved.get(window["file"]) if deed == "open" else words
    if deed == "save":
        saved[words] = choices["now"]
    if deed == "take long":
        time.sleep(0.1)  # longer than a turn of the bridge
    if deed == "undo":
        scene.undone("an undo")
    elif deed in ("open", "save", "edit"):
        getattr(scene, {"open": "opened", "save": "saved", "edit": "edited"}[deed])()


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def render():
    """Work of the host's own: meanwhile nobody else gets a turn."""
    say("done")
    rendered.wait(60)


def select(members):
    say(json.dumps({"selected": [str(member) for member in members]}))
    return [member for member in members if str(member).startswith("gone")]


def read():
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        deed, words = json.loads(line)
        if deed == "render":
            inbox.put(render)
            continue
        if deed == "end render":
            rendered.set()
        inbox.put(lambda deed=deed, words=words: does(deed, words))
        inbox.put(lambda: say("done"))


bridge.add_host(
    "python", file=lambda: window["file"], post=inbox.put, watch=lambda scene: window.update(scene=scene),
    busy=lambda: window["busy"], select=select,
    read_choices=lambda: choices["now"], write_choices=lambda text: choices.update(now=text))
bridge.does = does  # for plug-ins

if bridge.main() == 0:
    thread = threading.Thread(target=read)
    thread.daemon = True
    thread.start()
    host_loop.run(inbox, bridge.queue.Empty)
