"""Instances with names of every make, and two with the same: each is processed, found by its id,
repaired by v1 by its name, and told in reports that can be read."""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree
from html.parser import HTMLParser

from comparison import three
from place import Place, here
from publishing import host, sandbox
from verdict import done

plugins = here(__file__, "plugins")
found, wrong = three(
    plugins,
    fix=lambda pairs: [
        (p, None if i is None else str(i).replace("\n", "\n"), s, e, r) for p, i, s, e, r in pairs
    ],
)
bad = []
for name, how in (("host", host), ("sandbox", sandbox)):
    with Place() as place:
        os.makedirs(place.path("work"))
        got, server = how(place, plugins, place.path("work"))
        instances = server.instances()
        print("  %-8s %d instances, run %s" % (name, len(instances), got["run"]["state"]))
        if len(instances) != 16 or len(set(i["id"] for i in instances)) != 16:
            bad.append("%s: %d instances" % (name, len(instances)))
        for i in instances:
            one = server.get("/instances/" + urllib.parse.quote(i["id"], safe=""))
            if one.get("id") != i["id"]:
                bad.append("%s: %r by its id: %r" % (name, i["name"][:30], one))
        # v1: by name
        for i in instances:
            form = urllib.parse.urlencode(
                {"plugin": "ValidateOdd", "instance": i["name"], "mode": "repair"}
            ).encode()
            request = urllib.request.Request(
                server.address + "/pyblish/v1/state",
                data=form,
                method="PUT",
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
            try:
                told = json.loads(urllib.request.urlopen(request).read().decode())
                if not told["result"]["success"]:
                    bad.append(
                        "%s: v1 repair of %r: %r" % (name, i["name"][:30], told["result"]["error"])
                    )
            except urllib.error.HTTPError as error:
                bad.append(
                    "%s: v1 repair of %s: %d %s"
                    % (name, ascii(i["name"])[:40], error.code, error.read()[:150])
                )
        left = [ascii(i["name"])[:30] for i in server.instances() if not i["data"].get("repaired")]
        if len(left) > 1:  # of the two of one name the first is meant
            bad.append("%s: not repaired: %s" % (name, left))
        run = got["run"]["id"]
        for form in ("junit", "html", "json"):
            text = (
                urllib.request.urlopen(server.base + "/runs/%s/report?format=%s" % (run, form))
                .read()
                .decode("utf-8")
            )
            try:
                if form == "junit":
                    cases = list(
                        xml.etree.ElementTree.fromstring(text.encode("utf-8")).iter("testcase")
                    )
                    print("  %-8s junit: %d test cases" % (name, len(cases)))
                elif form == "json":
                    json.loads(text)
                else:
                    HTMLParser().feed(text)
                    if "<script>alert(1)" in text or "<b>bold" in text:
                        bad.append(name + ": markup in the html report")
            except Exception as error:
                bad.append("%s: %s report: %s" % (name, form, error))
for one in bad:
    print("  WRONG " + one)
done(not wrong and not bad, "odd names: %s" % (" and ".join(wrong + bad) or "all fine")[:300])
