"""What integrators do with files: copy, copy2, copytree, move, replace, link, chmod, walk,
archives, locks."""

from comparison import three
from place import here
from verdict import done

found, wrong = three(here(__file__, "plugins"), errors=False)
for name in ("plain", "host", "sandbox"):
    for r in found.get(name, {}).get("results", []):
        if not r["success"]:
            print("  %s %s: %s: %s" % (name, r["plugin"], r["kind"], (r["error"] or "")[:300]))
done(not wrong, "files: %s differ" % " and ".join(wrong or ["none"]))
