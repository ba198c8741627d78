"""Publishes files from an inbox with the folder adapter."""

import atexit
import os

from place import Place
from publishing import folder


def write(folder, files):
    """Writes these files into a folder: a dictionary of names and bytes."""
    os.makedirs(folder, exist_ok=True)
    for name, body in files.items():
        with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as file:
            file.write(body)


class Published(object):
    """One publish of an inbox, and its outcome."""

    def __init__(self, server, place, inbox, out, body=None):
        self.server, self.inbox, self.out = server, inbox, out
        self.run = server.run(body)
        names = dict((p["id"], p["name"]) for p in server.plugins())
        self.instances = server.instances()
        results = server.results()
        self.failed = [
            (names[r["plugin"]], r["instance"], r["error"]["message"])
            for r in results
            if not r["success"]
        ]
        self.warned = [
            (names[r["plugin"]], q["message"])
            for r in results
            for q in r["records"]
            if q["level"] >= 30
        ]
        self.files = sorted(
            os.path.relpath(os.path.join(at, f), out) for at, _, fs in os.walk(out) for f in fs
        )

    def tell(self):
        print(
            "  run %s%s"
            % (self.run["state"], " (%s)" % self.run["reason"] if self.run.get("reason") else "")
        )
        for i in self.instances:
            d = i["data"]
            print(
                "  - %s: %s %s%s"
                % (
                    ascii(i["name"]),
                    ascii(d.get("label")),
                    d.get("family"),
                    " -> " + d["publishPath"] if d.get("publishPath") else "",
                )
            )
        for plugin, instance, message in self.failed:
            print("  ! %s %s: %s" % (plugin, ascii(instance), ascii(message)[1:-1][:260]))
        for plugin, message in self.warned:
            print("  ? %s: %s" % (plugin, ascii(message)[1:-1][:200]))

    def labels(self):
        return sorted(i["data"].get("label") for i in self.instances)


def publish(files, *arguments, body=None, tell=True):
    """Publishes files from an inbox. The folders stay until the program ends."""
    place = Place()
    atexit.register(place.end)
    inbox, out = place.path("inbox"), place.path("out")
    write(inbox, files)
    server = folder(place, inbox, out, *arguments)
    found = Published(server, place, inbox, out, body)
    if tell:
        found.tell()
    return found
