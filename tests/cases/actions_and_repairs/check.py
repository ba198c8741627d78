"""Actions: one that raises, one that reads the results of the context, one without a label, one
that makes an instance; a repair that is a class method."""

import os

from place import Place, here
from publishing import host, sandbox
from verdict import done

plugins = here(__file__, "plugins")
bad = []
for name, how in (("host", host), ("sandbox", sandbox)):
    with Place() as place:
        os.makedirs(place.path("work"))
        got, server = how(place, plugins, place.path("work"))
        plugin = [p for p in server.plugins() if p["name"] == "ValidateThem"][0]
        print(
            "  %-8s %r" % (name, [(a["label"], a.get("kind"), a["on"]) for a in plugin["actions"]])
        )
        for action in plugin["actions"]:
            if action.get("kind", "action") != "action":
                continue
            told = server.post("/actions", {"pluginId": plugin["id"], "actionId": action["id"]})
            told = told.get("result", told)
            print(
                "  %-8s %s: %s %s %r"
                % (
                    name,
                    ascii(action["label"]),
                    told.get("success"),
                    (told.get("error") or {}).get("message"),
                    [q["message"] for q in told.get("records", [])] or told.get("$problem"),
                )
            )
            want = {
                "Fails \u2014 \u00fcber": (False, "the action itself is broken"),
                "Select": (True, None),
                "NoLabel": (True, None),
                "Make another": (True, None),
            }
            if (told.get("success"), (told.get("error") or {}).get("message")) != want[
                action["label"]
            ]:
                bad.append("%s %s" % (name, action["label"]))
        two = [i for i in server.instances() if i["name"] == "two"][0]
        told = server.post("/repair", {"pluginId": plugin["id"], "instanceId": two["id"]})
        told = told.get("result", told)
        print(
            "  %-8s repair %s %r"
            % (name, told.get("success"), [q["message"] for q in told.get("records", [])] or told)
        )
        context, instances = server.get("/context")["data"], dict(
            (i["name"], i["data"]) for i in server.instances()
        )
        if (
            context.get("selected") != ["two"]
            or "made" not in instances
            or instances["two"].get("repaired") is not True
        ):
            bad.append(
                "%s what the actions changed: %r %r"
                % (name, context.get("selected"), sorted(instances))
            )
done(not bad, "actions" + (": " + "; ".join(bad) if bad else ""))
