"""What the tests import: the modules of the adapter and of the bridge, and `wit_world`, which
componentize-py writes for each run.
"""
import atexit
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
START = "import sys, componentize_py; sys.exit(componentize_py.script())"

if "wit_world" not in sys.modules:
    FOLDER = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, FOLDER, True)
    subprocess.check_call([
        sys.executable, "-c", START, "--wit-path", os.path.join(ROOT, "wit"), "--world", "adapter", "bindings", FOLDER])
    sys.path[:0] = [FOLDER, os.path.dirname(HERE), os.path.join(ROOT, "bridge")]
