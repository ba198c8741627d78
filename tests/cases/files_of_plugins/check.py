"""Files of plug-ins with a BOM, Windows line ends, a coding line, spaces and umlauts in their
names, helper modules beside them; and two that are broken."""

import os

from comparison import OWN, three
from place import here
from verdict import done

found, wrong = three(here(__file__, "plugins"))
print("  plain    plug-ins %r" % [p for p in found["plain"]["plugins"] if p not in OWN])
for name in ("host", "sandbox"):
    broken = found[name]["session"]["broken"]
    print(
        "  %-8s broken %r"
        % (name, [(os.path.basename(b["file"]), b["message"][:110]) for b in broken])
    )
    if sorted(os.path.basename(b["file"]) for b in broken) != [
        "validate_py2.py",
        "validate_relative.py",
    ]:
        wrong.append(name + " (broken ones)")
    if sorted(p for p in found[name]["plugins"] if p not in OWN) != sorted(
        p for p in found["plain"]["plugins"] if p not in OWN
    ):
        wrong.append(name + " (which plug-ins)")
done(not wrong, "files of plug-ins: %s differ" % " and ".join(wrong or ["none"]))
