"""Sessions are deleted, but their adapters never return from `close`. They must not use a processor
each for ten minutes."""

import time

from harness import Place, Server, judge, promise, test_adapter, wait_for

place = Place()
adapter = test_adapter("evil")
place.folder("config", "pyblish-endpoint")
place.write(
    '[adapters.evil]\nfile = "%s"\nconnect = ["127.0.0.1:1"]\n' % adapter,
    "config",
    "pyblish-endpoint",
    "endpoint.toml",
)
server = Server(place, place.scenario())
closed = []
for number in range(2):
    session = server.post(
        "/pyblish/v2/sessions", {"adapter": "evil", "settings": {"closes": False, "amount": number}}
    )
    if session.status != 201:
        judge(False, "no session with an adapter that the user configured: %s" % session)
    closed.append("/pyblish/v2/sessions/" + session.json()["id"])
    server.request("DELETE", closed[-1])


def busy():
    """How many processors the server uses, in a second."""
    before = server.processor_time()
    time.sleep(1)
    return server.processor_time() - before


# An ended session is not listed any more.
gone = wait_for(lambda: all(server.get(path).status == 404 for path in closed))
promise(
    "SANDBOX-15",
    gone and wait_for(lambda: busy() < 0.2),
    "both have ended: %s; then the server uses %.1f processors" % (gone, busy()),
)
