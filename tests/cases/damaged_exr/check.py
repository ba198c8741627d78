"""Damaged OpenEXR images (of openexr-images/Damaged and of exrs' fuzzed ones): the adapter must
live, and each be published or named."""

import os

from inbox import publish
from place import here
from verdict import done

files = here(__file__, "files")
p = publish(
    dict((n, open(os.path.join(files, n), "rb").read()) for n in os.listdir(files)), tell=False
)
print(
    "  %d files: run %s, %d failures, %d warnings"
    % (len(p.instances), p.run["state"], len(p.failed), len(p.warned))
)
done(
    p.run["state"] in ("succeeded", "failed", "stopped")
    and len(p.warned) + len(p.failed) >= len(p.instances)
    and p.server.get().get("failure") is None,
    "damaged EXR: the adapter lives, and each is named",
)
