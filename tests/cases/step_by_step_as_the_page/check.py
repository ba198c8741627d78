"""As the page does it: collect, then validate, then publish, with plug-ins whose orders are beside
those of their stage. Each runs once per step, none twice."""

import os

from comparison import OWN
from place import Place, here
from publishing import start_host
from server import Server
from verdict import done

plugins = here(__file__, "plugins")
bad = []
for name in ("host", "sandbox"):
    with Place() as place:
        os.makedirs(place.path("work"))
        if name == "host":
            start_host(place, plugins)
            server = Server(place, "--host", "python")
        else:
            server = Server(place, "--adapter", "pyplugins", "--dir", plugins + "=/plugins:ro")
        all_ = server.plugins()
        rest = [p["id"] for p in all_ if p.get("stage") != "collect"]

        def ran(body):
            before = len(server.results())
            server.run(body)
            names = dict((p["id"], p["name"]) for p in server.plugins())
            return [
                names.get(r["plugin"], r["plugin"])
                for r in server.results()[before:]
                if names.get(r["plugin"], r["plugin"]) not in OWN
            ]

        one, two, three_ = (
            ran({"until": "collect"}),
            ran({"until": "validate", "pluginIds": rest}),
            ran({"pluginIds": rest}),
        )
        print("  %-8s collect %r" % (name, one))
        print("  %-8s validate %r" % (name, two))
        print("  %-8s publish %r" % (name, three_))
        for words, found, want in (
            ("collect", one, ["Collector1", "Collector2"]),
            ("validate", two, ["Validator1", "Validator2", "Validator3"]),
            (
                "publish",
                three_,
                [
                    "Validator1",
                    "Validator2",
                    "Validator3",
                    "Extractor1",
                    "Extractor2",
                    "Integrator",
                ],
            ),
        ):
            if [f for f in found if f != "Collector3"] != want:
                bad.append("%s %s: %r" % (name, words, found))
done(not bad, "step by step: " + ("; ".join(bad) or "each once"))
