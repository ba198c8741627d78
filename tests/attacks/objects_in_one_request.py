"""One PATCH of 16 MiB, the limit of a body, has two million small objects. It must not take
gigabytes.
"""

from harness import GIB, MIB, Place, Server, judge

place = Place()
server = Server(place, place.scenario(), memory=9 * GIB)
objects = b",".join([b'{"":0}'] * (16 * MIB // 7 - 20))
answer = server.request(
    "PATCH",
    "/context",
    b'{"revision":18446744073709551615,"set":{"k":[' + objects + b"]}}",
    timeout=300,
)
most = server.most_memory() if server.is_alive() else None
judge(most is not None and most < 1500, "answered %s; at most %s MiB" % (answer, most))
