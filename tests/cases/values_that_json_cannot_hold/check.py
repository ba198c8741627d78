"""Values that JSON cannot hold: what contains itself, generators, arrays without a truth, deleted
nodes, keys that are no text, 120,000 numbers."""

import time

from comparison import three
from place import here
from verdict import done

begun = time.time()
found, wrong = three(here(__file__, "plugins"))
for name in ("host", "sandbox"):
    data = dict((i[0], i[1]) for i in found[name]["instances"]).get("one", {})
    print(
        "  %-8s %d keys in plain, %d here"
        % (name, len(found["plain"]["instances"][0][1]), len(data))
    )
    print(
        "  %-8s shared %r of the context %r"
        % (name, data.get("shared"), found[name]["context"].get("shared"))
    )
    if data.get("shared") != {"frames": [1, 2]} or found[name]["context"].get("shared") != {
        "frames": [1, 2]
    }:
        wrong.append(name + " (what changed inside)")
    if "deleted" in data or "lock" in data or data.get("made") != ["x"]:
        wrong.append(name + " (keys that went or came)")
    total = sum(r["raw"]["duration"] for r in found[name]["results"])
    print(
        "  %-8s %.0f ms in all plug-ins, %.0f ms from start to end"
        % (name, total, 1000 * (found[name]["run"]["ended"] - found[name]["run"]["started"]))
    )
done(not wrong, "values of all kinds: %s differ" % " and ".join(wrong or ["none"]))
