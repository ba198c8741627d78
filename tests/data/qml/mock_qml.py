"""A mock of pyblish-qml: prints what its test sends, and sends the test what its host says.

It takes the place of a Python with pyblish-qml. Asked for modules (-c), it claims to have all of
them. Started as QML it connects to the test (MOCK_QML, a port of the loopback): each line from the
test goes to stdout, each line on stdin goes to the test. "exit N" ends it, and "stderr TEXT" prints
to stderr.
"""
import json
import os
import socket
import sys
import threading

if sys.argv[1] == "-c":
    print(json.dumps({"version": "3.11.0", "folder": None, "error": None}))
    sys.exit()

test = socket.create_connection(("127.0.0.1", int(os.environ["MOCK_QML"])))
test.sendall((json.dumps({"arguments": sys.argv[1:]}) + "\n").encode())


def hear():
    for line in iter(sys.stdin.buffer.readline, b""):
        test.sendall(line)
    test.shutdown(socket.SHUT_WR)


threading.Thread(target=hear, daemon=True).start()
for line in test.makefile("rb"):
    if line.startswith(b"exit "):
        os._exit(int(line.split()[1]))
    if line.startswith(b"stderr "):
        sys.stderr.write(line[7:].decode())
        sys.stderr.flush()
        continue
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
os._exit(0)
