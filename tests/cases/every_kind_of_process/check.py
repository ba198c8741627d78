"""Every kind of `process`: generator, async, static, class, wrapped, implicit by names, from before
1.1, mixed in."""

from comparison import three
from place import here
from verdict import done

found, wrong = three(here(__file__, "plugins"))
for name in ("host", "sandbox"):
    print(
        "  %-8s broken %r" % (name, [b["message"][:120] for b in found[name]["session"]["broken"]])
    )
assert len(found["plain"]["results"]) > 20
done(not wrong, "kinds of process: %s differ" % " and ".join(wrong or ["none"]))
