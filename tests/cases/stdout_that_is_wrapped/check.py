"""A plug-in wraps sys.stdout and leaves it so; later plug-ins print. A second publish in the same
host must work, too."""

import os

from comparison import OWN, three
from place import Place, here
from publishing import host, sandbox
from verdict import done

plugins = here(__file__, "plugins")
found, wrong = three(plugins)
for name in ("host", "sandbox"):
    if name not in found:
        continue
    heard = [
        [q["message"] for q in r["raw"]["records"] if q.get("logger") == "stdout"]
        for r in found[name]["results"]
        if r["plugin"] not in OWN
    ]
    print("  %s heard of what was printed: %r" % (name, heard))
for name, how in (("host", host), ("sandbox", sandbox)):
    with Place() as place:
        os.makedirs(place.path("work"))
        outcome, server = how(place, plugins, place.path("work"))
        again = server.outcome(server.run())
        failed = [
            (r["plugin"], r["kind"], (r["error"] or "")[:90])
            for r in again["results"]
            if not r["success"]
        ]
        print("  %s, second publish: %s %r" % (name, again["run"]["state"], failed))
        if again["run"]["state"] != "succeeded" and name not in wrong:
            wrong.append(name)
done(not wrong, "a wrapped stdout: %s differ" % " and ".join(wrong or ["none"]))
