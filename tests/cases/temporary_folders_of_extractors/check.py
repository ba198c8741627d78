"""Extractors that stage their files in a temporary folder. In the sandbox: with a work folder, with
one that is only read, and where the temporary files go meanwhile (not among the artist's files)."""

import os

from comparison import three
from place import Place, here
from publishing import sandbox
from verdict import done

plugins = here(__file__, "plugins")
found, wrong = three(plugins)
for name, more in (("/work:ro and /publish", {"work_mode": ":ro"}), ("no /work", {"none": True})):
    with Place() as place:
        for made in ("work", "publish"):
            os.makedirs(place.path(made))
        got, server = sandbox(
            place,
            plugins,
            None if more.get("none") else place.path("work"),
            publish=place.path("publish"),
            work_mode=more.get("work_mode", ""),
        )
        failed = [(r["plugin"], r["kind"], r["error"]) for r in got["results"] if not r["success"]]
        print("  sandbox, %s: %s %r" % (name, got["run"]["state"], failed[:1]))
        staged = [data.get("stagingDir") for _, data in got["instances"]]
        print("    staged in %r" % staged)
        # Only the last copy, into the current folder, may fail.
        if any(r["plugin"] != "IntegrateAndClean" and not r["success"] for r in got["results"]):
            wrong.append("sandbox with " + name)
for name in ("host", "sandbox"):
    print(
        "  %s staged in %r"
        % (name, [data.get("stagingDir") for _, data in found.get(name, {}).get("instances", [])])
    )
inside = [data.get("stagingDir", "") for _, data in found.get("sandbox", {}).get("instances", [])]
if any(path.startswith("/work") for path in inside):
    wrong.append("sandbox (temporary files lie among the artist's, in %s)" % inside[0])
done(not wrong, "temporary folders: %s" % " and ".join(wrong or ["fine"]))
