"""What the stand-ins for hosts share: a main loop, and a main thread, the only one that may call
the host.

A stand-in is not the host: it has the few calls that the bridge, its start-up files and the tests'
plug-ins use, each as its vendor documents it (see each file). It refuses calls that the vendor
warns of, so that a mistake shows.
"""
import json
import os
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


SCENE = os.path.join(os.environ["PLACE"], "scene")
