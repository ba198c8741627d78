"""`GET /pyblish/v1/state` repeats the name of an instance for each plug-in. With a name of 2 MiB it
must not take half a gigabyte, nor keep others waiting."""

import threading
import time

from harness import GIB, MIB, Place, Server, judge

place = Place()
server = Server(place, place.evil("amount=%d" % (2 * MIB)), memory=8 * GIB)
server.process("NameControlCharacters")
threads = [threading.Thread(target=server.get, args=("/pyblish/v1/state",)) for _ in range(3)]
for thread in threads:
    thread.start()
waits = []
while any(thread.is_alive() for thread in threads) or not waits:
    began = time.time()
    server.get("/pyblish/v1/hello")
    waits.append(time.time() - began)
    time.sleep(0.02)
most = server.most_memory()
# A machine that is busy with other tests makes everybody wait.
judge(
    most < 600 and max(waits) < 5,
    "at most %d MiB; hello took %.2f s at most beside it" % (most, max(waits)),
)
