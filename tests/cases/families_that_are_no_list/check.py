"""`families` as a set, a frozenset, a tuple or the keys of a dictionary: Pyblish does `families +=
…`, which takes any of them."""

from comparison import three
from place import here
from verdict import done

found, wrong = three(here(__file__, "plugins"))
for name in ("host", "sandbox"):
    if name in found:
        for instance, data in found[name]["instances"]:
            print("  %s: %s has families %r" % (name, instance, data.get("families")))
done(
    not wrong,
    "families that are no list: %s differ from plain Pyblish" % " and ".join(wrong or ["none"]),
)
