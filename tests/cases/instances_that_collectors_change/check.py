"""Instances that are removed, replaced, sorted and renamed by collectors, also while the context is
iterated."""

from comparison import three
from place import here
from verdict import done

found, wrong = three(here(__file__, "plugins"))
for name in ("plain", "host", "sandbox"):
    print(
        "  %s instances at the end: %r"
        % (name, [i[0] for i in found.get(name, {}).get("instances", [])])
    )
done(not wrong, "instances that go: %s differ" % " and ".join(wrong or ["none"]))
