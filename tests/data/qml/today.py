"""Makes pyblish-qml 1.11.5 and its Pyblish importable in a Python of today, and the same whatever the user has set. No Qt."""
import inspect
import os
import queue
import sys
import types

# Pyblish reads these as it is imported, and while it discovers.
for variable in [name for name in os.environ if name.startswith("PYBLISH")]:
    del os.environ[variable]

# What it is written for, and Python has taken away: in 3.11, and in 3.12.
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = inspect.getfullargspec
moves = types.ModuleType("pyblish_qml.vendor.six.moves")
moves.queue = queue
sys.modules[moves.__name__] = moves
