"""A user's folders for one case, and what all cases take from the environment.

BIN is the folder of the built programs, CACHE one for compiled adapters. Each case runs in a Python
that has pyblish-base; hosts use the same Python. Cases write to a temporary folder and to CACHE
only.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

BIN = os.path.abspath(os.environ["BIN"])
PROGRAM = os.path.join(BIN, "pyblish-endpoint")
PY = sys.executable
CACHE = os.environ["CACHE"]


def here(file, name):
    """A file or folder beside a check: `here(__file__, "plugins")`."""
    return os.path.join(os.path.dirname(os.path.abspath(file)), name)


class Place(object):
    """A user's folders in a new temporary folder, and the processes that use them."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="case-")
        for name in ("home", "data", "config"):
            os.makedirs(os.path.join(self.root, name))
        os.makedirs(os.path.join(self.root, "run"), 0o700)
        self.children = []

    def path(self, *names):
        return os.path.join(self.root, *names)

    def env(self, **more):
        keep = dict(
            (k, v)
            for k, v in os.environ.items()
            if k in ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "PYENV_ROOT")
        )
        os.makedirs(CACHE, exist_ok=True)
        keep.update(
            HOME=self.path("home"),
            XDG_DATA_HOME=self.path("data"),
            XDG_CONFIG_HOME=self.path("config"),
            XDG_CACHE_HOME=CACHE,
            XDG_RUNTIME_DIR=self.path("run"),
            PYTHONDONTWRITEBYTECODE="1",
        )
        keep.update(more)
        return keep

    def end(self):
        for child in reversed(self.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(15)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        if not os.environ.get("KEEP"):
            subprocess.call(["chmod", "-R", "u+rwX", self.root])
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
