"""Another program's SQLite file is in the folder of --history-dir. Neither `serve` nor `history
list` may change or remove it or the files beside it."""

import os
import sqlite3

from harness import Place, Server, judge

place = Place()


def foreign(name):
    """A folder with a database that is no history, and a file beside it."""
    folder = place.folder("work", name)
    database = sqlite3.connect(os.path.join(folder, "shots.sqlite"))
    database.execute("create table shots(name text)")
    database.execute("insert into shots values('sh010')")
    database.commit()
    database.close()
    place.write("{}", "work", name, "shots.json")
    return folder


def is_as_it_was(folder):
    if not os.path.exists(folder + "/shots.sqlite") or not os.path.exists(folder + "/shots.json"):
        return False
    database = sqlite3.connect(folder + "/shots.sqlite")
    names = [name for name, in database.execute("select name from sqlite_master")]
    rows = database.execute("select name from shots").fetchall()
    database.close()
    return names == ["shots"] and rows == [("sh010",)]


served, listed = foreign("served"), foreign("listed")
Server(place, place.scenario() + ["--history-dir", served]).stop()
place.run("history", "list", "--history-dir", listed)
judge(
    is_as_it_was(served) and is_as_it_was(listed),
    "a database that is no history is as it was: after serve %s, after history list %s"
    % (is_as_it_was(served), is_as_it_was(listed)),
)
