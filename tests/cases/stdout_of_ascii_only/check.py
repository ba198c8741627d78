"""Printing, in a host whose standard output takes ASCII only (a farm, a Windows console), in one
whose output is closed, and in the sandbox."""

import os

from comparison import OWN
from place import Place, here
from publishing import host, plain, sandbox
from verdict import done

plugins = here(__file__, "plugins")
bad = []
for words, env in (
    ("UTF-8", {"PYTHONIOENCODING": "utf-8"}),
    ("ASCII", {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}),
):
    with Place() as place:
        expected = plain(place, plugins, STDOUT_AS_IT_IS="1", **env)
        print(
            "  plain, %s: %r"
            % (
                words,
                [
                    (r["plugin"], r["success"], ascii(r["error"])[:80])
                    for r in expected["results"]
                    if r["plugin"] not in OWN
                ],
            )
        )
        fine = dict((r["plugin"], r["success"]) for r in expected["results"])
        if expected["escaped"]:
            print("   ", expected["escaped"])
    with Place() as place:
        os.makedirs(place.path("work"))
        got, server = host(place, plugins, place.path("work"), **env)
        for r in got["results"]:
            if r["plugin"] not in OWN:
                print(
                    "  host, %s: %s %s %s %r"
                    % (
                        words,
                        r["plugin"],
                        r["success"],
                        ascii(r["error"])[:120],
                        [q[1] for q in r["records"]],
                    )
                )
                if r["success"] != fine[r["plugin"]]:
                    bad.append("host, %s: %s: %s" % (words, r["plugin"], ascii(r["error"])[:120]))
with Place() as place:
    os.makedirs(place.path("work"))
    got, server = sandbox(place, plugins, place.path("work"))
    for r in got["results"]:
        if r["plugin"] not in OWN:
            print(
                "  sandbox: %s %s %s %r"
                % (r["plugin"], r["success"], ascii(r["error"])[:160], [q[1] for q in r["records"]])
            )
            if not r["success"]:
                bad.append("sandbox: %s: %s" % (r["plugin"], ascii(r["error"])[:120]))
for one in bad:
    print("  WRONG " + one)
done(not bad, "printing: " + ("; ".join(bad)[:300] or "fine"))
