"""Control characters, ANSI colours, non-characters and a lone surrogate in records, errors, labels:
the reports must stay readable by their readers."""

import json
import os
import subprocess
import xml.etree.ElementTree
from html.parser import HTMLParser

from place import PROGRAM, Place, here
from publishing import start_host
from verdict import done

plugins = here(__file__, "plugins")
bad = []
for name in ("host", "sandbox"):
    with Place() as place:
        os.makedirs(place.path("work"))
        if name == "host":
            start_host(place, plugins, place.path("work"))
            arguments = ["--host", "python"]
        else:
            arguments = ["--adapter", "pyplugins", "--dir", plugins + "=/plugins:ro"]
        reports = []
        for end in ("json", "html", "xml"):
            reports += ["--report", place.path("report." + end)]
        done_ = subprocess.run(
            [PROGRAM, "publish"] + arguments + reports,
            env=place.env(),
            cwd=place.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=120,
        )
        print("  %-8s exit %d" % (name, done_.returncode))
        if done_.returncode != 1:
            bad.append("%s: exit %d: %s" % (name, done_.returncode, done_.stderr[-300:]))
        if b"\x1b[31m" in done_.stdout + done_.stderr or b"\x00" in done_.stdout + done_.stderr:
            bad.append("%s: the terminal is sent what moves its cursor" % name)
        for end, read in (
            ("json", json.loads),
            ("xml", lambda t: xml.etree.ElementTree.fromstring(t.encode("utf-8"))),
            ("html", HTMLParser().feed),
        ):
            try:
                text = open(place.path("report." + end), encoding="utf-8", newline="").read()
                read(text)
                print("  %-8s report.%s: %d characters" % (name, end, len(text)))
            except Exception as error:
                bad.append("%s: report.%s: %s" % (name, end, error))
        lines = subprocess.run(
            [PROGRAM, "publish", "--json"] + arguments,
            env=place.env(),
            cwd=place.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ).stdout
        try:
            print(
                "  %-8s --json: %d lines"
                % (name, len([json.loads(l) for l in lines.decode("utf-8").split("\n") if l]))
            )
        except Exception as error:
            bad.append("%s: --json: %s" % (name, error))
for one in bad:
    print("  WRONG " + one)
done(not bad, "control characters: " + ("; ".join(bad)[:300] or "all readable"))
