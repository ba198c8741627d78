"""Plug-ins in a host that start children, fork, and use threads: the same as in plain Pyblish, and
the host is found afterwards."""

import os
import signal

from comparison import compare, pairs
from place import Place, here
from publishing import plain, start_host
from server import Server
from verdict import done

plugins = here(__file__, "plugins")
wrong = []
with Place() as place:
    expected = pairs(plain(place, plugins))
with Place() as place:
    child, log = start_host(place, plugins)
    server = Server(place, "--host", "python")
    run = server.run(limit=60)
    got = server.outcome(run)
    print("  host: %s %s" % (run["state"], run.get("reason")))
    compare("host", pairs(got), expected, wrong)
    files = [os.path.join(at, n) for at, _, ns in os.walk(place.path("run")) for n in ns]
    print(
        "  host alive %s, its files %r"
        % (child.poll() is None, [os.path.basename(f) for f in files])
    )
    if child.poll() is not None or not any("python-%d" % child.pid in f for f in files):
        wrong.append("host (its file is gone)")
    again = server.run(limit=60)
    print("  host, again: %s" % again["state"])
    if again["state"] != "succeeded":
        wrong.append("host (again)")
    # A new runtime finds the same host.
    server.child.send_signal(signal.SIGTERM)
    server.child.wait(20)
    try:
        Server(place, "--host", "python")
    except Exception as error:
        wrong.append("host (not found any more)")
        print("  WRONG a second runtime: %s" % str(error)[-300:])
done(not wrong, "children and threads: %s" % " and ".join(wrong or ["fine"]))
