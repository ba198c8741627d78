"""Makes pyblish-qml 1.11.5 and its Pyblish importable in current Pythons, without the user's
settings.

No Qt is needed.
"""
import inspect
import os
import queue
import sys
import types

# Pyblish reads these when it is imported, and during discovery.
for variable in [name for name in os.environ if name.startswith("PYBLISH")]:
    del os.environ[variable]

# Functions that it uses, and that Python removed in 3.11 and 3.12.
if not hasattr(inspect, "getargspec"):
    inspect.getargspec = inspect.getfullargspec
moves = types.ModuleType("pyblish_qml.vendor.six.moves")
moves.queue = queue
sys.modules[moves.__name__] = moves
