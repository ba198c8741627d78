"""Two files with a plug-in of the same class name: Pyblish takes one, and says so to its debug log
only. The artist's TD must be able to see that one was left out, as with plug-ins that are
broken."""

import json
import os

from comparison import OWN
from place import Place, here
from publishing import host, sandbox
from verdict import done

plugins = here(__file__, "plugins")
wrong = []
for name, how in (("host", host), ("sandbox", sandbox)):
    with Place() as place:
        os.makedirs(place.path("work"))
        got, server = how(place, plugins, place.path("work"))
        session = got["session"]
        print(
            "  %-8s plug-ins %r, broken %r"
            % (name, [p for p in got["plugins"] if p not in OWN], session["broken"])
        )
        print(
            "  %-8s log: %r"
            % (name, [l for l in server.log().splitlines() if "--no-auth" not in l])
        )
        text = json.dumps(session["broken"]) + server.log()
        if "ValidateNames" not in text and "uplicate" not in text:
            wrong.append(name)
done(
    not wrong,
    "a plug-in that is left out for its name: %s say nothing" % " and ".join(wrong or ["none"]),
)
