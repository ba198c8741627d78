"""A component of 80 kB whose code takes a minute to compile. `adapters inspect` must end earlier,
and `adapters list` must not compile at all."""

import os
import subprocess
import time

from components import nested_loops
from harness import Place, judge

LIMIT = 45  # seconds; an adapter that is asked who it is has 30

place = Place()
folder = place.folder("data", "pyblish-endpoint", "adapters")
os.chmod(folder, 0o700)
with open(folder + "/bomb.wasm", "wb") as file:
    file.write(nested_loops(functions=2, depth=2500))


def seconds(*arguments):
    """How long the program takes; None if that is too long."""
    began = time.time()
    try:
        place.run(*arguments, timeout=LIMIT)
        return time.time() - began
    except subprocess.TimeoutExpired:
        return None


took = dict(
    (words, seconds("adapters", *words.split()))
    for words in ("list", "inspect " + folder + "/bomb.wasm")
)
judge(
    None not in took.values(),
    "of %d s: %s" % (LIMIT, ", ".join("%s: %s" % it for it in took.items())),
)
