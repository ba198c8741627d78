"""Another program locks a history for longer than the server waits. A run that was answered must be
in the history, or the answer must say that it could not be kept."""

import os
import sqlite3

from harness import Place, Server, promise, wait_for

place = Place()
server = Server(place, place.scenario())
server.run_to_end()
database = sqlite3.connect(
    os.path.join(place.history(), server.session + ".sqlite"), timeout=1, isolation_level=None
)
database.execute("begin immediate")
database.execute("create table other(value)")
answer = server.post("/runs")
# The server has waited for the lock, and given up.
said = wait_for(lambda: server.get().json().get("history"))
database.execute("rollback")
database.close()
wait_for(lambda: not server.get().json().get("history"))
server.run_to_end()
run = answer.json().get("id")
kept = [it["id"] for it in server.get("/runs").json()["items"]]
promise(
    "DATA-12",
    said and (answer.status != 202 or run in kept),
    "that it is locked was said: %s; the run %s was answered with %s, and the history has %s"
    % (said, run, answer.status, kept),
)
