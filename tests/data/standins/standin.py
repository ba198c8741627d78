"""What the stand-ins for hosts share: a main loop, and a main thread, the only one that may call
the host.

A stand-in is not the host: it has the few calls that the bridge, its start-up files and the tests'
plug-ins use, each as its vendor documents it (see each file). It refuses calls that the vendor
warns of, so that a mistake shows.
"""
import json
import os
import socket
import sys
import threading
import types

try:
    import queue
except ImportError:
    import Queue as queue

MAIN = threading.current_thread()

# Calls to make when the host is idle.
INBOX = queue.Queue()


def on_main(function):
    """A call of the host that its vendor allows on the main thread only."""
    def checked(*args, **kwargs):
        if threading.current_thread() is not MAIN:
            raise RuntimeError("%s was called beside the main thread" % function.__name__)
        return function(*args, **kwargs)
    return checked


def module(name, **members):
    found = types.ModuleType(name)
    found.__dict__.update(members)
    sys.modules[name] = found
    return found


def run_file(path):
    """Runs a start-up file, as a module of its own."""
    with open(path) as file:
        code = compile(file.read(), path, "exec")
    eval(code, {"__name__": "standin_startup", "__file__": path})


def say(address):
    """Prints where the bridge listens, which the tests wait for."""
    sys.stdout.write("%s\n" % json.dumps({"address": address, "file": ""}))
    sys.stdout.flush()


def loop():
    """The host's main loop, which ends with the process."""
    while True:
        # With a limit, because without one Python 2 notices no signal.
        try:
            work = INBOX.get(True, 3600)
        except queue.Empty:
            continue
        work()


SCENE = os.path.join(os.environ["PLACE"], "scene")  # the file that is open at first


# What an artist and plug-ins do to the scene

NODES = ["body", "hat"]  # what is in every scene
file = SCENE  # that is open
changes = 0  # how often a plug-in changed the scene; plug-ins count it up
playing = False
asked = False  # whether the artist wants to do something


def note(kind, words):
    """Writes down what happened in the host, in the file of this name."""
    with open(os.path.join(os.environ["PLACE"], kind), "a") as notes:
        notes.write(words + "\n")


def artist(does):
    """Listens on the socket `artist` in the folder PLACE. Each line there is a deed, with words or
    without. It is answered with a line once `does(deed, words)` has done it, on the main thread.
    """
    path = os.path.join(os.environ["PLACE"], "artist")
    if os.path.exists(path):
        os.remove(path)  # of a stand-in that was here before
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    hearing = threading.Thread(target=hear, args=(listener, does))
    hearing.daemon = True
    hearing.start()


def hear(listener, does):
    global asked
    while True:
        connection, _ = listener.accept()
        lines = connection.makefile("rw")
        for line in lines:
            deed, _, words = line.strip().partition(" ")
            done = threading.Event()

            def on_main_thread(deed=deed, words=words, done=done):
                try:
                    does(deed, words)
                finally:
                    done.set()

            INBOX.put(on_main_thread)
            asked = True
            done.wait()
            lines.write("done\n")
            lines.flush()


class Step(object):
    """One step of undo, which is noted if a plug-in changed the scene meanwhile."""

    def __init__(self):
        self.names, self.name, self.before = [], None, 0

    def begin(self, name):
        self.name, self.before = name, changes

    def end(self):
        if changes != self.before:
            self.names.insert(0, self.name)
            note("steps", self.name)
