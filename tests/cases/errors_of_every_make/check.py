"""Errors of every make: no message, no text, attributes that raise. Each must be told as itself,
and end nothing.

Plain Pyblish is no judge here: an error whose text cannot be had ends its publish."""

import os

from comparison import OWN
from place import Place, here
from publishing import host, sandbox
from verdict import done

plugins = here(__file__, "plugins")
# What each must be told as, and a part of its message.
WANT = {
    "Silent": "",
    "Mute": "",
    "Methods": "cooking failed",
    "Bytes": "xff",
    "Late": "geo1 \u2014 kein Pfad: \u00fcber",
    "KeyError": "shot",
    "Exception": "",
    "AssertionError": "",
    "StopIteration": "done",
    "RecursionError": "deep",
    "UnicodeDecodeError": "can't decode",
    "OSError": "/shots/010/hero.ma",
    "FileNotFoundError": "/shots/010/hero.ma",
}
bad = []
for name, how in (("host", host), ("sandbox", sandbox)):
    with Place() as place:
        os.makedirs(place.path("work"))
        got, _ = how(place, plugins, place.path("work"))
    seen = [r for r in got["results"] if r["plugin"] not in OWN]
    if len(seen) != 13:
        bad.append((name, "all", "%d results, not 13; run %s" % (len(seen), got["run"]["state"])))
    for r in seen:
        kind = r["plugin"][10:]
        if r["success"] or r["kind"] != kind or WANT[kind] not in (r["error"] or ""):
            bad.append((name, r["plugin"], "told as %s: %s" % (r["kind"], ascii(r["error"]))))
        else:
            print("  %-8s %-32s %s" % (name, r["plugin"], ascii(r["error"])[:110]))
for one in bad:
    print("  WRONG %s %s: %s" % one)
done(
    not bad,
    "each error is told as itself" if not bad else "%d errors are told as another" % len(bad),
)
