"""Another program opens the history while the server writes it, and closes it again. Later events
must be in it after the server was killed. So the other program must not think that it is the last
user and remove the write-ahead log."""

import os
import sqlite3

from harness import Place, Server, judge, test_adapter

place = Place()
place.folder("config", "pyblish-endpoint")
place.write(
    '[adapters.evil]\nfile = "%s"\nconnect = ["127.0.0.1:1"]\n' % test_adapter("evil"),
    "config",
    "pyblish-endpoint",
    "endpoint.toml",
)


def look(server):
    database = sqlite3.connect(os.path.join(place.history(), server.session + ".sqlite"))
    database.execute("select count(*) from runs").fetchall()
    database.close()


server = Server(place, place.scenario())
runs = [server.run_to_end()["id"]]
look(server)
runs.append(server.run_to_end()["id"])
# Another session and `history list` open the files of the folder, too.
server.post("/pyblish/v2/sessions", {"adapter": "evil", "settings": {"amount": 1}})
place.run("history", "list")
look(server)
runs.append(server.run_to_end()["id"])
told = server.get().json()["sequence"]
server.kill()

server = Server(place, place.scenario())
kept = [run["id"] for run in server.get("/runs").json()["items"]]
sequence = server.get().json()["sequence"]
judge(
    sorted(kept) == runs and sequence >= told,
    "the runs %s and %d events were told, and %s and %d are kept" % (runs, told, kept, sequence),
)
