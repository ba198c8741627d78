"""What the stand-ins for hosts share: a main loop, and a main thread on which alone the host may be asked.

A stand-in is none of the host: it has the few calls that the bridge, its start-up files and the tests' plug-ins use,
each as its vendor describes it (see beside each), and refuses what the vendor warns of, so that a mistake is seen.
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

# What is to be done when the host is idle.
INBOX = queue.Queue()


def on_main(function):
    """A call of the host's that its vendor allows on the main thread alone."""
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
    """What the tests wait for: where it listens."""
    sys.stdout.write("%s\n" % json.dumps({"address": address, "file": ""}))
    sys.stdout.flush()


def loop():
    """The host's main loop, which ends with the process."""
    while True:
        # With a limit, for without one Python 2 hears no signal.
        try:
            work = INBOX.get(True, 3600)
        except queue.Empty:
            continue
        work()


SCENE = os.path.join(os.environ["PLACE"], "scene")
