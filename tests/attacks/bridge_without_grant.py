"""An adapter asks for a host that the user did not grant. It must not get a connection to its
bridge, and must not run code in it."""

import os

from harness import Host, NotStarted, Place, Server, judge, test_adapter

THIEF = ["--adapter", test_adapter("thief")]


def what_it_says(place, *arguments):
    """What the adapter got, or why it was not opened."""
    try:
        server = Server(place, THIEF + list(arguments))
    except NotStarted as error:
        return str(error)
    said = server.get("/context").json()["data"].get("said", "")
    server.stop()
    return said


place = Place()
alone = what_it_says(place)
Host(place)
folder = place.folder("granted")
beside_a_host = what_it_says(place, "--dir", folder + "=/out", "--set", "folder=" + folder)
stolen = os.path.exists(place.path("home", "stolen"))
handed = "handed a connection" in alone + beside_a_host
judge(
    not handed and not stolen,
    "nothing granted: %s; beside a host: %s; ran code in it: %s" % (alone, beside_a_host, stolen),
)
