"""Compares how plain pyblish-base, a host and the sandbox run the same plug-ins."""

import os
import shutil

from place import Place
from publishing import host, plain, sandbox

# Pyblish's own collectors, and the bridge's.
OWN = (
    "CollectCurrentDate",
    "CollectCurrentUser",
    "CollectCurrentWorkingDirectory",
    "CollectCurrentFile",
    "CollectWorkspace",
    "CollectHostVersion",
)


def pairs(outcome, records=True, errors=True):
    """The pairs of the case's own plug-ins, without records of what they print."""
    found = []
    for r in outcome["results"]:
        if r["plugin"] in OWN:
            continue
        told = (
            r["records"]
            if "raw" not in r
            else [
                [q["level"], q["message"]]
                for q in r["raw"]["records"]
                if q.get("logger") not in ("stdout", "stderr")
            ]
        )
        found.append(
            (
                r["plugin"],
                r["instance"],
                r["success"],
                (r["error"] or "").strip() or None if errors else None,
                [tuple(t) for t in told] if records else None,
            )
        )
    return found


def compare(name, ours, theirs, verdict):
    """Compares two lists of pairs, prints the differences, and adds the name to `verdict` if any.
    """
    if ours == theirs:
        print("  %-8s the same as plain (%d pairs)" % (name, len(ours)))
        return
    verdict.append(name)
    print("  %-8s DIFFERS from plain" % name)
    for at in range(max(len(ours), len(theirs))):
        a = theirs[at] if at < len(theirs) else None
        b = ours[at] if at < len(ours) else None
        if a != b:
            print("     plain: %r\n     %s: %r" % (a, name, b))


def three(plugins, work=None, records=True, errors=True, fix=None, body=None, modules=None, **env):
    """Publishes in all three ways and compares the pairs.

    Returns the outcomes, and the names of the ways that differ from plain pyblish-base.
    """
    wrong, found = [], {}
    with Place() as place:
        folder = place.path("work")
        if work:
            shutil.copytree(work, folder, symlinks=True)
        else:
            os.makedirs(folder)
        found["plain"] = plain(place, plugins, folder, **env)
    expected = pairs(found["plain"], records, errors)
    if fix:
        expected = fix(expected)
    print(
        "  plain    %d pairs%s"
        % (
            len(expected),
            ", escaped: " + found["plain"]["escaped"] if found["plain"]["escaped"] else "",
        )
    )
    for name, how in (("host", host), ("sandbox", sandbox)):
        with Place() as place:
            folder = place.path("work")
            if work:
                shutil.copytree(work, folder, symlinks=True)
            else:
                os.makedirs(folder)
            try:
                more = dict(env) if name == "host" else {"modules": modules} if modules else {}
                found[name], server = how(place, plugins, folder, body, **more)
                got = pairs(found[name], records, errors)
                compare(name, fix(got) if fix else got, expected, wrong)
                if found[name]["run"].get("reason"):
                    print(
                        "  %-8s run: %s (%s)"
                        % (name, found[name]["run"]["state"], found[name]["run"]["reason"])
                    )
            except Exception as error:
                print("  %-8s %s: %s" % (name, type(error).__name__, error))
                wrong.append(name)
    return found, wrong
