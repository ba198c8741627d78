"""Real Alembic (Ogawa, some of them fuzzed) and USD files: none is refused for what it is not."""

import os

from inbox import publish
from place import here
from verdict import done

files = here(__file__, "files")
p = publish(
    dict((n, open(os.path.join(files, n), "rb").read()) for n in os.listdir(files)), tell=False
)
print("  %d files: run %s, %d failures" % (len(p.instances), p.run["state"], len(p.failed)))
for f in p.failed:
    print("  ! %s %s: %s" % f)
done(p.run["state"] == "succeeded", "real caches")
