"""A delivery with one name in Latin-1 among names in UTF-8: the others must not be lost, and it
must be said."""

import os

from place import Place, here
from publishing import host, plain, sandbox
from verdict import done

plugins = here(__file__, "plugins")
NAMES = [b"aaa.png", b"bbb.png", b"m\xfcller.png", b"yyy.png", b"zzz.png"]


def fill(folder):
    os.makedirs(folder)
    for name in NAMES:
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(b"abc")


wrong = []
with Place() as place:
    fill(place.path("work"))
    expected = plain(place, plugins, place.path("work"))
    print("  plain    %d instances, %s" % (len(expected["instances"]), expected["escaped"]))
    print(
        "     ",
        [ascii(i[0]) for i in expected["instances"]],
        [
            r["records"]
            for r in expected["results"]
            if r["plugin"].startswith("Validate") and r["instance"] is None
        ],
    )
for name, how in (("host", host), ("sandbox", sandbox)):
    with Place() as place:
        fill(place.path("work"))
        got, server = how(place, plugins, place.path("work"))
        seen = [ascii(i[0]) for i in got["instances"]]
        print("  %-8s %s: %d instances %s" % (name, got["run"]["state"], len(seen), seen))
        for r in got["results"]:
            if not r["success"] or (r["plugin"].startswith("Validate") and r["instance"] is None):
                print(
                    "     ",
                    r["plugin"],
                    ascii(r["instance"]),
                    r["success"],
                    r["kind"],
                    ascii((r["error"] or "")[:200]),
                    r["records"],
                )
        if len([s for s in seen if s.strip("'").startswith(("aaa", "bbb", "yyy", "zzz"))]) != 4:
            wrong.append(name)
done(not wrong, "a name in Latin-1 beside others: %s lose files" % " and ".join(wrong or ["none"]))
