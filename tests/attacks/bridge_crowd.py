"""Many programs without the secret hold connections to a host's bridge, and more come and go. The
artist must still reach the host."""

import socket
import threading

from harness import Host, NotStarted, Place, Server, judge

place = Place()
host = Host(place)


def gets_in():
    """Whether a server reaches the host, or why not."""
    try:
        Server(place, ["--host", "python"]).stop()
        return True
    except NotStarted as error:
        return str(error)[-300:]


def connect():
    return socket.create_connection(("127.0.0.1", host.port), 30)


came = {"alone": gets_in()}
held = [connect() for _ in range(10)]
came["with ten silent connections"] = gets_in()
for number, connection in enumerate(held):
    connection.sendall((b"\0", b"\0\0\0\x40{", b"GET / HTTP/1.1\r\n\r\n")[number % 3])
held += [connect() for _ in range(300)]
came["with three hundred"] = gets_in()

over = threading.Event()


def come_and_go():
    while not over.is_set():
        try:
            connect().close()
        except OSError:
            pass  # the system allows no more


threads = [threading.Thread(target=come_and_go) for _ in range(4)]
for thread in threads:
    thread.start()
came["while others come and go"] = gets_in()
over.set()
for thread in threads:
    thread.join()
judge(all(it is True for it in came.values()), ", ".join("%s: %s" % it for it in came.items()))
