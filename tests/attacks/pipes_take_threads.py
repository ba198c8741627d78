"""A pipe is in the place of an adapter, in the folder of adapters and elsewhere. 500 requests name
it. No thread may wait for the pipe, so each request is answered, and all others are, too."""

import json
import os

from harness import Place, Server, promise

place = Place()
server = Server(place, place.scenario())
server.run_to_end()
folder = place.folder("data", "pyblish-endpoint", "adapters")
pipes = [place.path("work", "pipe.wasm"), os.path.join(folder, "pipe.wasm")]
for pipe in pipes:
    os.mkfifo(pipe)
adapters = pipes + ["pipe"]


def request(adapter):
    body = json.dumps({"adapter": adapter}).encode()
    lines = ("Content-Type: application/json", "Content-Length: %d" % len(body))
    return server.head("POST", "/pyblish/v2/sessions", *lines) + b"\r\n" + body


# As many at a time as the limit of one client.
silent = 0
for _ in range(5):
    connections = [server.connect() for _ in range(100)]
    for number, connection in enumerate(connections):
        connection.sendall(request(adapters[number % 3]))
    for connection in connections:
        try:
            silent += not connection.recv(1)
        except OSError:
            silent += 1
            break  # The others wait for the same.
    for connection in connections:
        connection.close()

paths = ("/runs", "/states", "/results", "/pyblish/v2/adapters")
answers = dict((path, server.get(path, timeout=30).status) for path in paths)
promise(
    "SANDBOX-23",
    silent == 0 and set(answers.values()) == {200},
    "%d of 500 requests had no answer; after them: %s" % (silent, answers),
)
