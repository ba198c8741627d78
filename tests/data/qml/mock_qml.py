"""A mock of pyblish-qml: says what its test has it say, and tells the test what its host says.

It stands where a Python with pyblish-qml is expected. Asked what it has (-c), it claims to have everything. Started as
QML it connects to the test (MOCK_QML, a port of the loopback): each line of the test's goes to stdout, each line on
stdin goes to the test. "exit N" ends it, and "stderr TEXT" prints that there.
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
