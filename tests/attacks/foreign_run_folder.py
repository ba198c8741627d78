"""The run folder is another user's, as with XDG_RUNTIME_DIR=/tmp, and a file in it names a private
file of this user. `open` must not send that file to anybody."""

import json
import os
import socket
import subprocess

from harness import PROGRAM, Place, judge, needs_root

needs_root("give a file to another user")
place = Place()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(1)
listener.settimeout(5)
private = place.write("MY PRIVATE KEY", "home", "key")
folder = place.folder("run", "pyblish-endpoint")
os.chmod(folder, 0o777)
os.chown(folder, 65534, 65534)
announced = {
    "address": "http://127.0.0.1:%d" % listener.getsockname()[1],
    "tokenFile": private,
    "pid": os.getpid(),
    "adapter": "x",
    "hosts": ["h"],
    "session": "s",
    "started": 1.0,
}
file = place.write(json.dumps(announced), "run", "pyblish-endpoint", "1.json")
os.chown(file, 65534, 65534)
opening = subprocess.Popen(
    [PROGRAM, "open"],
    env=place.environment(),
    stdin=subprocess.DEVNULL,
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
)
sent = b""
try:
    connection, _ = listener.accept()
    connection.settimeout(2)
    sent = connection.recv(4000)
    connection.close()
except socket.timeout:
    pass
opening.communicate(timeout=30)
judge(b"PRIVATE" not in sent, "a stranger's address was sent %r" % sent[:160])
