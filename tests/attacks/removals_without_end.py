"""An answer removes 300,000 instances. Applying it must count for the limits of the call, and a
restart by force must end it."""

import threading
import time

from harness import Place, Server, judge

place = Place()
server = Server(place, place.evil("amount=300000") + ["--limit", "cpu=5", "--limit", "wall=5"])
server.process("AddInstances")
answers = []
thread = threading.Thread(
    target=lambda: answers.append(server.process("RemoveInstances", timeout=200)), daemon=True
)
thread.start()
thread.join(10)
still_at_it = not answers
began = time.time()
restart = server.post("/restart", timeout=30)
took = time.time() - began
judge(
    restart.status == 200 and took < 10,
    "still at it after 10 s with limits of 5: %s; a restart by force: %s after %.1f s"
    % (still_at_it, restart.status, took),
)
