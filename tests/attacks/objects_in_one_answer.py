"""One answer of 63 MiB, within the limit of its text, has nine million small objects. In memory
that would be many times as much. The server must survive with 6 GiB of data."""

from harness import GIB, Place, Server, judge

place = Place()
server = Server(place, place.evil("amount=%d" % (9 << 20)), memory=6 * GIB)
answer = server.process("AnswerObjects", timeout=300)
healthy = server.get().status
judge(
    server.is_alive() and healthy == 200 and answer.status is not None,
    "alive: %s; it answered %s; at most %s MiB"
    % (server.is_alive(), answer, server.most_memory() if server.is_alive() else "?"),
)
